"""Routes of the REST API, from a path and a function that answers."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer
from ayon_proxy.demo.asking import admin_of, caller_of, studio_of
from ayon_proxy.demo.guests import refuse_guest
from ayon_proxy.demo.studio import Studio

Answering: TypeAlias = Callable[[Request], Any] | Callable[[Request], Awaitable[Any]]
"""Gives a Response, or what is then sent as JSON with status 200."""


def route(method: str, path: str, answer: Answering) -> Route:
    """One method on one path. GET does not bring HEAD along: the server answers that with 404.

    Guests are refused what is not open to guests.
    """

    async def endpoint(request: Request) -> Response:
        if request.state.caller is not None:
            refuse_guest(request.state.caller.user, f"{method} {path}")
        result = answer(request)
        if inspect.isawaitable(result):
            result = await result
        return result if isinstance(result, Response) else json_answer(result)

    made = Route(path, endpoint, methods=[method], name=f"{method} {path}")
    made.methods = {method}
    return made


def get(path: str, answer: Answering) -> Route:
    """A read."""
    return route("GET", path, answer)


def post(path: str, answer: Answering) -> Route:
    """A write, or a read that needs a body."""
    return route("POST", path, answer)


def for_users(answer: Callable[[Studio], Any]) -> Answering:
    """Answers of the studio alone, for anyone who is logged in."""

    def checked(request: Request) -> Any:
        caller_of(request)
        return answer(studio_of(request))

    return checked


def for_admins(answer: Callable[[Studio], Any], refusal: str = "Forbidden") -> Answering:
    """Answers of the studio alone, for admins and services."""

    def checked(request: Request) -> Any:
        admin_of(request, refusal)
        return answer(studio_of(request))

    return checked
