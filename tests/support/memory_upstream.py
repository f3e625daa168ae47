"""An upstream that answers what a test wrote down, in steps that the test orders.

hold = asyncio.Event()
upstream = MemoryUpstream()
upstream.answers(b"/api/info", Answer(chunks=(b"first", hold, b"second")))
upstream.answers(b"/api/gone", UpstreamUnreachable("Connection refused."))
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from ayon_proxy.errors import ProxyError, UpstreamBroke
from ayon_proxy.policy.message import Fields, Head, Request

Step = bytes | asyncio.Event | ProxyError
"""A piece of the body; a barrier to wait at; or how the body breaks."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One response. The head is given when `head_after` is set, the body follows step by step."""

    status: int = 200
    fields: Fields = ()
    chunks: Sequence[Step] = ()
    head_after: asyncio.Event | None = None


@dataclass(frozen=True, slots=True)
class Sent:
    """A request as it reached upstream."""

    request: Request
    body: bytes
    decode: bool
    follow_redirects: bool


class MemoryUpstreamResponse:
    """The `UpstreamResponse` port. `closed` tells whether the connection was given back."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._read = False
        self.wire_bytes = 0
        self.closed = asyncio.Event()

    @property
    def head(self) -> Head:
        return Head(self._answer.status, self._answer.fields)

    async def chunks(self) -> AsyncIterator[bytes]:
        assert not self._read, "a body is read once"
        self._read = True
        for step in self._answer.chunks:
            if self.closed.is_set():
                raise UpstreamBroke("The response was closed.")
            match step:
                case bytes():
                    self.wire_bytes += len(step)
                    yield step
                case asyncio.Event():
                    await step.wait()
                case ProxyError():
                    raise step

    async def aclose(self) -> None:
        self.closed.set()


@dataclass
class MemoryUpstream:
    """The `Upstream` port. `sent` and `responses` hold what happened, oldest first."""

    script: dict[bytes, list[Answer | ProxyError]] = field(default_factory=dict)
    sent: list[Sent] = field(default_factory=list)
    responses: list[MemoryUpstreamResponse] = field(default_factory=list)
    _arrived: asyncio.Condition = field(default_factory=asyncio.Condition)

    def answers(self, target: bytes, *answers: Answer | ProxyError) -> None:
        """What requests for the target get from now on, in turn; the last is repeated."""
        self.script[target] = list(answers)

    async def arrived(self, count: int) -> None:
        """Wait until so many requests have come in."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.sent) >= count)

    async def send(
        self,
        request: Request,
        body: AsyncIterator[bytes] | bytes | None = None,
        *,
        decode: bool = False,
        follow_redirects: bool = False,
    ) -> MemoryUpstreamResponse:
        whole = body or b""
        if not isinstance(whole, bytes):
            whole = b"".join([chunk async for chunk in whole])
        async with self._arrived:
            self.sent.append(Sent(request, whole, decode, follow_redirects))
            self._arrived.notify_all()
        answer = self._next(request.target)
        if isinstance(answer, ProxyError):
            raise answer
        if answer.head_after is not None:
            await answer.head_after.wait()
        response = MemoryUpstreamResponse(answer)
        self.responses.append(response)
        return response

    def _next(self, target: bytes) -> Answer | ProxyError:
        turn = self.script.get(target)
        assert turn, f"no answer is written down for {target!r}"
        return turn.pop(0) if len(turn) > 1 else turn[0]
