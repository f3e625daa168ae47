"""What the engine gives back: a head, a body, and what was done to get it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

import orjson

from ayon_proxy.cache.bodies import Body, InlineBody
from ayon_proxy.cache.given import Given, Repeat
from ayon_proxy.policy.message import Head


class RequestBody(Protocol):
    """A client's request body, not yet read."""

    @property
    def present(self) -> bool:
        """Whether the request announced one."""

    async def whole(self, limit: int) -> bytes | None:
        """All of it, or None when it is longer than `limit` bytes; `stream` still gives all."""

    def stream(self) -> AsyncIterator[bytes]:
        """The chunks as they arrive. Raises ClientLeft when the client goes in the middle."""


@dataclass(frozen=True, slots=True)
class Answer:
    """`selectable`: conditions and ranges of the request are ours to apply to it. `given`:
    what in memory it was made of, and `repeat` what allows to give it to this caller again.

    Whoever takes an answer closes its body.
    """

    head: Head
    body: Body
    cache_status: bytes
    selectable: bool = False
    given: Given | None = None
    repeat: Repeat | None = None


def error_answer(status: int, detail: str, cache_status: bytes) -> Answer:
    """An answer of the proxy's own, in the form of AYON's errors (contract.md, Response fields)."""
    content = orjson.dumps({"code": status, "detail": detail})
    head = Head(status, ((b"content-type", b"application/json"),))
    return Answer(head, InlineBody(content), cache_status)


class NoBody:
    """The body of a request that has none."""

    present = False

    async def whole(self, limit: int) -> bytes:  # noqa: ARG002
        return b""

    async def stream(self) -> AsyncIterator[bytes]:
        yield b""
