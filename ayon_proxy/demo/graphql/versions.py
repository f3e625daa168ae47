"""`project.versions(…)`, `product.versions(…)` and `task.versions(…)`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from ayon_proxy.demo.derivations import (
    hero_of,
    latest_done_version,
    latest_version,
    reviewables,
)
from ayon_proxy.demo.entities import Version
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql import columns
from ayon_proxy.demo.graphql.filters import (
    Filter,
    Scope,
    Test,
    among,
    descendants_of,
    entity_id,
    has_all,
    has_links,
    ids,
    path_of_folder,
    query,
)
from ayon_proxy.demo.graphql.listing import Listing, by_anatomy, by_column, by_text, folder_path_key
from ayon_proxy.demo.graphql.products import product_of, task_of
from ayon_proxy.demo.graphql.question import Node
from ayon_proxy.demo.project import Project


def _complete(_: Scope, __: set[str], nodes: list[Node]) -> None:
    """What filters may name of the entities above, and which versions are the latest."""
    if not nodes:
        return
    project = nodes[0].project
    latest = _ids(latest_version(project, each) for each in project.products)
    latest_done = _ids(latest_done_version(project, each) for each in project.products)
    for node in nodes:
        product = project.products[node.entity.product_id]
        task = task_of(node)
        node.extra.update(
            isLatest=node.entity.id in latest,
            isLatestDone=node.entity.id in latest_done,
            hero_version_id=hero_version_id(project, node.entity),
            product_type=product.product_type,
            product_base_type=product.product_base_type or product.product_type,
            folder_type=project.folders[product.folder_id].folder_type,
            task_type=task.entity.task_type if task else None,
        )


def hero_version_id(project: Project, version: Version) -> str | None:
    """The hero made of a version; a hero has none itself."""
    hero = hero_of(project, version) if version.version >= 0 else None
    return hero.id if hero else None


def _ids(versions: Iterable[Version | None]) -> set[str]:
    return {each.id for each in versions if each is not None}


def _task_ids(_: Scope, value: list[str]) -> Test:
    """One of these tasks; none given is no filter here."""
    wanted = {entity_id(each) for each in value}
    return lambda node: not wanted or node.entity.task_id in wanted


def _folder_ids(scope: Scope, value: list[str]) -> Test:
    wanted = {entity_id(each) for each in value}
    if scope.arguments.get("include_folder_children"):
        wanted |= descendants_of(scope.project, wanted)
    products = scope.project.products
    return lambda node: products[node.entity.product_id].folder_id in wanted


def _version(_: Scope, value: int) -> Test:
    return lambda node: not value or node.entity.version == value


def _flag(test: Test, *overruled_by: str) -> Filter:
    """An argument that is on or off, and without effect where a stronger one is on."""

    def build(scope: Scope, value: bool) -> Test:
        overruled = any(scope.arguments.get(name) for name in overruled_by)
        return test if value and not overruled else lambda _: True

    return build


def _is_hero(node: Node) -> bool:
    return bool(node.entity.version < 0)


def _is_latest(node: Node) -> bool:
    return bool(node.extra["isLatest"])


def has_reviewables(project: Project, version_id: str) -> bool:
    """Whether the version can be reviewed."""
    return bool(reviewables(project, version_id))


def _has_reviewables(_: Scope, value: bool) -> Test:
    return lambda node: has_reviewables(node.project, node.entity.id) is value


FEATURES: Mapping[str, Callable[[Node], bool]] = {
    "hero": lambda node: node.extra["hero_version_id"] is not None,
    "latestDone": lambda node: bool(node.extra["isLatestDone"]),
    "latest": _is_latest,
}


def _featured_only(scope: Scope, value: list[str]) -> Test:
    """One version of each product: the first in the order of these features."""
    for flag in value:
        if flag not in FEATURES:
            raise AyonError(
                400,
                f"Invalid featuredOnly value: '{flag}'. "
                "Must be one of 'hero', 'latestDone', 'latest'.",
            )
    nodes = [Node(scope.project, "version", each) for each in scope.project.versions.values()]
    _complete(scope, set(), nodes)
    best: dict[str, tuple[int, str]] = {}
    for node in nodes:
        rank = next((n for n, flag in enumerate(value) if FEATURES[flag](node)), None)
        product = node.entity.product_id
        if rank is not None and (product not in best or rank < best[product][0]):
            best[product] = (rank, node.entity.id)
    chosen = {version_id for _, version_id in best.values()}
    return lambda node: node.entity.id in chosen


def _search(_: Scope, value: str) -> Test:
    """Every word names the version (`2`, `v002`) or is part of product, type or folder path."""
    words = [word for word in value.lower().split() if len(word) > 1]

    def test(node: Node) -> bool:
        product = node.project.products[node.entity.product_id]
        texts = [
            each.lower() for each in (product.name, product.product_type, path_of_folder(node))
        ]
        return all(
            (
                word.removeprefix("v").isdigit()
                and int(word.removeprefix("v")) == node.entity.version
            )
            or any(word in text for text in texts)
            for word in words
        )

    return test


def _of_product(name: str) -> Callable[[Node], object]:
    return lambda node: getattr(product_of(node).entity, name)


def _of_folder(name: str) -> Callable[[Node], object]:
    return lambda node: getattr(node.project.folders[product_of(node).entity.folder_id], name)


def _of_task(name: str) -> Callable[[Node], object]:
    return lambda node: getattr(task.entity, name) if (task := task_of(node)) else None


VERSIONS = Listing(
    entity_type="version",
    filters={
        "ids": ids(),
        "version": _version,
        "versions": among("version"),
        "authors": among("author"),
        "statuses": among("status"),
        "tags": has_all("tags", empty=False),
        "product_ids": ids("product_id"),
        "task_ids": _task_ids,
        "folder_ids": _folder_ids,
        "latest_only": _flag(_is_latest),
        "hero_only": _flag(_is_hero, "latest_only"),
        "hero_or_latest_only": _flag(
            lambda node: _is_hero(node) or _is_latest(node), "latest_only", "hero_only"
        ),
        "has_reviewables": _has_reviewables,
        "featured_only": _featured_only,
        "has_links": has_links,
        "search": _search,
        "filter": query(columns.VERSION),
        "product_filter": query(columns.PRODUCT, of=product_of),
        "task_filter": query(columns.TASK_OF_OTHERS, of=task_of),
    },
    sorts={
        "author": by_column("author"),
        "version": by_column("version"),
        "status": by_anatomy("status", "statuses"),
        "createdAt": by_column("created_at"),
        "updatedAt": by_column("updated_at"),
        "createdBy": by_column("created_by"),
        "updatedBy": by_column("updated_by"),
        "tags": by_text(lambda node: "".join(node.entity.tags)),
        "productType": by_text(_of_product("product_type")),
        "productBaseType": by_text(_of_product("product_base_type")),
        "productName": by_text(_of_product("name")),
        "folderName": by_text(_of_folder("name")),
        "folderType": by_text(_of_folder("folder_type")),
        "taskName": by_text(_of_task("name")),
        "taskType": by_text(_of_task("task_type")),
    },
    path_order=(by_text(folder_path_key), by_text(_of_product("name")), by_column("version")),
    parents={"product": ("product_ids", "product_id"), "task": ("task_ids", "task_id")},
    complete=_complete,
)
