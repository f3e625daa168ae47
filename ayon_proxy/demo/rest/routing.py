"""Routes of the REST API, from a path and a function that answers."""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer

Answering: TypeAlias = Callable[[Request], Any] | Callable[[Request], Awaitable[Any]]
"""Gives a Response, or what is then sent as JSON with status 200."""


def route(method: str, path: str, answer: Answering) -> Route:
    """One method on one path. GET does not bring HEAD along: the server answers that with 404."""

    async def endpoint(request: Request) -> Response:
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
