"""`project.products(…)` and `folder.products(…)`."""

from __future__ import annotations

from ayon_proxy.demo.derivations import children
from ayon_proxy.demo.graphql import columns
from ayon_proxy.demo.graphql.filters import (
    Scope,
    Test,
    among,
    below_folders,
    has_all,
    has_links,
    ids,
    matches,
    path_of_folder,
    query,
    search,
)
from ayon_proxy.demo.graphql.listing import Listing, by_anatomy, by_column, by_text, folder_path_key
from ayon_proxy.demo.graphql.question import Node


def _names_ci(_: Scope, value: list[str]) -> Test:
    wanted = {each.lower() for each in value}
    return lambda node: node.entity.name.lower() in wanted


def product_of(node: Node) -> Node:
    """The product of a version."""
    return Node(node.project, "product", node.project.products[node.entity.product_id])


def task_of(node: Node) -> Node | None:
    """The task a version or workfile was made in."""
    task = node.project.tasks.get(node.entity.task_id or "")
    return None if task is None else Node(node.project, "task", task)


def version_node(node: Node) -> Node:
    """A version with the columns of its product that filters may name."""
    product = node.project.products[node.entity.product_id]
    node.extra.update(
        product_type=product.product_type,
        product_base_type=product.product_base_type or product.product_type,
    )
    return node


def _by_versions(scope: Scope, _: str) -> Test:
    """The product has a version that passes `versionFilter`, made in a task that passes
    `taskFilter`; an empty filter text is none."""
    texts = [scope.arguments.get(name) or "" for name in ("version_filter", "task_filter")]
    by_version, by_task = (
        query(columns.VERSION_OF_PRODUCTS),
        query(columns.TASK_OF_OTHERS, of=task_of),
    )
    tests = [by_version(scope, texts[0]), by_task(scope, texts[1])]
    products = {
        version.product_id
        for version in scope.project.versions.values()
        if all(test(version_node(Node(scope.project, "version", version))) for test in tests)
    }
    return lambda node: not any(texts) or node.entity.id in products


def _version_count(node: Node) -> int:
    return len(children(node.project, "version", node.entity.id))


PRODUCTS = Listing(
    entity_type="product",
    filters={
        "ids": ids(),
        "has_links": has_links,
        "folder_ids": below_folders("folder_id"),
        "names": among("name"),
        "names_ci": _names_ci,
        "name_ex": matches(lambda node: str(node.entity.name)),
        "path_ex": matches(path_of_folder),
        "product_types": among("product_type"),
        "product_base_types": among("product_base_type"),
        "statuses": among("status"),
        "tags": has_all("tags", empty=False),
        "search": search(
            lambda node: node.entity.name, lambda node: node.entity.product_type, path_of_folder
        ),
        "filter": query(columns.PRODUCT),
        "version_filter": _by_versions,
        "task_filter": _by_versions,
    },
    sorts={
        "name": by_column("name"),
        "productType": by_column("product_type"),
        "productBaseType": by_column("product_base_type"),
        "folderName": by_text(lambda node: node.project.folders[node.entity.folder_id].name),
        "folderType": by_text(lambda node: node.project.folders[node.entity.folder_id].folder_type),
        "status": by_anatomy("status", "statuses"),
        "createdAt": by_column("created_at"),
        "updatedAt": by_column("updated_at"),
        "createdBy": by_column("created_by"),
        "updatedBy": by_column("updated_by"),
        "tags": by_text(lambda node: "".join(node.entity.tags)),
        "version": by_text(_version_count),
    },
    path_order=(by_text(folder_path_key), by_column("name")),
    parents={"folder": ("folder_ids", "folder_id")},
    checks_access_below_projects=False,
)
