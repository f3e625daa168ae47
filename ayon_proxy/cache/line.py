"""The line to upstream: knows whether upstream is there, and counts what crosses.

It is an `Upstream` before the real one, so nobody can ask past it. While upstream is away, one
request in a fraction of a second is let through to see, and all others are refused at once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

import structlog

from ayon_proxy.cache.ports import Clock, Upstream, UpstreamResponse
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.errors import UpstreamBroke, UpstreamBusy, UpstreamUnreachable
from ayon_proxy.policy.message import Head, Request
from ayon_proxy.policy.reachability import Reachability

log = structlog.get_logger(__name__)


class Line:
    """Implements the `Upstream` port over another."""

    def __init__(self, upstream: Upstream, clock: Clock, traffic: Traffic) -> None:
        self._upstream = upstream
        self._clock = clock
        self._traffic = traffic
        self._answers = 0
        self.reachability = Reachability(since=clock.now())

    async def send(
        self,
        request: Request,
        body: AsyncIterator[bytes] | bytes | None = None,
        *,
        decode: bool = False,
        follow_redirects: bool = False,
    ) -> UpstreamResponse:
        """As `Upstream.send`; UpstreamUnreachable at once while upstream is known to be away."""
        now = self._clock.now()
        if not self.reachability.may_try(now):
            raise UpstreamUnreachable(self.reachability.last_error or "Upstream is away.")
        self.reachability = self.reachability.trying(now)
        answers_before = self._answers
        try:
            response = await self._upstream.send(
                request, body, decode=decode, follow_redirects=follow_redirects
            )
        except UpstreamBusy:
            raise
        except UpstreamUnreachable as error:
            # Another request was answered meanwhile: it is this one that is slow, not upstream.
            if self._answers == answers_before:
                self._lost(error)
            raise
        self._answers += 1
        self._reached()
        return _Counted(response, self._traffic)

    def _reached(self) -> None:
        if not self.reachability.online:
            log.info("upstream_online", was_offline_since=self.reachability.since)
        self.reachability = self.reachability.answered(self._clock.now())

    def _lost(self, error: UpstreamUnreachable | UpstreamBroke) -> None:
        if self.reachability.online:
            log.warning("upstream_offline", reason=str(error))
        self.reachability = self.reachability.failed(self._clock.now(), str(error))


class _Counted:
    """A response whose bytes are counted when it is closed."""

    def __init__(self, response: UpstreamResponse, traffic: Traffic) -> None:
        self._response = response
        self._traffic = traffic
        self._counted = 0

    @property
    def head(self) -> Head:
        return self._response.head

    @property
    def wire_bytes(self) -> int:
        return self._response.wire_bytes

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.chunks():
            self._count()
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()
        self._count()

    def _count(self) -> None:
        self._traffic.bytes_from_upstream += self._response.wire_bytes - self._counted
        self._counted = self._response.wire_bytes
