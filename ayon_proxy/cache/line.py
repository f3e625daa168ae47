"""The line to upstream: knows whether upstream is there, and counts what crosses.

It is an `Upstream` before the real one, so nobody can ask past it. While upstream is away only the
probe asks (`probing`); everybody else is refused at once. What it is thought to be is
`policy.reachability`'s business; here is what happens:

    send ─┬─ head came, quick or late          tick: nobody was answered for so long
          └─ no connection, connection lost    probe: as send, of the proxy's own
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

import structlog

from ayon_proxy.cache.ports import Clock, Upstream, UpstreamResponse
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.wrapped import Wrapped
from ayon_proxy.errors import (
    RedirectedNowhere,
    UpstreamAway,
    UpstreamBroke,
    UpstreamBusy,
    UpstreamUnreachable,
)
from ayon_proxy.policy.message import Head, Request
from ayon_proxy.policy.patience import AT_ONCE, TICK_SECONDS, Pace, Patience
from ayon_proxy.policy.reachability import Reachability
from ayon_proxy.policy.routes.rows import JSON
from ayon_proxy.policy.storing import GATEWAY, has_media

log = structlog.get_logger(__name__)

TOO_MANY = 429

PROBE = Request("GET", b"/api/info", b"", ((b"accept", b"application/json"),))
"""What upstream answers to everybody, shortly (upstream/server.md 3.4), and to nobody else's
account."""


@dataclass(eq=False, slots=True)
class _Waiting:
    """Somebody waits for a head. `limit` ends the wait when upstream turns out to be away."""

    since: int
    limit: asyncio.Timeout | None = None


class Line:
    """Implements the `Upstream` port over another.

    `safe` tells of a request whether it may be given up: it changes nothing. `probe_over` is the
    upstream that probes are sent over, another where a probe shall not meet old connections.
    """

    def __init__(
        self,
        upstream: Upstream,
        clock: Clock,
        traffic: Traffic,
        patience: Patience = AT_ONCE,
        safe: Callable[[Request], bool] = lambda _: False,
        probe_over: Upstream | None = None,
    ) -> None:
        self._upstream = upstream
        self._probe_over = probe_over or upstream
        self._clock = clock
        self._traffic = traffic
        self._safe = safe
        self.patience = patience
        self.reachability = Reachability(since=clock.now())
        self.turned: list[Callable[[Reachability], None]] = []
        """Called with each new state."""
        self.returned: list[Callable[[], None]] = []
        """Called when upstream has been away, and is there again."""
        self.busy = asyncio.Event()
        """Set while `tick` has to be called: somebody waits, or the state is in question."""
        self._ticks = 0
        self._answers = 0
        self._answered_at = 0
        self._silent_since: int | None = None
        self._waiting: set[_Waiting] = set()
        self._lost_at = 0
        self._blinked = asyncio.Event()

    async def send(
        self,
        request: Request,
        body: AsyncIterator[bytes] | bytes | None = None,
        *,
        decode: bool = False,
        follow_redirects: bool = False,
    ) -> UpstreamResponse:
        """As `Upstream.send`; UpstreamAway at once while upstream is known to be away, and when it
        is found to be while a safe request waits."""
        if self.reachability.offline and not await self.perhaps_back():
            raise self._away()
        waiting = self._begun()
        try:
            async with asyncio.timeout(None) as limit:
                if self._safe(request):
                    waiting.limit = limit
                response = await self._noted(
                    self._upstream.send(
                        request, body, decode=decode, follow_redirects=follow_redirects
                    )
                )
        except TimeoutError:
            raise self._away() from None
        finally:
            self._ended(waiting)
        self._answered(response.head, waiting, to_probe=False)
        return _Counted(response, self._traffic)

    async def probe(self) -> None:
        """Ask upstream whether it is there; what it answers is noted. Never raises."""
        waiting = self._begun()
        try:
            response = await self._noted(self._probe_over.send(PROBE), to_probe=True)
            try:
                self._answered(response.head, waiting, to_probe=True)
                async for _ in response.chunks():
                    pass
            finally:
                await response.aclose()
        except (UpstreamUnreachable, UpstreamBroke):
            return
        finally:
            self._ended(waiting)

    async def perhaps_back(self) -> bool:
        """Whether upstream may be asked; just after it was lost, that is waited for."""
        if self.reachability.offline:
            await self._blinked.wait()
        return not self.reachability.offline

    def tick(self) -> None:
        """A tick of waiting has passed (`policy.patience`)."""
        self._ticks += 1
        now = self._clock.now()
        if self._silent_since is not None:
            seconds = self._seconds_since(self._silent_since)
            self._turn(self.reachability.silent(now, seconds, self.patience))
        elif self._waiting and self._long_unanswered():
            self._turn(self.reachability.doubt())
        if self._seconds_since(self._lost_at) >= self.patience.blink_seconds:
            self._blinked.set()
        if not self._waiting and not self.reachability.in_question:
            self.busy.clear()

    def _long_unanswered(self) -> bool:
        """Others were answered since those who wait have asked; but none of late."""
        return self._seconds_since(self._answered_at) >= 2 * self.patience.slow_seconds

    def _begun(self) -> _Waiting:
        waiting = _Waiting(self._ticks)
        self._waiting.add(waiting)
        if self._silent_since is None:
            self._silent_since = self._ticks
        self.busy.set()
        return waiting

    def _ended(self, waiting: _Waiting) -> None:
        self._waiting.discard(waiting)
        if not self._waiting and not self.reachability.in_question:
            self._silent_since = None

    async def _noted(
        self, sending: Awaitable[UpstreamResponse], *, to_probe: bool = False
    ) -> UpstreamResponse:
        """The response; what it says of upstream when there is none."""
        before = self._answers
        try:
            return await sending
        except (UpstreamBusy, RedirectedNowhere):
            raise
        except UpstreamUnreachable as error:
            # Another request was answered meanwhile: it is this one that is slow, not upstream.
            if self._answers == before:
                self._turn(self.reachability.failed(self._clock.now(), str(error)))
            raise
        except UpstreamBroke as error:
            broken = self.reachability.doubt()
            if to_probe:  # what cuts every connection is as far away as what refuses them
                broken = broken.gateway_answered(self._clock.now(), str(error), to_probe=True)
            self._turn(broken)
            raise

    def _answered(self, head: Head, waiting: _Waiting, *, to_probe: bool) -> None:
        now, seconds = self._clock.now(), self._seconds_since(waiting.since)
        self._answers += 1
        self._answered_at = self._ticks
        self._silent_since = None
        if head.status in GATEWAY or (to_probe and not has_media(head, JSON)):
            error = f"What stands before it answered {head.status}."
            turned = self.reachability.gateway_answered(now, error, to_probe=to_probe)
        else:
            # Whom upstream asks to stay away is not served in time, however soon it is told so.
            pace = Pace.LATE if head.status == TOO_MANY else self.patience.pace(seconds)
            turned = self.reachability.answered(now, pace, to_probe=to_probe)
        self._turn(turned)

    def _turn(self, turned: Reachability) -> None:
        before, self.reachability = self.reachability, turned
        if turned.in_question:
            self.busy.set()
        if turned.state is before.state:
            return
        if turned.online:
            log.info("upstream_online", was=before.state.value, since=before.since)
        elif turned.slow:
            log.warning("upstream_slow", reason=turned.last_error)
        else:
            log.warning("upstream_offline", reason=turned.last_error, since=turned.since)
        self._blinked.set()
        if turned.offline:
            self._lost(turned.since)
        for each in self.turned:
            each(turned)
        if before.offline:
            for returned in self.returned:
                returned()

    def _lost(self, since: float) -> None:
        if self._clock.now() - since < self.patience.blink_seconds:
            self._lost_at = self._ticks
            self._blinked = asyncio.Event()
        now = asyncio.get_running_loop().time()
        for waiting in self._waiting:
            if waiting.limit is not None:
                waiting.limit.reschedule(now)

    def _away(self) -> UpstreamAway:
        return UpstreamAway(self.reachability.last_error or "Upstream is away.")

    def _seconds_since(self, tick: int) -> float:
        return (self._ticks - tick) * TICK_SECONDS


class _Counted(Wrapped):
    """A response whose bytes are counted as they come."""

    def __init__(self, response: UpstreamResponse, traffic: Traffic) -> None:
        super().__init__(response)
        self._traffic = traffic
        self._counted = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        async for chunk in self._response.chunks():
            self._count()
            yield chunk

    async def aclose(self) -> None:
        await super().aclose()
        self._count()

    def _count(self) -> None:
        self._traffic.bytes_from_upstream += self.wire_bytes - self._counted
        self._counted = self.wire_bytes
