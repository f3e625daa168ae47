"""What only the web client writes: saved views and folders of projects. Nobody is told."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import body_of, caller_of, manager_of, studio_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.rest.routing import route


async def create_view(request: Request) -> dict[str, Any]:
    """`POST /api/views/{type}`: private, whatever was asked for (mutations/views)."""
    caller, studio = caller_of(request), studio_of(request)
    sent, project = await body_of(request), request.query_params.get("project_name")
    view_id: str = sent.get("id") or studio.new_id()
    studio.views[view_id] = {
        "id": view_id,
        "label": sent.get("label", ""),
        "scope": "project" if project else "studio",
        "owner": caller.name,
        "visibility": "private",
        "working": sent.get("working", False),
        "position": 0,
        "viewType": request.path_params["view_type"],
        "settings": sent.get("settings") or {},
        "access": {},
        "projectName": project,
    }
    return {"id": view_id}


async def change_view(request: Request) -> None:
    """`PATCH /api/views/{type}/{id}`: one's own."""
    view = _view(request, request.path_params["view_id"])
    view.update({key: each for key, each in (await body_of(request)).items() if key in view})


async def delete_view(request: Request) -> None:
    """`DELETE /api/views/{type}/{id}`."""
    view = _view(request, request.path_params["view_id"])
    del studio_of(request).views[view["id"]]


async def set_default_view(request: Request) -> None:
    """`POST /api/views/{type}/default`."""
    default = _view(request, (await body_of(request))["viewId"])
    for view in studio_of(request).views.values():
        if view["viewType"] == default["viewType"] and view["owner"] == default["owner"]:
            view["default"] = view is default


def _view(request: Request, view_id: str) -> dict[str, Any]:
    caller = caller_of(request)
    view = studio_of(request).views.get(view_id)
    if view is None:
        raise AyonError(404, f"View {view_id} not found")
    if view["owner"] != caller.name:
        raise AyonError(403, "Forbidden")
    return view


async def create_folder(request: Request) -> dict[str, Any]:
    """`POST /api/projectFolders`."""
    manager_of(request)
    studio, sent = studio_of(request), await body_of(request)
    folder_id: str = sent.get("id") or studio.new_id()
    studio.project_folders[folder_id] = {
        "id": folder_id,
        "label": sent["label"],
        "parentId": sent.get("parentId"),
        "position": 0,
        "data": {"color": None, "icon": None, **(sent.get("data") or {})},
        "isEmpty": True,
    }
    return {"id": folder_id}


async def change_folder(request: Request) -> Response:
    """`PATCH /api/projectFolders/{folder_id}`."""
    manager_of(request)
    folder = studio_of(request).project_folders.get(request.path_params["folder_id"])
    if folder is None:
        raise AyonError(404, "Project folder not found")
    folder.update(await body_of(request))
    return no_content()


async def delete_folder(request: Request) -> Response:
    """`DELETE /api/projectFolders/{folder_id}`: its projects go on naming it."""
    manager_of(request)
    studio_of(request).project_folders.pop(request.path_params["folder_id"], None)
    return no_content()


async def assign_folder(request: Request) -> Response:
    """`POST /api/projectFolders/assign`."""
    manager_of(request)
    studio, order = studio_of(request), await body_of(request)
    for name in order["projectNames"]:
        if project := studio.project(name):
            project.data = {**project.data, "projectFolder": order["folderId"]}
            studio.project_folders[order["folderId"]]["isEmpty"] = False
    return no_content()


routes: list[Route] = [
    route("POST", "/api/views/{view_type}", create_view),
    route("POST", "/api/views/{view_type}/default", set_default_view),
    route("PATCH", "/api/views/{view_type}/{view_id}", change_view),
    route("DELETE", "/api/views/{view_type}/{view_id}", delete_view),
    route("POST", "/api/projectFolders", create_folder),
    route("POST", "/api/projectFolders/assign", assign_folder),
    route("PATCH", "/api/projectFolders/{folder_id}", change_folder),
    route("DELETE", "/api/projectFolders/{folder_id}", delete_folder),
]
