"""Addons: their list, their files, their schemas."""

from __future__ import annotations

from collections import defaultdict
from pathlib import PurePosixPath
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.asking import caller_of, project_of, studio_of
from ayon_proxy.demo.catalogue import Addon
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.ranges import FileAnswer
from ayon_proxy.demo.rest.bundles import bundle_of
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio

CLIENT_ZIP = "client.zip"


def addon_of(request: Request) -> Addon:
    """The addon version the path names. Raises AyonError 404, in the server's two wordings."""
    studio = studio_of(request)
    name, version = request.path_params["addon_name"], request.path_params["addon_version"]
    found = studio.addons.get((name, version))
    if found is None:
        if any(each == name for each, _ in studio.addons):
            raise AyonError(404, f"Addon {name} version {version} does not exist")
        raise AyonError(404, f"Addon {name} does not exist")
    return found


def addons(request: Request) -> dict[str, Any]:
    """`GET /api/addons`: by name with their versions; `details=1` adds the client's packages."""
    caller = caller_of(request)
    studio = studio_of(request)
    details = request.query_params.get("details", "").lower() in {"1", "true"}
    by_name: defaultdict[str, list[Addon]] = defaultdict(list)
    for addon in studio.addons.values():
        if caller.is_admin or not addon.is_system:
            by_name[addon.name].append(addon)
    return {
        "addons": [
            {
                "name": name,
                "title": versions[-1].title,
                "versions": {each.version: _version_view(each, details) for each in versions},
                "description": versions[-1].description,
                **_chosen(studio, name),
                "addonType": "pipeline",
                "system": versions[-1].is_system,
                "projectCanOverrideAddonVersion": versions[-1].project_can_override,
            }
            for name, versions in sorted(by_name.items())
        ]
    }


def _version_view(addon: Addon, details: bool) -> dict[str, Any]:
    view: dict[str, Any] = {
        "hasSettings": addon.settings_schema is not None,
        "hasSiteSettings": addon.site_settings_schema is not None,
        "frontendScopes": addon.frontend_scopes,
    }
    if details and addon.client_pyproject is not None:
        view["clientPyproject"] = addon.client_pyproject
    if details and CLIENT_ZIP in addon.private_files:
        view["clientSourceInfo"] = [{"type": "server", "filename": CLIENT_ZIP}]
    return {
        **view,
        "isBroken": False,
        "projectCanOverrideAddonVersion": addon.project_can_override,
    }


def _chosen(studio: Studio, name: str) -> dict[str, str]:
    chosen = {}
    for variant in ("production", "staging"):
        bundle = bundle_of(studio, variant)
        if bundle and bundle.addons.get(name):
            chosen[f"{variant}Version"] = str(bundle.addons[name])
    return chosen


def installs(request: Request) -> dict[str, Any]:
    """`GET /api/addons/install`: the newest installations, from the event log."""
    caller_of(request)
    studio = studio_of(request)
    topics = ("addon.install", "addon.install_from_url")
    return {
        "items": [
            {
                "id": event.id,
                "topic": event.topic,
                "description": event.description,
                "addonName": event.summary.get("name"),
                "addonVersion": event.summary.get("version"),
                "user": event.user,
                "status": event.status,
                "createdAt": event.created_at,
                "updatedAt": event.updated_at,
            }
            for event in reversed(studio.events.in_order())
            if event.topic in topics
        ],
        "restartRequired": studio.restart_required,
    }


def _titled(schema: dict[str, Any] | None, addon: Addon) -> dict[str, Any]:
    return {**(schema or {}), "title": f"{addon.title} {addon.version}"}


def schema(request: Request) -> dict[str, Any]:
    """`GET …/schema` and `…/schema/{project}`."""
    caller_of(request)
    addon = addon_of(request)
    return _titled(addon.settings_schema, addon)


def project_schema(request: Request) -> dict[str, Any]:
    """`GET …/schema/{project}`: the same, for those who may enter the project."""
    project_of(request)
    return schema(request)


def site_schema(request: Request) -> dict[str, Any]:
    """`GET …/siteSettings/schema`."""
    caller_of(request)
    addon = addon_of(request)
    return _titled(addon.site_settings_schema, addon)


def private_file(request: Request) -> Response:
    """`/addons/{name}/{version}/private/…`, for anyone who is logged in."""
    caller_of(request)
    return _file(request, addon_of(request).private_files)


def public_file(request: Request) -> Response:
    """`/addons/{name}/{version}/public/…`, for everyone."""
    return _file(request, addon_of(request).public_files)


def _file(request: Request, files: dict[str, Any]) -> Response:
    path = request.path_params["path"]
    if ".." in PurePosixPath(path).parts:
        raise AyonError(404, "Invalid file path")
    stored = files.get(path)
    if stored is None:
        raise AyonError(404, "File not found")
    kind = stored.content_type
    return FileAnswer(
        stored.content,
        content_type=f"{kind}; charset=utf-8" if kind.startswith("text/") else kind,
        modified_at=stored.modified_at,
    )


def frontend_file(request: Request) -> Response:
    """`/addons/{name}/{version}/frontend/…`: no addon here has a web client."""
    addon_of(request)
    raise AyonError(404, "Addon does not have a frontend directory")


def ping(request: Request) -> dict[str, str]:
    """An endpoint of an addon's own, as `lab_addon` of the corpus has."""
    return {"pong": addon_of(request).version}


def frontend_modules(request: Request) -> list[Any]:
    """`GET /api/frontendModules`: none."""
    caller_of(request)
    return []


_ADDON = "/api/addons/{addon_name}/{addon_version}"
_FILES = "/addons/{addon_name}/{addon_version}"
routes: list[Route] = [
    get("/api/addons", addons),
    get("/api/addons/install", installs),
    get(f"{_ADDON}/ping", ping),
    get(f"{_ADDON}/schema", schema),
    get(f"{_ADDON}/schema/{{project_name}}", project_schema),
    get(f"{_ADDON}/siteSettings/schema", site_schema),
    get(f"{_FILES}/private/{{path:path}}", private_file),
    get(f"{_FILES}/public/{{path:path}}", public_file),
    get(f"{_FILES}/frontend/{{path:path}}", frontend_file),
    get("/api/frontendModules", frontend_modules),
]
