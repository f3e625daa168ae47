"""The server as an installation: metrics, and the cloud it is not connected to."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ayon_proxy.demo.asking import admin_of, caller_of, studio_of
from ayon_proxy.demo.errors import AyonError, CrashedError
from ayon_proxy.demo.rest.routing import for_admins, for_users, get
from ayon_proxy.demo.studio import Studio

OFFLINE = "AYON server is in offline mode. Marketplace is not available"


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
    get("/api/metrics", for_admins(metrics, "Access denied")),
    get("/api/metrics/system", system_metrics),
    get("/api/connect", for_users(connection)),
    get("/api/market/addons", _market),
    get("/api/connect/feedback", for_users(feedback)),
    get("/api/connect/authorize", authorize),
    get("/api/metrics/tracemalloc", tracemalloc),
    get("/api/market/addons/{addon_name}", _market),
    get("/api/market/addons/{addon_name}/{addon_version}", _market),
    get("/api/market/licenses", for_admins(lambda _: {"licenses": []})),
    get("/api/market/releases", _releases),
    get("/api/market/releases/{release_name}", _releases),
    get("/api/share", share),
]
