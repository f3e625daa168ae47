"""Asks upstream who a caller is, with the caller's own credential."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from ayon_proxy.cache.ports import Upstream
from ayon_proxy.cache.standing import Refusal
from ayon_proxy.errors import UpstreamBroke
from ayon_proxy.policy.message import Head, Request
from ayon_proxy.policy.rights import Told, questions, told
from ayon_proxy.policy.routes.rows import JSON
from ayon_proxy.policy.storing import has_media

ANSWER_BYTES = 4 * 1024 * 1024
"""More than the rights of anybody in any number of projects take."""

UNAUTHORIZED = 401


@dataclass(frozen=True, slots=True)
class _Said:
    head: Head
    body: bytes


async def looked_up(upstream: Upstream, request: Request, *, known: bool) -> Told | Refusal:
    """What upstream says of whoever sent the request. Raises ProxyError where it says nothing that
    can be understood.

    One that is not `known` is asked about first and then its rights: most of them are refused, and
    each question counts as a failed try.
    """
    who, what = questions(request)
    if known:
        me, rights = await asyncio.gather(_asked(upstream, who), _asked(upstream, what))
    else:
        me = await _asked(upstream, who)
        if _refuses(me):
            return Refusal(_own(me.head), me.body)
        rights = await _asked(upstream, what)
    if _refuses(me):
        return Refusal(_own(me.head), me.body)
    if me.head.status != 200 or _in_trouble(rights):
        raise UpstreamBroke(f"Upstream answered {me.head.status} and {rights.head.status}.")
    # Guests, and versions of AYON that do not tell: nothing of theirs is shared by project.
    found = told(me.body, rights.body if rights.head.status == 200 else b"")
    if found is None:
        raise UpstreamBroke("What upstream says of a user can't be understood.")
    return found


async def _asked(upstream: Upstream, question: Request) -> _Said:
    response = await upstream.send(question, decode=True)
    try:
        content = bytearray()
        async for chunk in response.chunks():
            content += chunk
            if len(content) > ANSWER_BYTES:
                raise UpstreamBroke("Upstream says too much of a user.")
        return _Said(response.head, bytes(content))
    finally:
        await response.aclose()


def _refuses(said: _Said) -> bool:
    """AYON's own 401: a page that says so is of someone in between."""
    return said.head.status == UNAUTHORIZED and has_media(said.head, JSON)


def _in_trouble(said: _Said) -> bool:
    return said.head.status in {401, 429} or said.head.status >= 500


def _own(head: Head) -> Head:
    """What of it is not about this one exchange."""
    return Head(head.status, tuple(each for each in head.fields if each[0] == b"content-type"))
