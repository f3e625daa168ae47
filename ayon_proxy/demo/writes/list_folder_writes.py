"""Folders of entity lists: nobody is told of anything that happens to them (server.md 1.4)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import body_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes.edit import Edit
from ayon_proxy.demo.writes.entity_writes import edit_of


async def create_folder(request: Request) -> dict[str, Any]:
    """`POST …/entityListFolders`."""
    edit = edit_of(request)
    given = await body_of(request)
    folder_id: str = given.get("id") or edit.studio.new_id()
    edit.project.list_folders[folder_id] = {
        "label": "",
        "parentId": None,
        "position": len(edit.project.list_folders),
        "owner": edit.caller.name,
        "access": {},
        **given,
        "data": {"color": None, "icon": None, "scope": None, **(given.get("data") or {})},
        "id": folder_id,
    }
    return {"id": folder_id}


async def change_folder(request: Request) -> Response:
    """`PATCH …/entityListFolders/{folder_id}`."""
    edit = edit_of(request)
    _folder(edit, request).update(await body_of(request))
    return no_content()


async def delete_folder(request: Request) -> Response:
    """`DELETE …/entityListFolders/{folder_id}`: its lists lose their folder."""
    edit = edit_of(request)
    folder_id = _folder(edit, request)["id"]
    del edit.project.list_folders[folder_id]
    for each in edit.project.lists.values():
        if each.entity_list_folder_id == folder_id:
            each.entity_list_folder_id = None
    return no_content()


async def order_folders(request: Request) -> Response:
    """`POST …/entityListFolders/order`."""
    edit = edit_of(request)
    for place, folder_id in enumerate((await body_of(request))["order"]):
        if folder_id in edit.project.list_folders:
            edit.project.list_folders[folder_id]["position"] = place
    return no_content()


def _folder(edit: Edit, request: Request) -> dict[str, Any]:
    folder = edit.project.list_folders.get(request.path_params["folder_id"])
    if folder is None:
        raise AyonError(404, "Entity list folder not found")
    return folder


_FOLDERS = "/api/projects/{project_name}/entityListFolders"
routes: list[Route] = [
    route("POST", _FOLDERS, create_folder),
    route("POST", f"{_FOLDERS}/order", order_folders),
    route("PATCH", f"{_FOLDERS}/{{folder_id}}", change_folder),
    route("DELETE", f"{_FOLDERS}/{{folder_id}}", delete_folder),
]
