"""Configuration and other small tables of the studio, read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ayon_proxy.demo.asking import admin_of, caller_of, manager_of, studio_of
from ayon_proxy.demo.errors import AyonError, CrashedError, InvalidRequestError
from ayon_proxy.demo.rest.project_reads import anatomy_view
from ayon_proxy.demo.rest.routing import Answering, get
from ayon_proxy.demo.rest.settings_reads import described
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.views import attribute_view, present
from ayon_proxy.demo.vocabulary import anatomy

CONFIG_REFUSAL = "Only administrators can view the server configuration"
CONFIG_FILES = ["login_background", "studio_logo"]
OFFLINE = "AYON server is in offline mode. Marketplace is not available"


def _for_users(answer: Callable[[Studio], Any]) -> Answering:
    def checked(request: Request) -> Any:
        caller_of(request)
        return answer(studio_of(request))

    return checked


def _for_admins(answer: Callable[[Studio], Any], refusal: str = "Forbidden") -> Answering:
    def checked(request: Request) -> Any:
        admin_of(request, refusal)
        return answer(studio_of(request))

    return checked


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


def presets(studio: Studio) -> dict[str, Any]:
    """`GET /api/anatomy/presets`."""
    return {
        "version": "1.0.0",
        "presets": [
            {"name": name, "primary": each.get("primary", False), "version": "1.0.0"}
            for name, each in studio.anatomy_presets.items()
        ],
    }


def preset(request: Request) -> dict[str, Any]:
    """`GET /api/anatomy/presets/{name}`; `_` and the two reserved names are the built-in one."""
    caller_of(request)
    studio, name = studio_of(request), request.path_params["preset_name"]
    if name in studio.anatomy_presets:
        data: dict[str, Any] = studio.anatomy_presets[name]["data"]
        return data
    if name not in {"_", "__primary__", "__builtin__"}:
        raise AyonError(404, f"Anatomy preset {name} not found.")
    defaults = {
        each.name: each.data.get("default") for each in studio.attributes if "project" in each.scope
    }
    return anatomy_view(anatomy(), defaults)


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


def metrics(studio: Studio) -> dict[str, Any]:
    """`GET /api/metrics`, the part that is not about load."""
    people = [each for each in studio.users.values() if not each.is_service]
    return {
        "version": studio.version,
        "uptime": float(int((studio.clock() - studio.started_at).total_seconds())),
        "userCounts": {
            "total": len(people),
            "active": sum(each.active for each in people),
            "admins": sum(each.is_admin for each in people),
            "managers": sum(each.is_manager and not each.is_admin for each in people),
            "services": len(studio.users) - len(people),
            "licensesTotal": 0,
            "licensesUsed": 0,
        },
        "projectCounts": {
            "total": len(studio.projects),
            "active": sum(each.active for each in studio.projects.values()),
        },
        "projects": [],
        "installedAddons": [list(each) for each in studio.addons],
    }


def system_metrics(request: Request) -> Response:
    """`GET /api/metrics/system`: for Prometheus; strangers are 403 here, not 401."""
    caller = request.state.caller
    if caller is None or not caller.is_admin:
        raise AyonError(403, "Access denied")
    uptime = studio_of(request).clock() - studio_of(request).started_at
    return PlainTextResponse(f"ayon_runtime_seconds {uptime.total_seconds()}\n")


def connection(_: Studio) -> dict[str, Any]:
    """`GET /api/connect`: no cloud here."""
    return {
        "instanceId": str(UUID(int=0)),
        "instanceName": None,
        "orgId": None,
        "orgName": None,
        "orgTitle": None,
        "managed": False,
        "collectSaturatedMetrics": False,
        "subscriptions": [],
        "connected": False,
        "offlineMode": True,
    }


def _market(request: Request) -> Any:
    admin_of(request, "Only admins can access the market")
    raise AyonError(503, OFFLINE)


def feedback(_: Studio) -> dict[str, Any]:
    """`GET /api/connect/feedback`: nobody to send it to."""
    return {"available": False}


def authorize(_: Request) -> Any:
    """`GET /api/connect/authorize`: no key is ever good here."""
    raise AyonError(400, "Missing 'key' query parameter")


def tracemalloc(request: Request) -> dict[str, Any]:
    """`GET /api/metrics/tracemalloc`: 403 for strangers, as the other metrics."""
    caller = request.state.caller
    if caller is None or not caller.is_admin:
        raise AyonError(403, "Access denied")
    return {"enabled": False}


def _releases(_: Request) -> Any:
    raise AyonError(503, OFFLINE)


def share(request: Request) -> Any:
    """`GET /api/share`: crashes."""
    caller_of(request)
    raise CrashedError("NotImplementedError: Sharing module is not installed.")


routes: list[Route] = [
    get(
        "/api/attributes",
        _for_users(lambda studio: {"attributes": [attribute_view(a) for a in studio.attributes]}),
    ),
    get("/api/attributes/{attribute_name}", attribute),
    get("/api/secrets", secrets),
    get("/api/secrets/{secret_name}", secret),
    get("/api/config", _for_admins(lambda studio: studio.config, CONFIG_REFUSAL)),
    get(
        "/api/config/overrides",
        _for_admins(lambda studio: described(studio.config, "studio"), CONFIG_REFUSAL),
    ),
    get("/api/config/value/{key}", config_value),
    get("/api/config/files/{file_type}", config_file),
    get("/api/anatomy/presets", _for_users(presets)),
    get("/api/anatomy/presets/{preset_name}", preset),
    get("/api/enum/{enum_name}", enum),
    get(
        "/api/projectFolders",
        _for_users(lambda studio: {"folders": list(studio.project_folders.values())}),
    ),
    get("/api/services", _for_users(lambda studio: {"services": list(studio.services.values())})),
    get("/api/hosts", _for_users(lambda studio: {"hosts": list(studio.hosts.values())})),
    get("/api/metrics", _for_admins(metrics, "Access denied")),
    get("/api/metrics/system", system_metrics),
    get("/api/connect", _for_users(connection)),
    get("/api/market/addons", _market),
    get("/api/connect/feedback", _for_users(feedback)),
    get("/api/connect/authorize", authorize),
    get("/api/metrics/tracemalloc", tracemalloc),
    get("/api/market/addons/{addon_name}", _market),
    get("/api/market/addons/{addon_name}/{addon_version}", _market),
    get("/api/market/licenses", _for_admins(lambda _: {"licenses": []})),
    get("/api/market/releases", _releases),
    get("/api/market/releases/{release_name}", _releases),
    get("/api/share", share),
]
