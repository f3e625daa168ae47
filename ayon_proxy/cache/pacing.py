"""Files within the bandwidth that is set for them (`policy.bandwidth`); all else goes as it comes.

A piece that has arrived is handed on only when its time has come, and the next one is read after
that: what upstream sends meanwhile waits on the line. Heads are not held back, so nobody takes
upstream for slow because of it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from ayon_proxy.cache.ports import Clock, Upstream, UpstreamResponse
from ayon_proxy.cache.wrapped import Wrapped
from ayon_proxy.policy.bandwidth import Allowance, sends_file
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Kind


class Pace:
    """One direction of the line. `rate` is bytes a second, except while `unlimited`."""

    def __init__(self, rate: int, unlimited: Callable[[], bool], clock: Clock) -> None:
        self._allowance = Allowance(rate)
        self._unlimited = unlimited
        self._clock = clock
        self.holds = False
        """Whether the last piece had to wait."""

    async def taken(self, size: int) -> None:
        """Return when `size` bytes that have been taken are within the limit."""
        self.holds = False
        if self._unlimited():
            return
        self._allowance = self._allowance.taken(size, self._clock.now())
        wait = self._allowance.wait
        if wait > 0:
            self.holds = True
            await self._clock.sleep(wait)


class PacedFiles:
    """Implements the `Upstream` port over another; each direction has the rate to itself."""

    def __init__(self, upstream: Upstream, down: Pace, up: Pace) -> None:
        self._upstream = upstream
        self._down = down
        self._up = up

    async def send(
        self,
        request: Request,
        body: AsyncIterator[bytes] | bytes | None = None,
        *,
        decode: bool = False,
        follow_redirects: bool = False,
    ) -> UpstreamResponse:
        """As `Upstream.send`."""
        if isinstance(body, AsyncIterator) and sends_file(request):
            body = _paced(body, self._up)
        response = await self._upstream.send(
            request, body, decode=decode, follow_redirects=follow_redirects
        )
        brings_file = classify(request).route.kind is Kind.FILE
        return _Paced(response, self._down) if brings_file else response


async def _paced(body: AsyncIterator[bytes], pace: Pace) -> AsyncIterator[bytes]:
    async for chunk in body:
        await pace.taken(len(chunk))
        yield chunk


class _Paced(Wrapped):
    """A response whose body takes its time."""

    def __init__(self, response: UpstreamResponse, pace: Pace) -> None:
        super().__init__(response)
        self._pace = pace

    def chunks(self) -> AsyncIterator[bytes]:
        return _paced(super().chunks(), self._pace)
