"""Teams of a project: nobody is told of anything that happens to them (server.md 1.4)."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import body_of
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes.edit import Edit
from ayon_proxy.demo.writes.project_writes import managed_edit


async def set_team(request: Request) -> Response:
    """`PUT …/teams/{team_name}`."""
    edit = managed_edit(request)
    name, sent = request.path_params["team_name"], await body_of(request)
    _set_teams(edit, {**_teams(edit), name: {"name": name, "members": sent.get("members", [])}})
    return no_content()


async def set_member(request: Request) -> Response:
    """`PUT …/teams/{team_name}/members/{member_name}`."""
    edit = managed_edit(request)
    sent, teams = await body_of(request), _teams(edit)
    team = teams.get(request.path_params["team_name"], {"members": []})
    name = request.path_params["member_name"]
    others = [each for each in team["members"] if each["name"] != name]
    _set_teams(edit, {**teams, team["name"]: {**team, "members": [*others, sent]}})
    return no_content()


async def set_teams(request: Request) -> Response:
    """`PATCH …/teams`: all of them."""
    edit = managed_edit(request)
    _set_teams(edit, {each["name"]: each for each in await body_of(request)})
    return no_content()


async def delete_team(request: Request) -> Response:
    """`DELETE …/teams/{team_name}`."""
    edit = managed_edit(request)
    teams = _teams(edit)
    teams.pop(request.path_params["team_name"], None)
    _set_teams(edit, teams)
    return no_content()


def _teams(edit: Edit) -> dict[str, dict[str, Any]]:
    return {each["name"]: each for each in edit.project.data.get("teams", ())}


def _set_teams(edit: Edit, teams: dict[str, dict[str, Any]]) -> None:
    edit.project.data = {**edit.project.data, "teams": list(teams.values())}
    edit.project.updated_at = edit.now


_PROJECT = "/api/projects/{project_name}"
routes: list[Route] = [
    route("PATCH", f"{_PROJECT}/teams", set_teams),
    route("PUT", f"{_PROJECT}/teams/{{team_name}}", set_team),
    route("DELETE", f"{_PROJECT}/teams/{{team_name}}", delete_team),
    route("PUT", f"{_PROJECT}/teams/{{team_name}}/members/{{member_name}}", set_member),
]
