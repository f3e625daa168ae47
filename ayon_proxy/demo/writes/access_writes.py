"""Access groups: who is in them is told to nobody, what they allow to everybody (server.md 1.3)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import body_of, manager_of, studio_of
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.people import STUDIO, AccessGroup, permissions
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.studio import Studio


async def put_group(request: Request) -> Response:
    """`PUT /api/accessGroups/{group}/{project or _}`."""
    caller, studio, name, project = _group(request)
    granted = permissions(**await body_of(request))
    for section in granted.values():
        if "access_list" in section:
            section["access_list"] = [{"path": None, **each} for each in section["access_list"]]
    _heed_later(studio)
    studio.access_groups[name, project] = AccessGroup(
        name=name, permissions=granted, project=project
    )
    _tell_group(studio, caller, name, project, "updated")
    return no_content()


async def delete_group(request: Request) -> Response:
    """`DELETE /api/accessGroups/{group}/{project or _}`: users lose it in silence."""
    caller, studio, name, project = _group(request)
    if (name, project) not in studio.access_groups:
        raise AyonError(404, f"Access group {name} not found")
    _heed_later(studio)
    del studio.access_groups[name, project]
    for user in studio.users.values() if project is None else ():
        for groups in user.access_groups.values():
            if name in groups:
                groups.remove(name)
    _tell_group(studio, caller, name, project, "deleted")
    return no_content()


def _heed_later(studio: Studio) -> None:
    """Processes learn of a change after everybody has been told (server.md 1.6)."""
    if studio.upstream_caches is not None:
        studio.upstream_caches.heed_later(studio.access_groups)


def _group(request: Request) -> tuple[Caller, Studio, str, str | None]:
    caller = manager_of(request, "Only managers can access the studio level settings")
    project: str = request.path_params["project_name"]
    name: str = request.path_params["access_group_name"]
    return caller, studio_of(request), name, None if project == STUDIO else project


def _tell_group(studio: Studio, caller: Caller, name: str, project: str | None, what: str) -> None:
    studio.events.dispatch(
        f"access_group.{what}",
        project=project,
        user=caller.name,
        description=f"{what.capitalize()} access group {name}",
        summary={"name": name},
    )


_GROUP = "/api/accessGroups/{access_group_name}/{project_name}"
routes: list[Route] = [
    route("PUT", _GROUP, put_group),
    route("DELETE", _GROUP, delete_group),
]
