"""Guests of a project: nobody is told of anything that happens to them (server.md 1.4)."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import body_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes.edit import Edit
from ayon_proxy.demo.writes.project_writes import managed_edit


async def invite(request: Request) -> Response:
    """`POST …/guests`. Raises AyonError 409 for somebody who is a guest already."""
    edit, sent = managed_edit(request), await body_of(request)
    email = sent["email"]
    guests = edit.project.data.get("guestUsers", {})
    if email in guests:
        raise AyonError(409, f"Guest user {email} already exists in the project.")
    shown = {"fullName": sent.get("fullName") or email, "status": "pending"}
    return _set(edit, {**guests, email: shown})


async def dismiss(request: Request) -> Response:
    """`DELETE …/guests/{email}`. Raises AyonError 400 for somebody who is none."""
    edit, email = managed_edit(request), request.path_params["email"]
    guests = edit.project.data.get("guestUsers", {})
    if email not in guests:
        raise AyonError(400, f"Guest user {email} does not exist in the project.")
    return _set(edit, {name: each for name, each in guests.items() if name != email})


def _set(edit: Edit, guests: dict[str, dict[str, str]]) -> Response:
    edit.project.data = {**edit.project.data, "guestUsers": guests}
    edit.project.updated_at = edit.now
    return no_content()


_GUESTS = "/api/projects/{project_name}/guests"
routes: list[Route] = [
    route("POST", _GUESTS, invite),
    route("DELETE", f"{_GUESTS}/{{email}}", dismiss),
]
