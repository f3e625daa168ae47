"""What can go wrong between a client and the demo server, on request.

`Faults` wraps the demo server's ASGI application. A test adds a `Fault` for the paths it cares
about; every request that matches goes through it:

    request ─► wait (slow, hang, hold) ─► break (down, status) ─► application
                                                                       │
    client  ◄─ wait (hold) ◄─ break (garble, cut_body, cut_socket) ◄───┘

`hold` is a barrier: `await fault.reached()` returns once a request waits there, and it goes on
after `fault.release()`. So a test orders what happens without sleeping.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol, TypeAlias

import orjson
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ayon_proxy.demo.barrier import Barrier


class Kind(StrEnum):
    """What a fault does to a request."""

    SLOW = "slow"  # wait `seconds` before the head
    HANG = "hang"  # no answer until the fault is cleared
    HOLD = "hold"  # wait for release(), before the head or after `after_bytes` of the body
    DOWN = "down"  # the connection is lost before any byte of the answer
    STATUS = "status"  # answer `status` without asking the application
    GARBLE = "garble"  # right length, one wrong byte
    CUT_BODY = "cut_body"  # the body ends after `after_bytes`: an orderly close, too early
    CUT_SOCKET = "cut_socket"  # the connection is reset after `after_bytes` of the body


Match: TypeAlias = str | re.Pattern[str] | Callable[[Scope], bool]


class Line(Protocol):
    """The sockets below the application, as far as a fault needs them (see `line`)."""

    def hang_up(self, client: tuple[str, int], *, abruptly: bool) -> None:
        """Close one client's connection: with a reset if `abruptly`, else after flushing."""

    def go_down(self) -> None:
        """Refuse new connections and drop the open ones."""

    async def come_back(self) -> None:
        """Listen again, on the same port."""


@dataclass(eq=False)
class Fault(Barrier):
    """One thing to go wrong; `hits` counts the requests it has been applied to.

    `match` is a regular expression searched in the path, or a predicate on the ASGI scope.
    `times` limits how many requests it applies to; None is all of them. As a barrier it is one
    for requests.
    """

    match: Match
    kind: Kind
    method: str | None = None
    seconds: float = 0.0
    after_bytes: int | None = None
    status: int = 503
    detail: str = "Fault on request"
    headers: Mapping[str, str] = field(default_factory=dict)
    times: int | None = None
    hits: int = field(default=0, init=False)

    def applies(self, scope: Scope) -> bool:
        """Whether this request is one of those the fault was made for."""
        if self.times is not None and self.hits >= self.times:
            return False
        if self.method is not None and scope.get("method", "GET") != self.method:
            return False
        if callable(self.match):
            return self.match(scope)
        return re.search(self.match, scope["path"]) is not None


class Faults:
    """The faults of one demo server, and the ASGI application that applies them."""

    def __init__(self, app: ASGIApp, line: Line | None = None) -> None:
        self.app = app
        self.line = line
        self.active: list[Fault] = []

    def add(
        self,
        match: Match,
        kind: Kind | str,
        *,
        method: str | None = None,
        seconds: float = 0.0,
        after_bytes: int | None = None,
        status: int = 503,
        detail: str = "Fault on request",
        headers: Mapping[str, str] | None = None,
        times: int | None = None,
    ) -> Fault:
        """From now on, `kind` happens to the requests that match."""
        fault = Fault(
            match=match,
            kind=Kind(kind),
            method=method,
            seconds=seconds,
            after_bytes=after_bytes,
            status=status,
            detail=detail,
            headers=headers or {},
            times=times,
        )
        self.active.append(fault)
        return fault

    def clear(self) -> None:
        """Nothing goes wrong any more; what waits goes on."""
        for fault in self.active:
            fault.release()
        self.active.clear()

    def go_down(self) -> None:
        """The whole server is gone: connections are refused, open ones dropped."""
        if self.line is None:
            raise RuntimeError("no line to take down: these faults wrap a bare application")
        self.line.go_down()

    async def come_back(self) -> None:
        """The server listens again."""
        if self.line is None:
            raise RuntimeError("no line to bring up: these faults wrap a bare application")
        await self.line.come_back()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer through every active fault that applies."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        faults = [fault for fault in self.active if fault.applies(scope)]
        for fault in faults:
            fault.hits += 1
        for fault in faults:
            if fault.kind is Kind.SLOW:
                await asyncio.sleep(fault.seconds)
            elif fault.kind is Kind.HANG or (fault.kind is Kind.HOLD and fault.after_bytes is None):
                await fault.arrive()
            elif fault.kind is Kind.DOWN:
                self._hang_up(scope, abruptly=True)
                return
            elif fault.kind is Kind.STATUS and scope["type"] == "http":
                await _answer(fault, send)
                return
            elif fault.kind in _IN_BODY:
                send = _BodyFault(fault, scope, send, self._hang_up)
        await self.app(scope, receive, send)

    def _hang_up(self, scope: Scope, *, abruptly: bool) -> None:
        if self.line is not None and scope.get("client"):
            self.line.hang_up(tuple(scope["client"]), abruptly=abruptly)


_IN_BODY = (Kind.HOLD, Kind.GARBLE, Kind.CUT_BODY, Kind.CUT_SOCKET)


class _BodyFault:
    """A `send` that meddles with the body once `after_bytes` of it have gone out."""

    def __init__(
        self, fault: Fault, scope: Scope, send: Send, hang_up: Callable[..., None]
    ) -> None:
        self.fault = fault
        self.scope = scope
        self.send = send
        self.hang_up = hang_up
        self.left: int | None = fault.after_bytes or 0

    async def __call__(self, message: Message) -> None:
        if self.left is None or message["type"] != "http.response.body":
            await self.send(message)
            return
        body: bytes = message.get("body", b"")
        if len(body) < self.left or (len(body) == self.left and message.get("more_body")):
            self.left -= len(body)
            await self.send(message)
            return
        before, after = body[: self.left], body[self.left :]
        self.left = None
        if before:
            await self.send({"type": "http.response.body", "body": before, "more_body": True})
        await self._happen(message, after)

    async def _happen(self, message: Message, after: bytes) -> None:
        if self.fault.kind is Kind.HOLD:
            await self.fault.arrive()
        elif self.fault.kind is Kind.GARBLE:
            after = bytes((after[0] ^ 0xFF,)) + after[1:] if after else after
        else:
            self.hang_up(self.scope, abruptly=self.fault.kind is Kind.CUT_SOCKET)
            # The application is not told: as for a client that left, its messages go nowhere.
            self.send = _nowhere
            return
        await self.send({**message, "body": after})


async def _nowhere(_: Message) -> None:
    """Swallow a message."""


async def _answer(fault: Fault, send: Send) -> None:
    body = orjson.dumps({"code": fault.status, "detail": fault.detail})
    headers = {
        "content-type": "application/json",
        "content-length": str(len(body)),
        **{name.lower(): value for name, value in fault.headers.items()},
    }
    await send(
        {
            "type": "http.response.start",
            "status": fault.status,
            "headers": [(name.encode(), value.encode()) for name, value in headers.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})
