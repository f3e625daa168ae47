"""Folders as a tree and as a list."""

from __future__ import annotations

from collections import defaultdict
from time import perf_counter
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo import rights
from ayon_proxy.demo.asking import project_of, studio_of
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.derivations import (
    ancestors,
    attrib,
    children,
    folder_path,
    has_versions,
    reviewables,
    thumbnail_hash,
)
from ayon_proxy.demo.entities import Folder
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio


def readable_folders(studio: Studio, caller: Caller, project: Project) -> list[Folder]:
    """The folders the caller may see, in creation order."""
    access = rights.folder_access(studio, caller.user, project)
    if caller.is_guest:
        return []
    return [
        folder
        for folder in project.folders.values()
        if access is None or access.allows(folder_path(project, folder))
    ]


def hierarchy(request: Request) -> dict[str, Any]:
    """`GET …/hierarchy`: the tree, by name; with `types` a flat list of folders of those types.

    `search` changes nothing. `detail` says how long it took, so no two answers are equal.
    """
    begun = perf_counter()
    caller, project = project_of(request)
    folders = readable_folders(studio_of(request), caller, project)
    types = [each for each in request.query_params.get("types", "").split(",") if each]
    if types:
        flat = sorted(folders, key=lambda each: each.name)
        tree = [_node(project, each, []) for each in flat if each.folder_type in types]
    else:
        below: defaultdict[str | None, list[Folder]] = defaultdict(list)
        for folder in folders:
            below[folder.parent_id].append(folder)
        tree = _tree(project, below, None)
    return {
        "detail": f"Hierarchy loaded in {perf_counter() - begun:.4f}s",
        "projectName": project.name,
        "hierarchy": tree,
    }


def _tree(
    project: Project, below: dict[str | None, list[Folder]], parent_id: str | None
) -> list[dict[str, Any]]:
    return [
        _node(project, folder, _tree(project, below, folder.id))
        for folder in sorted(below.get(parent_id, ()), key=lambda each: each.name)
    ]


def _node(project: Project, folder: Folder, nodes: list[dict[str, Any]]) -> dict[str, Any]:
    tasks = children(project, "task", folder.id)
    return {
        "id": folder.id,
        "name": folder.name,
        "label": folder.label or folder.name,
        "status": folder.status,
        "folderType": folder.folder_type,
        "hasTasks": bool(tasks),
        "taskNames": [task.name for task in tasks],
        "parents": [each.name for each in ancestors(project, folder)],
        "parentId": folder.parent_id,
        "children": nodes,
    }


def folder_list(request: Request) -> dict[str, Any]:
    """`GET …/folders`: all folders, flat, None included; `attrib=true` adds attributes.

    `updatedAt` and the rest are of this moment: upstream's may be an hour old (server.md 1.6).
    """
    caller, project = project_of(request)
    studio = studio_of(request)
    folders = readable_folders(studio, caller, project)
    views = [_row(project, each) for each in folders]
    if request.query_params.get("attrib", "").lower() in {"true", "1"}:
        readable = rights.readable_attributes(studio, caller.user, project)
        for view, folder in zip(views, folders, strict=True):
            values = attrib(studio.attributes, project, folder)
            view["attrib"] = {k: v for k, v in values.items() if readable is None or k in readable}
            view["ownAttrib"] = list(folder.attrib)
    return {"folders": views}


def _row(project: Project, folder: Folder) -> dict[str, Any]:
    tasks = children(project, "task", folder.id)
    versions = [
        version
        for product in children(project, "product", folder.id)
        for version in children(project, "version", product.id)
    ]
    return {
        "createdAt": folder.created_at,
        "folderType": folder.folder_type,
        "hasChildren": bool(children(project, "folder", folder.id)),
        "hasReviewables": any(reviewables(project, each.id) for each in versions),
        "hasTasks": bool(tasks),
        "hasVersions": has_versions(project, folder),
        "id": folder.id,
        "label": folder.label,
        "name": folder.name,
        "parentId": folder.parent_id,
        "parents": [each.name for each in ancestors(project, folder)],
        "path": folder_path(project, folder).removeprefix("/"),
        "status": folder.status,
        "tags": folder.tags,
        "taskNames": [task.name for task in tasks],
        "thumbnailHash": thumbnail_hash(folder),
        "updatedAt": folder.updated_at,
    }


routes: list[Route] = [
    get("/api/projects/{project_name}/hierarchy", hierarchy),
    get("/api/projects/{project_name}/folders", folder_list),
]
