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
from ayon_proxy.demo.derivations import ancestors, children, folder_path
from ayon_proxy.demo.entities import Folder
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.folder_rows import folder_rows
from ayon_proxy.demo.rest.joining import joined
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio


def readable_folders(studio: Studio, caller: Caller, project: Project) -> list[Folder]:
    """The folders the caller may see, in creation order."""
    access = rights.folder_access(studio, caller.user, project)
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


async def folder_list(request: Request) -> dict[str, Any]:
    """`GET …/folders`: all folders, flat, None included; `attrib=true` adds attributes.

    Whoever asks while it is loaded gets what is loaded (server.md 1.6).
    """
    caller, project = project_of(request)
    studio = studio_of(request)
    if caller.is_guest:
        return {"detail": "Guest users cannot access this endpoint", "folders": []}
    access = rights.folder_access(studio, caller.user, project)
    rows = await joined(request, ("folders", project.name), lambda: folder_rows(studio, project))
    rows = [each for each in rows if access is None or access.allows(f"/{each['path']}")]
    if request.query_params.get("attrib", "").lower() not in {"true", "1"}:
        return {"folders": [_without_attributes(each) for each in rows]}
    readable = rights.readable_attributes(studio, caller.user, project)
    return {"folders": [_restricted(each, readable) for each in rows]}


def _without_attributes(row: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in row.items() if key not in ("attrib", "ownAttrib")}


def _restricted(row: dict[str, Any], readable: frozenset[str] | None) -> dict[str, Any]:
    shown = {k: v for k, v in row["attrib"].items() if readable is None or k in readable}
    return {**row, "attrib": shown}


routes: list[Route] = [
    get("/api/projects/{project_name}/hierarchy", hierarchy),
    get("/api/projects/{project_name}/folders", folder_list),
]
