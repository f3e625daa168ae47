"""One trip to upstream, read by everyone who asked.

    send ─> head ─┬─ Confirmed   upstream vouches for what is stored: nothing crosses the line
                  ├─ Owned       not to be stored: for the first comer alone
                  └─ Shared      spooled; all who wait read it as it grows; then stored

The fetch belongs to the cache: it goes on when its clients leave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import structlog

from ayon_proxy.cache.ports import Upstream, UpstreamResponse
from ayon_proxy.cache.spool import INLINE_BYTES, NobodyReads, Spool
from ayon_proxy.errors import ProxyError, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy import validation
from ayon_proxy.policy.fields import content_length
from ayon_proxy.policy.message import Head, Request, StoredResponse
from ayon_proxy.policy.routes.route import Kind, Route
from ayon_proxy.policy.storing import reason_not_to_store

log = structlog.get_logger(__name__)

RESUME_PAUSES = (0.2, 1.0, 4.0)
"""Seconds before each try to take up a body where it broke; after the last the fetch is given up."""

REDACTED_BYTES = 4 * 1024 * 1024
"""A body with something to remove is kept in memory whole: none of it may reach the disk before."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch. `request` is what upstream is sent, without conditions and ranges."""

    request: Request
    route: Route
    key: bytes
    tags: bytes
    url: str
    current: StoredResponse | None


@dataclass(frozen=True, slots=True)
class Confirmed:
    """Upstream says that what is stored is what it would send."""

    stored: StoredResponse


@dataclass(frozen=True, slots=True)
class Owned:
    """An answer for one reader. `reason` is why it is not stored."""

    response: UpstreamResponse
    reason: str


@dataclass(frozen=True, slots=True)
class Shared:
    """A body for everyone. `length` in bytes, where it is known yet."""

    head: Head
    spool: Spool
    length: int | None


Opened = Confirmed | Owned | Shared


class Fetch:
    """`opened` is settled when the head is known; `keep` is called with a body that is whole."""

    def __init__(
        self,
        plan: Plan,
        begun_seq: int,
        upstream: Upstream,
        spool: Callable[[int], Spool],
        max_bytes: int,
        keep: Callable[[Fetch, Shared], Awaitable[None]],
        confirm: Callable[[Fetch, StoredResponse], Awaitable[StoredResponse]],
    ) -> None:
        self.plan = plan
        self.begun_seq = begun_seq
        self.opened: asyncio.Future[Opened] = asyncio.get_running_loop().create_future()
        self.wire_bytes = 0
        self._upstream = upstream
        self._spool = spool
        self._max_bytes = max_bytes
        self._keep = keep
        self._confirm = confirm
        self._abandoned = False

    @property
    def joinable(self) -> bool:
        """Whether another request may still wait for this fetch."""
        if not self.opened.done() or self.opened.cancelled():
            return not self.opened.done()
        if self.opened.exception() is not None:
            return False
        opened = self.opened.result()
        return isinstance(opened, Shared) and opened.spool.refused is None

    def abandon(self) -> None:
        """The first comer is gone: an answer that was for it alone goes back to upstream."""
        self._abandoned = True

    async def run(self) -> None:
        """Make the trip. Never raises but when cancelled; `opened` tells what became of it."""
        try:
            response = await self._send()
        except ProxyError as error:
            self.opened.set_exception(error)
            self.opened.exception()  # seen: nobody may be waiting any more
            return
        except BaseException:
            self.opened.cancel()
            raise
        await self._receive(response)

    async def _send(self) -> UpstreamResponse:
        plan = self.plan
        if plan.current is not None and validation.possible(plan.route, plan.current):
            response = await self._trip(
                validation.conditional(plan.request, plan.route, plan.current)
            )
            if not validation.undecided(response.head, plan.current):
                return response
            await response.aclose()
        return await self._trip(plan.request)

    async def _trip(self, request: Request) -> UpstreamResponse:
        route = self.plan.route
        return await self._upstream.send(
            request, decode=route.kind is not Kind.FILE, follow_redirects=route.follow_redirects
        )

    async def _receive(self, response: UpstreamResponse) -> None:
        plan = self.plan
        if plan.current is not None and validation.confirmed(response.head, plan.current):
            await response.aclose()
            self.opened.set_result(Confirmed(await self._confirm(self, plan.current)))
            return
        reason = reason_not_to_store(plan.route, response.head, self._max_bytes)
        if reason is not None:
            if self._abandoned:
                await response.aclose()
                self.opened.cancel()
            else:
                self.opened.set_result(Owned(response, reason))
            return
        inline_bytes = REDACTED_BYTES if plan.route.redact else INLINE_BYTES
        length = content_length(response.head.fields)
        shared = Shared(response.head, self._spool(inline_bytes), length)
        self.opened.set_result(shared)
        await self._fill(shared, response)

    async def _fill(self, shared: Shared, response: UpstreamResponse) -> None:
        spool = shared.spool
        try:
            await self._take(shared, response)
        except NobodyReads:
            spool.finish(UpstreamBroke("The last reader has left."))
        except ProxyError as error:
            spool.finish(error)
            log.warning("fetch_broke", url=self.plan.url, bytes=spool.size, reason=str(error))
        except BaseException:
            spool.finish(UpstreamBroke("The proxy is stopping."))
            raise
        else:
            spool.finish()
            if spool.refused is None:
                await self._keep(self, shared)
            else:
                log.info("not_stored", url=self.plan.url, reason=str(spool.refused))
        finally:
            if spool.staged is not None:
                await spool.staged.discard()
            await spool.close_when_read()

    async def _take(self, shared: Shared, response: UpstreamResponse) -> None:
        """Read the body to its end, over as many connections as it takes."""
        for pause in (*RESUME_PAUSES, None):
            try:
                broke = await self._read(shared, response)
            finally:
                self.wire_bytes += response.wire_bytes
                await response.aclose()
            if broke is None:
                return
            onward = validation.remainder(
                self.plan.request, shared.head, shared.spool.size, shared.length
            )
            if onward is None or pause is None:
                raise broke
            await asyncio.sleep(pause)
            response = await self._resumed(onward, shared)

    async def _read(self, shared: Shared, response: UpstreamResponse) -> UpstreamBroke | None:
        """Spool what comes; the error when it was not the whole body."""
        try:
            async for chunk in response.chunks():
                await shared.spool.append(chunk)
        except UpstreamBroke as error:
            return error
        if shared.length is not None and shared.spool.size != shared.length:
            return UpstreamBroke("The body is not as long as its head said.")
        return None

    async def _resumed(self, onward: Request, shared: Shared) -> UpstreamResponse:
        try:
            response = await self._trip(onward)
        except UpstreamUnreachable as error:
            raise UpstreamBroke(str(error)) from error
        if not validation.continues(response.head, shared.head, shared.spool.size, shared.length):
            await response.aclose()
            raise UpstreamBroke("Upstream's file is not the one that was begun.")
        return response
