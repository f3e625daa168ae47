"""Access groups, of the studio and of projects."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import manager_of, project_of, studio_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.people import STUDIO, permissions
from ayon_proxy.demo.rest.routing import get

STUDIO_LEVEL = "Only managers can access the studio level settings"


def access_groups(request: Request) -> list[dict[str, Any]]:
    """`GET /api/accessGroups/{project}`: their names; `_` is the studio."""
    project = request.path_params["project_name"]
    _require_level(request, project)
    groups: dict[str, bool] = {}
    for name, of in studio_of(request).access_groups:
        if of in (None, project):
            groups[name] = groups.get(name, False) or of is not None
    return [{"name": name, "isProjectLevel": own} for name, own in sorted(groups.items())]


def access_group(request: Request) -> dict[str, Any]:
    """`GET /api/accessGroups/{group}/{project}`: its permissions."""
    project = request.path_params["project_name"]
    _require_level(request, project)
    name = request.path_params["access_group_name"]
    studio = studio_of(request)
    if (name, None) not in studio.access_groups and (name, project) not in studio.access_groups:
        raise AyonError(404, f"Access group '{name}' not found")
    groups = studio.access_groups
    found = groups.get((name, project)) or groups.get((name, None))
    return found.permissions if found else permissions()


def _require_level(request: Request, project: str) -> None:
    if project == STUDIO:
        manager_of(request, STUDIO_LEVEL)
    else:
        project_of(request)


routes: list[Route] = [
    get("/api/accessGroups/{project_name}", access_groups),
    get("/api/accessGroups/{access_group_name}/{project_name}", access_group),
]
