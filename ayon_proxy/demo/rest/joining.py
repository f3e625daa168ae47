"""Answers that are computed once for all who ask at a time (`RequestCoalescer`, server.md 1.6).

So an answer may be older than the request for it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request
from starlette.responses import Response

from ayon_proxy.demo.answers import json_answer
from ayon_proxy.demo.asking import caller_of, project_of, studio_of
from ayon_proxy.demo.rest.routing import Answering

T = TypeVar("T")


async def joined(request: Request, key: object, compute: Callable[[], T]) -> T:
    """What `compute` gives now, or gave to one who asked with the same key and still waits."""
    caches = studio_of(request).upstream_caches
    return compute() if caches is None else await caches.joined(key, request.url.path, compute)


def joining(answer: Callable[[Request], object], *, by_user: bool = False) -> Answering:
    """The same endpoint, computed once for all who ask for the same URL at a time.

    `by_user` if its answer depends on the user. Whether they may ask is decided for each.
    """

    async def once(request: Request) -> Response:
        caller = caller_of(request)
        if "project_name" in request.path_params:
            project_of(request)
        key = (str(request.url), caller.name if by_user else None)
        body = await joined(request, key, lambda: bytes(json_answer(answer(request)).body))
        return Response(body, media_type="application/json")

    return once
