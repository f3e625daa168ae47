"""Addons uploaded and deleted; the list of addons changes only when the server restarts."""

from __future__ import annotations

import ast
from functools import partial
from hashlib import sha256
from io import BytesIO
from secrets import token_hex
from tempfile import gettempdir
from typing import Any
from zipfile import BadZipFile, ZipFile

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer, no_content
from ayon_proxy.demo.asking import admin_of, studio_of
from ayon_proxy.demo.catalogue import Addon, StoredFile
from ayon_proxy.demo.errors import AyonError, CrashedError
from ayon_proxy.demo.events import Event
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.writes.studio_writes import require_restart

INSTALLER = {"sender": "background-installer", "sender_type": "system"}
RESTART = "Restart the server to apply the addon changes."


async def install(request: Request) -> Response:
    """`POST /api/addons/install` with a zip: installed in the background, there after a restart."""
    caller, studio = admin_of(request, "Only admins can install addons"), studio_of(request)
    if request.query_params.get("url"):
        raise AyonError(503, "The demo server downloads nothing")
    content = await request.body()
    try:
        addon = addon_in(content, studio)
    except BadZipFile as error:
        raise CrashedError(f"zipfile.BadZipFile: {error}") from error
    event = studio.events.dispatch(
        "addon.install",
        hash_=sha256(content).hexdigest(),
        user=caller.name,
        description=f"Installing addon {addon.name} {addon.version}",
        summary={
            "is_rez": True,
            "name": addon.name,
            "version": addon.version,
            "zip_path": f"{gettempdir()}/{token_hex(11)}.zip",
        },
        status="pending",
        progress=0.0,
    )
    task = BackgroundTask(_unpack, studio, addon, event)
    return json_answer({"eventId": event.id}, background=task)


async def _unpack(studio: Studio, addon: Addon, event: Event) -> None:
    what = f"addon {addon.name} {addon.version}"
    studio.events.update(event, status="in_progress", description=f"Unpacking {what}", **INSTALLER)
    studio.at_restart.append(partial(studio.addons.__setitem__, (addon.name, addon.version), addon))
    studio.events.update(
        event, status="finished", description=f"{what[0].upper()}{what[1:]} installed"
    )
    require_restart(studio, None, RESTART)


def addon_in(content: bytes, studio: Studio) -> Addon:
    """The addon a zip holds: what its `package.py` says, its `private/` and `public/` files.

    Raises BadZipFile, or AyonError 400 without a readable `package.py`.
    """
    with ZipFile(BytesIO(content)) as packed:
        names = packed.namelist()
        if "package.py" not in names:
            raise AyonError(400, "Addon zip has no package.py")
        package = _assignments(packed.read("package.py").decode())
        files = {
            name: StoredFile(filename=name, content=packed.read(name), modified_at=studio.clock())
            for name in names
            if name.startswith(("private/", "public/", "client/"))
        }
    private_files = _below("private/", files)
    client = _below("client/", files)
    if client:
        private_files["client.zip"] = StoredFile(
            filename="client.zip",
            content=_packed(client),
            modified_at=studio.clock(),
            content_type="application/zip",
        )
    return Addon(
        name=package["name"],
        version=package["version"],
        title=package.get("title", package["name"]),
        settings_schema={},
        private_files=private_files,
        public_files=_below("public/", files),
    )


def _assignments(source: str) -> dict[str, Any]:
    """The constants that a module assigns, without running it."""
    values = {}
    for statement in ast.parse(source).body:
        match statement:
            case ast.Assign(targets=[ast.Name(id=name)], value=ast.Constant(value=value)):
                values[name] = value
    return values


def _below(folder: str, files: dict[str, StoredFile]) -> dict[str, StoredFile]:
    return {
        path.removeprefix(folder): file for path, file in files.items() if path.startswith(folder)
    }


def _packed(files: dict[str, StoredFile]) -> bytes:
    out = BytesIO()
    with ZipFile(out, "w") as packed:
        for path, file in files.items():
            packed.writestr(path, file.content)
    return out.getvalue()


def delete(request: Request) -> Response:
    """`DELETE /api/addons/{name}` and `…/{version}`: files go at once, the list at a restart."""
    caller, studio = admin_of(request, "Only admins can delete addons"), studio_of(request)
    name, version = request.path_params["addon_name"], request.path_params.get("addon_version")
    doomed = [key for key in studio.addons if key[0] == name and version in (None, key[1])]
    if not doomed:
        raise AyonError(404, "Addon not found")
    for key in doomed:
        studio.addons[key].private_files.clear()
        studio.addons[key].public_files.clear()
        studio.at_restart.append(partial(studio.addons.pop, key, None))
    require_restart(studio, caller, RESTART)
    return no_content()


routes: list[Route] = [
    route("POST", "/api/addons/install", install),
    route("DELETE", "/api/addons/{addon_name}", delete),
    route("DELETE", "/api/addons/{addon_name}/{addon_version}", delete),
]
