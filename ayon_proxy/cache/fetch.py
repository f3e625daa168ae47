"""One trip to upstream, read by everyone who asked.

    send ─> head ─┬─ Confirmed   upstream vouches for what is stored: nothing crosses the line
                  ├─ Owned       not to be stored: for the first comer alone
                  └─ Shared      spooled; all who wait read it as it grows; then stored

The fetch belongs to the cache: it goes on when its clients leave.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from typing import Protocol

import structlog

from ayon_proxy.cache.parallel_ranges import ParallelRanges, Streams, in_parts
from ayon_proxy.cache.ports import Clock, Upstream, UpstreamResponse
from ayon_proxy.cache.spool import NobodyReads, Spool
from ayon_proxy.cache.turns import Turn, Turns
from ayon_proxy.cache.wanted import Sharing
from ayon_proxy.errors import ProxyError, StorageFailed, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy import validation
from ayon_proxy.policy.fields import content_length
from ayon_proxy.policy.message import Head, Request, StoredResponse
from ayon_proxy.policy.routes.route import Kind, Route
from ayon_proxy.policy.storing import (
    TRANSIENT,
    is_page_instead,
    reason_not_to_store,
    speaks_against,
)

log = structlog.get_logger(__name__)

SILENT_SECONDS = 12.0
"""A fetch that has had no head for so long is not waited for by those who come now. Clients give up
after ten seconds and ask again (upstream/clients.md 1.5)."""

RESUME_PAUSES = (0.2, 1.0, 4.0)
"""Seconds before each try to take up a body where it broke; after the last it is given up."""

NOT_YET = 1 << 62
"""In place of the number at which a fetch began: it has not, and nothing that falls concerns it."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What to fetch. `request` is what upstream is sent, without conditions and ranges; `question`
    its body, which says what the answer carries beside `tags`, or `scope_tags` for one that is
    looked into. The answer is stored under `key`, and shared under that of `sharing` when the
    caller has been proved anew; under `elsewhere` it may only stand in."""

    request: Request
    route: Route
    key: bytes
    tags: bytes
    url: str
    current: StoredResponse | None
    question: bytes | None = None
    scope_tags: bytes = b""
    sharing: Sharing | None = None
    elsewhere: bytes | None = None


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
    received_at: float


class Abandoned(ProxyError):
    """The first comer left before its answer came: those who waited with it ask on their own."""


class Keeping(Protocol):
    """What becomes of a fetch that went well."""

    def arriving(self, plan: Plan) -> AbstractContextManager[None]:
        """Around the whole trip."""

    async def keep(self, fetch: Fetch, shared: Shared) -> None:
        """The body is whole."""

    async def confirm(self, fetch: Fetch, stored: StoredResponse) -> StoredResponse:
        """Upstream vouched for what is stored; the response as it stands now."""

    async def gone(self, fetch: Fetch, stored: StoredResponse) -> None:
        """Upstream speaks against what is stored."""

    def not_kept(self, failure: StorageFailed) -> None:
        """The body was relayed; why it will not be stored."""


Opened = Confirmed | Owned | Shared

BeforeFetch = Callable[[Request], Awaitable[UpstreamResponse | None]]
"""Waits until upstream may be asked; a response is to be given instead, and not stored."""


class Fetch:
    """`opened` is settled when the head is known; the keeper gets a body when it is whole.

    Who waits for the head joins `spool` before: the body then waits for it, whatever comes first.
    """

    def __init__(
        self,
        plan: Plan,
        sequence: Callable[[], int],
        upstream: Upstream,
        clock: Clock,
        spool: Spool,
        max_bytes: int,
        keeper: Keeping,
        before: BeforeFetch,
        turns: Turns,
        streams: Streams,
    ) -> None:
        self.plan = plan
        self.begun_seq = sequence()
        self.opened: asyncio.Future[Opened] = asyncio.get_running_loop().create_future()
        self.requested_at = clock.now()
        self.spool = spool
        self._clock = clock
        self._upstream = upstream
        self._max_bytes = max_bytes
        self._keeper = keeper
        self._before = before
        self._sequence = sequence
        self._turns = turns
        self._streams = streams
        self._turn: Turn | None = None
        self.waiting = 0
        """Callers that wait for the head."""
        self._abandoned = False
        self._asked = plan.request
        # From now on, and not from when its task begins: others may look in the same moment.
        self._arriving = ExitStack()
        self._arriving.enter_context(keeper.arriving(plan))

    @property
    def joinable(self) -> bool:
        """Whether another request may still wait for this fetch."""
        if not self.opened.done():
            # Of a connection that has died in silence nobody is told: the next one asks anew.
            return 0 <= self._clock.now() - self.requested_at < SILENT_SECONDS
        if self.opened.exception() is not None:
            return False
        return isinstance(self.opened.result(), Shared) and self.spool.joinable

    async def abandon(self) -> None:
        """The first comer is gone: an answer for it alone is nobody's, and upstream is told."""
        self._abandoned = True
        if self.opened.done() and self.opened.exception() is None:
            opened = self.opened.result()
            if isinstance(opened, Owned):
                await opened.response.aclose()

    async def run(self) -> None:
        """Make the trip. Never raises but when cancelled; `opened` tells what became of it."""
        try:
            with self._arriving:
                await self._make()
        except ProxyError as error:
            self._fail(error)
        finally:
            self.stopped()

    async def _make(self) -> None:
        instead = await self._before(self.plan.request)
        self.begun_seq = NOT_YET
        async with self._turns.taken(lambda: self.waiting) as self._turn:
            # What was invalidated while it waited is what it waited for.
            self.begun_seq = self._sequence()
            await self._receive(instead or await self._send(), given=instead is not None)

    def stopped(self) -> None:
        """It will not go on: whoever still waits for the head is told."""
        self._arriving.close()
        if not self.opened.done():
            self._fail(Abandoned("The fetch was stopped."))

    def _fail(self, error: ProxyError) -> None:
        self.opened.set_exception(error)
        self.opened.exception()  # marks it as seen: perhaps nobody waits any more

    async def _send(self) -> UpstreamResponse:
        plan = self.plan
        if plan.current is not None and validation.possible(plan.route, plan.current):
            self._asked = validation.conditional(plan.request, plan.route, plan.current)
            response = await self._trip(self._asked)
            if not validation.undecided(self._asked, response.head, plan.current):
                return response
            await response.aclose()
        self._asked = plan.request
        return await self._trip(plan.request)

    async def _trip(self, request: Request) -> UpstreamResponse:
        route = self.plan.route
        return await self._upstream.send(
            request,
            self.plan.question,
            decode=route.kind is not Kind.FILE,
            follow_redirects=route.follow_redirects,
        )

    async def _receive(self, response: UpstreamResponse, *, given: bool) -> None:
        try:
            opened = Owned(response, "it changes") if given else await self._opened_by(response)
        except BaseException:
            await response.aclose()
            raise
        if isinstance(opened, Owned) and self._abandoned:
            await response.aclose()
            raise Abandoned("The client that asked first has left.")
        self.opened.set_result(opened)
        if self.plan.route.kind is Kind.FILE and self._turn is not None:
            self._turn.over()  # what is left takes the line's time, not upstream's
        if isinstance(opened, Shared):
            await self._fill(opened, response)
        elif isinstance(opened, Confirmed):
            await _read_out(response)

    async def _opened_by(self, response: UpstreamResponse) -> Opened:
        """What the head makes of it, and what is stored."""
        head, current = response.head, self.plan.current
        if current is not None and validation.confirmed(self._asked, head, current):
            return Confirmed(await self._keeper.confirm(self, current))
        if current is not None and speaks_against(self.plan.route, head):
            await self._keeper.gone(self, current)
        plan = self.plan
        reason = reason_not_to_store(plan.route, head, self._max_bytes)
        if reason is None and is_page_instead(plan.route, head, plan.request.path):
            reason = "content-type"
        if reason is not None:
            return Owned(response, reason)
        return Shared(head, self.spool, content_length(head.fields), self._clock.now())

    async def _fill(self, shared: Shared, response: UpstreamResponse) -> None:
        spool = shared.spool
        try:
            await self._take(shared, response)
            if self._turn is not None:
                self._turn.over()  # to look at what came may take questions of its own
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
                await self._keeper.keep(self, shared)
            else:
                log.info("not_stored", url=self.plan.url, reason=str(spool.refused))
                self._keeper.not_kept(spool.refused)
        finally:
            if spool.staged is not None:
                await spool.staged.discard()
            await spool.close_when_read()

    async def _take(self, shared: Shared, response: UpstreamResponse) -> None:
        """Read the body to its end, over as many connections as it takes."""
        plan = self.plan
        large = in_parts(plan.request, plan.route, shared.head, shared.length)
        if large is not None:
            reading = ParallelRanges(
                large, shared.spool, self._trip, self._clock, self._streams, RESUME_PAUSES
            )
            await reading.read(response)
            return
        broke = await self._read(shared, response)
        for pause in RESUME_PAUSES:
            onward = validation.remainder(
                self.plan.request, shared.head, shared.spool.size, shared.length
            )
            if broke is None or onward is None:
                break
            await self._clock.sleep(pause)
            broke = await self._read_on(shared, onward)
        if broke is not None:
            raise broke

    async def _read(self, shared: Shared, response: UpstreamResponse) -> UpstreamBroke | None:
        """Spool what comes; the error when it was not the whole body."""
        try:
            async for chunk in response.chunks():
                await shared.spool.append(chunk)
        except UpstreamBroke as error:
            return error
        finally:
            await response.aclose()
        if shared.length is not None and shared.spool.size != shared.length:
            return UpstreamBroke("The body is not as long as its head said.")
        return None

    async def _read_on(self, shared: Shared, onward: Request) -> UpstreamBroke | None:
        """Ask for what is missing and spool it. Raises UpstreamBroke when it can't be had."""
        try:
            response = await self._trip(onward)
        except (UpstreamUnreachable, UpstreamBroke) as error:
            return UpstreamBroke(str(error))
        if validation.continues(response.head, shared.head, shared.spool.size, shared.length):
            return await self._read(shared, response)
        await response.aclose()
        if response.head.status in TRANSIENT:
            return UpstreamBroke(f"Upstream answered {response.head.status}.")
        raise UpstreamBroke("Upstream's file is not the one that was begun.")


async def _read_out(response: UpstreamResponse) -> None:
    """Give the connection back: one byte at most is left, and dropping it costs a new one."""
    try:
        async for _ in response.chunks():
            pass
    except UpstreamBroke:
        return
    finally:
        await response.aclose()
