"""Configuration and other small tables of the studio, read."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.asking import admin_of, caller_of, manager_of, studio_of
from ayon_proxy.demo.errors import AyonError, InvalidRequestError
from ayon_proxy.demo.rest.routing import for_admins, for_users, get
from ayon_proxy.demo.rest.settings_reads import described
from ayon_proxy.demo.views import attribute_view, present

CONFIG_REFUSAL = "Only administrators can view the server configuration"
CONFIG_FILES = ["login_background", "studio_logo"]


def attribute(request: Request) -> dict[str, Any]:
    """`GET /api/attributes/{name}`."""
    caller_of(request)
    name = request.path_params["attribute_name"]
    found = next((each for each in studio_of(request).attributes if each.name == name), None)
    if found is None:
        raise AyonError(404, f"Attribute {name} not found")
    return attribute_view(found)


def secrets(request: Request) -> list[dict[str, str]]:
    """`GET /api/secrets`: names for managers, values too for admins."""
    caller = manager_of(request)
    return [
        {"name": name, "value": value if caller.is_admin else ""}
        for name, value in studio_of(request).secrets.items()
    ]


def secret(request: Request) -> dict[str, str]:
    """`GET /api/secrets/{name}`."""
    admin_of(request)
    name = request.path_params["secret_name"]
    value = studio_of(request).secrets.get(name)
    if value is None:
        raise AyonError(404, "Not found")
    return {"name": name, "value": value}


def config_value(request: Request) -> Any:
    """`GET /api/config/value/{key}`: for everybody."""
    caller_of(request)
    key = request.path_params["key"]
    config = studio_of(request).config
    if key not in config:
        raise AyonError(400, f"Config key '{key}' not found")
    return config[key]


def config_file(request: Request) -> Response:
    """`GET /api/config/files/{type}`: the studio's logo and login picture."""
    kind = request.path_params["file_type"]
    if kind not in CONFIG_FILES:
        fault = {
            "loc": ["path", "file_type"],
            "msg": f"unexpected value; permitted: {', '.join(map(repr, CONFIG_FILES))}",
            "type": "value_error.const",
            "ctx": {"given": kind, "permitted": CONFIG_FILES},
        }
        raise InvalidRequestError(request.method, request.url.path, [fault])
    admin_of(request, "Only administrators can set server configuration values.")
    studio = studio_of(request)
    name = studio.config.get("customization", {}).get(kind)
    stored = studio.files.get(f"static/customization/{name}")
    if stored is None:
        raise AyonError(400, f"File {kind} is not set")
    return Response(stored.content, media_type=stored.content_type)


def enum(request: Request) -> list[dict[str, Any]]:
    """`GET /api/enum/{name}`: choices for a form."""
    caller = caller_of(request)
    name = request.path_params["enum_name"]
    studio = studio_of(request)
    if name == "users":
        if not caller.is_manager:
            raise AyonError(403, "You don't have access to studio-wide user list")
        return [_choice({"name": each}) for each in sorted(studio.users)]
    tables = {
        "folderTypes": "folder_types",
        "taskTypes": "task_types",
        "statuses": "statuses",
        "tags": "tags",
    }
    project = studio.project(request.query_params.get("project_name", ""))
    if name not in tables or project is None:
        raise AyonError(400, f"Unknown enum resolver '{name}'")
    return [_choice(each) for each in getattr(project.anatomy, tables[name])]


def _choice(row: dict[str, Any]) -> dict[str, Any]:
    return present(
        {
            "value": row["name"],
            "label": row["name"],
            "fulltext": row["name"].lower().split(),
            "icon": row.get("icon"),
            "color": row.get("color"),
            "shortName": row.get("shortName"),
            "disabled": False,
        }
    )


routes: list[Route] = [
    get(
        "/api/attributes",
        for_users(lambda studio: {"attributes": [attribute_view(a) for a in studio.attributes]}),
    ),
    get("/api/attributes/{attribute_name}", attribute),
    get("/api/secrets", secrets),
    get("/api/secrets/{secret_name}", secret),
    get("/api/config", for_admins(lambda studio: studio.config, CONFIG_REFUSAL)),
    get(
        "/api/config/overrides",
        for_admins(lambda studio: described(studio.config, "studio"), CONFIG_REFUSAL),
    ),
    get("/api/config/value/{key}", config_value),
    get("/api/config/files/{file_type}", config_file),
    get("/api/enum/{enum_name}", enum),
    get(
        "/api/projectFolders",
        for_users(lambda studio: {"folders": list(studio.project_folders.values())}),
    ),
    get("/api/services", for_users(lambda studio: {"services": list(studio.services.values())})),
    get("/api/hosts", for_users(lambda studio: {"hosts": list(studio.hosts.values())})),
]
