"""Saved views of the web client, each user's own (corpus `views`)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import caller_of, entity_id_of, studio_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.rest.routing import Answering, get

SUMMARY = (
    *("id", "label", "scope", "owner", "visibility"),
    *("working", "position", "accessLevel"),
)
ALL = (*SUMMARY, "viewType", "settings", "access")


def _mine(request: Request) -> list[dict[str, Any]]:
    caller = caller_of(request)
    project = request.query_params.get("project_name")
    return [
        {"accessLevel": 30, **view}
        for view in studio_of(request).views.values()
        if view["viewType"] == request.path_params["view_type"]
        and (view["owner"] == caller.name or view["visibility"] == "public")
        and view.get("projectName") in (None, project)
    ]


def views(request: Request) -> dict[str, Any]:
    """`GET /api/views/{type}`; any type will do."""
    return {"views": [{key: view[key] for key in SUMMARY} for view in _mine(request)]}


def view(request: Request) -> dict[str, Any]:
    """`GET /api/views/{type}/{id}`."""
    view_id = entity_id_of(request, "view_id")
    found = next((each for each in _mine(request) if each["id"] == view_id), None)
    return _whole(found, "View not found")


def _whole(found: dict[str, Any] | None, missing: str) -> dict[str, Any]:
    if found is None:
        raise AyonError(404, missing)
    return {key: found[key] for key in ALL}


def _special(flag: str, missing: str) -> Answering:
    def answer(request: Request) -> dict[str, Any]:
        found = next((each for each in _mine(request) if each.get(flag)), None)
        return _whole(found, missing.format(view_type=request.path_params["view_type"]))

    return answer


routes: list[Route] = [
    get("/api/views/{view_type}", views),
    get("/api/views/{view_type}/base", _special("base", "Base view not found")),
    get("/api/views/{view_type}/default", _special("default", "Default view not found")),
    get(
        "/api/views/{view_type}/working",
        _special("working", "Working {view_type} view not found"),
    ),
    get("/api/views/{view_type}/{view_id}", view),
]
