"""Entity URIs: `POST /api/resolve` and `POST …/uris`, and the context filter of representations.

    ayon+entity://project/folder/path?product=renderMain&version=v002&representation=exr

`*` stands for any name; a version is `v002`, `latest`, `hero` or `*`. Access is not asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import body_of, caller_of, project_of, studio_of
from ayon_proxy.demo.derivations import (
    children,
    folder_of,
    folder_path,
    latest_version,
    versions_of,
)
from ayon_proxy.demo.entities import Entity, Folder, Product, Representation, Task, Version
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.project_reads import site_roots_of
from ayon_proxy.demo.rest.routing import post
from ayon_proxy.demo.studio import Studio

SCHEMES = ("ayon", "ayon+entity")
PLACEHOLDER = re.compile(r"\{([^{}]+)\}")
Root = Callable[[Project], dict[str, str] | None]


@dataclass(frozen=True, slots=True)
class UnresolvedError(Exception):
    """Why a URI means nothing; the answer has it as `error`."""

    reason: str


async def resolve(request: Request) -> list[dict[str, Any]]:
    """`POST /api/resolve`: the entities each URI means, in the order asked."""
    caller, studio = caller_of(request), studio_of(request)
    asked = await body_of(request)
    path_only = request.query_params.get("pathOnly", "").lower() in {"true", "1"}

    def roots(project: Project) -> dict[str, str] | None:
        if not asked.get("resolveRoots"):
            return None
        site, platform = (request.headers.get(f"x-ayon-{name}") for name in ("site-id", "platform"))
        return site_roots_of(project, site, platform, caller.name)

    answers: list[dict[str, Any]] = []
    if not isinstance(asked.get("uris"), list):
        raise AyonError(400, "Error processing parameters")
    for uri in asked["uris"]:
        try:
            entities = list(resolved(studio, uri, roots))
        except UnresolvedError as error:
            answers.append({"uri": uri, "entities": [], "error": error.reason})
            continue
        if path_only:
            entities = [{"filePath": each["filePath"]} for each in entities if "filePath" in each]
        answers.append({"uri": uri, "entities": entities})
    return answers


def resolved(studio: Studio, uri: str, roots: Root) -> Iterator[dict[str, Any]]:
    """What one URI means. Raises UnresolvedError."""
    parts = urlsplit(uri)
    if parts.scheme not in SCHEMES:
        raise UnresolvedError(f"Invalid scheme: {parts.scheme}")
    project = studio.project(parts.netloc)
    if project is None:
        raise UnresolvedError(f"Project {parts.netloc} not found")
    wanted = dict(parse_qsl(parts.query))
    path = unquote(parts.path).rstrip("/")
    if not path:
        return
    for folder in list(project.folders.values()):
        if fnmatchcase(folder_path(project, folder), path):
            yield from _in_folder(project, folder, wanted, roots)


def _in_folder(
    project: Project, folder: Folder, wanted: dict[str, str], roots: Root
) -> Iterator[dict[str, Any]]:
    found = {"projectName": project.name, "folderId": folder.id}
    if "task" in wanted:
        for task in children(project, "task", folder.id):
            if fnmatchcase(task.name, wanted["task"]):
                yield {**found, "taskId": task.id, "target": "task"}
    elif "product" in wanted:
        for product in children(project, "product", folder.id):
            if fnmatchcase(product.name, wanted["product"]):
                yield from _in_product(project, product, found, wanted, roots)
    else:
        yield {**found, "target": "folder"}


def _in_product(
    project: Project,
    product: Product,
    found: dict[str, Any],
    wanted: dict[str, str],
    roots: Root,
) -> Iterator[dict[str, Any]]:
    found = {**found, "productId": product.id}
    if "version" not in wanted:
        yield {**found, "target": "product"}
        return
    for version in _versions(project, product, wanted["version"]):
        of_version = {**found, "versionId": version.id}
        if "representation" not in wanted:
            yield {**of_version, "target": "version"}
            continue
        for each in children(project, "representation", version.id):
            if fnmatchcase(each.name, wanted["representation"]):
                yield {
                    **of_version,
                    "representationId": each.id,
                    "filePath": file_path(project, each, roots(project)),
                    "target": "representation",
                }


def _versions(project: Project, product: Product, wanted: str) -> list[Version]:
    if wanted == "latest":
        latest = latest_version(project, product.id)
        return [latest] if latest else []
    versions = versions_of(project, product.id)
    if wanted == "*":
        return versions
    name = "HERO" if wanted == "hero" else wanted
    return [each for each in versions if each.name == name or str(each.version) == wanted]


def file_path(
    project: Project, representation: Representation, roots: dict[str, str] | None
) -> str:
    """A representation's template with what is known filled in; the rest stays as it is."""
    context = {**representation.data.get("context", {})}
    context["project"] = {"name": project.name, "code": project.code}
    if roots is not None:
        context["root"] = roots
    else:
        context.pop("root", None)

    def filled(match: re.Match[str]) -> str:
        value = lookup(context, match[1])
        return str(value) if isinstance(value, str | int) else match[0]

    return PLACEHOLDER.sub(filled, str(representation.attrib.get("template", "")))


def lookup(context: dict[str, Any], key: str) -> Any:
    """The value of a key like `task[name]`, None where there is none."""
    value: Any = context
    for part in re.split(r"[\[\]]+", key.rstrip("]")):
        value = value.get(part) if isinstance(value, dict) else None
    return value


async def uris(request: Request) -> dict[str, Any]:
    """`POST …/uris`: the URIs of entities of one type, in the order of the ids."""
    _, project = project_of(request)
    asked = await body_of(request)
    table = project.table(asked["entityType"])
    return {
        "uris": [
            {"id": each, "uri": uri_of(project, table[each])}
            for each in asked["ids"]
            if each in table
        ]
    }


def uri_of(project: Project, entity: Entity) -> str:
    """An entity's URI."""
    folder = folder_of(project, entity)
    query: list[str] = []
    above: Entity = entity
    if isinstance(above, Representation):
        query.insert(0, f"representation={above.name}")
        above = project.versions[above.version_id]
    if isinstance(above, Version):
        query.insert(0, f"version={above.name.replace('HERO', 'hero')}")
        above = project.products[above.product_id]
    if isinstance(above, Product):
        query.insert(0, f"product={above.name}")
    if isinstance(above, Task):
        query.insert(0, f"task={above.name}")
    path = folder_path(project, folder) if folder else ""
    return f"ayon+entity://{project.name}{path}" + (f"?{'&'.join(query)}" if query else "")


async def filter_by_context(request: Request) -> dict[str, Any]:
    """`POST …/repreContextFilter`: ids of representations whose context has certain values.

    Only its outermost keys can be asked for: `task[name]` matches nothing.
    """
    _, project = project_of(request)
    asked = await body_of(request)
    found = [
        each.id
        for each in project.representations.values()
        if (not asked.get("names") or each.name in asked["names"])
        and (not asked.get("versionIds") or each.version_id in asked["versionIds"])
        and all(
            str(each.data.get("context", {}).get(item["key"])) in item["values"]
            for item in asked.get("context", [])
        )
    ]
    return {"ids": found}


routes: list[Route] = [
    post("/api/resolve", resolve),
    post("/api/projects/{project_name}/uris", uris),
    post("/api/projects/{project_name}/repreContextFilter", filter_by_context),
]
