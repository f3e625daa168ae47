"""What every endpoint needs to know of a request: the studio, the caller, the project.

The order of refusals is the server's: the credential, the project's existence, the access.
"""

from __future__ import annotations

import re
from typing import Any

import orjson
from starlette.requests import Request

from ayon_proxy.demo import rights
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.errors import AyonError, InvalidRequestError
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.studio import Studio

PROJECT_NAME = re.compile(r"[a-zA-Z0-9_]*")


def studio_of(request: Request) -> Studio:
    """The studio this server serves."""
    studio: Studio = request.app.state.studio
    return studio


def caller_of(request: Request) -> Caller:
    """Who asks. Raises AyonError 401 when nobody does."""
    caller: Caller | None = request.state.caller
    if caller is None:
        raise AyonError(401, request.state.refusal)
    return caller


def manager_of(request: Request, detail: str = "Forbidden") -> Caller:
    """The caller, a manager at least. Raises AyonError 401 or 403."""
    caller = caller_of(request)
    if not caller.is_manager:
        raise AyonError(403, detail)
    return caller


def admin_of(request: Request, detail: str = "Forbidden") -> Caller:
    """The caller, an admin or service. Raises AyonError 401 or 403."""
    caller = caller_of(request)
    if not caller.is_admin:
        raise AyonError(403, detail)
    return caller


def project_of(request: Request, parameter: str = "project_name") -> tuple[Caller, Project]:
    """The caller and the project that the path names, which they may enter.

    Raises AyonError 401, 400, 404, or 403: to those who may not enter, a project that does not
    exist is as forbidden as one that does.
    """
    caller = caller_of(request)
    name = request.path_params[parameter]
    if not PROJECT_NAME.fullmatch(name):
        raise InvalidRequestError(
            request.method, request.url.path, [pattern_fault(("path", parameter), PROJECT_NAME)]
        )
    project = studio_of(request).project(name)
    if project is None:
        if caller.is_manager:
            raise AyonError(404, f"Project {name} not found")
        raise AyonError(403, rights.NO_ACCESS)
    rights.require_entry(caller.user, project)
    return caller, project


def entity_id_of(request: Request, parameter: str) -> str:
    """An entity id of the path. Raises InvalidRequestError unless 32 lower-case hex digits."""
    value: str = request.path_params[parameter]
    fault = id_fault(("path", parameter), value)
    if fault is not None:
        raise InvalidRequestError(request.method, request.url.path, [fault])
    return value


def id_fault(place: tuple[str, ...], value: str) -> dict[str, Any] | None:
    """What is wrong with an id, as the server words it; None if nothing."""
    if len(value) < 32:
        return {
            "loc": list(place),
            "msg": "ensure this value has at least 32 characters",
            "type": "value_error.any_str.min_length",
            "ctx": {"limit_value": 32},
        }
    if len(value) > 32:
        return {
            "loc": list(place),
            "msg": "ensure this value has at most 32 characters",
            "type": "value_error.any_str.max_length",
            "ctx": {"limit_value": 32},
        }
    pattern = re.compile(r"[0-9a-f]{32}")
    return None if pattern.fullmatch(value) else pattern_fault(place, pattern)


def pattern_fault(place: tuple[str, ...], pattern: re.Pattern[str]) -> dict[str, Any]:
    """A value that does not match, as the server words it."""
    spelled = f"^{pattern.pattern}$"
    return {
        "loc": list(place),
        "msg": f'string does not match regex "{spelled}"',
        "type": "value_error.str.regex",
        "ctx": {"pattern": spelled},
    }


async def body_of(request: Request) -> Any:
    """The JSON document sent. Raises InvalidRequestError without one or for broken JSON."""
    sent = await request.body()
    if not sent:
        raise InvalidRequestError(
            request.method,
            request.url.path,
            [{"loc": ["body"], "msg": "field required", "type": "value_error.missing"}],
        )
    try:
        return orjson.loads(sent)
    except orjson.JSONDecodeError as error:
        raise InvalidRequestError(
            request.method,
            request.url.path,
            [{"loc": ["body", error.pos], "msg": error.msg, "type": "value_error.jsondecode"}],
        ) from error
