"""A large body over several connections, where one alone leaves the line unused.

    ├──── part ────┤├── part ──┤├──── part ────┤      each filled by a stream of its own, in order
    ████████░░░░░░░░████░░░░░░░░██░░░░░░░░░░░░░░
    └ readers ┘      └── written ahead: readers get it when all before it is there

`policy.parallel` says when a stream more is tried and what it gets: the second half of the largest
part, once upstream has answered with exactly that, of the same entity tag. A part whose stream
broke is taken up where it broke. What does not fit, no partial answer or another file, leaves the
first stream as it was.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from ayon_proxy.cache.ports import Clock, UpstreamResponse
from ayon_proxy.cache.spool import Spool
from ayon_proxy.errors import UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy import validation
from ayon_proxy.policy.freshness import strong_etag
from ayon_proxy.policy.message import Head, Request
from ayon_proxy.policy.parallel import (
    LARGE_BYTES,
    LOOK_SECONDS,
    MOST_STREAMS,
    VAIN_SECONDS,
    Growth,
    Part,
    Step,
    split,
)
from ayon_proxy.policy.routes.route import Kind, Route
from ayon_proxy.policy.storing import TRANSIENT

log = structlog.get_logger(__name__)

Trip = Callable[[Request], Awaitable[UpstreamResponse]]


@dataclass(frozen=True, slots=True)
class Representation:
    """The body: what it was asked for with, and what upstream said it was."""

    request: Request
    head: Head
    etag: bytes
    length: int


def in_parts(
    request: Request, route: Route, head: Head, length: int | None
) -> Representation | None:
    """The body, if parts of it may be asked for side by side."""
    etag = strong_etag(head)
    if route.kind is not Kind.FILE or etag is None or length is None or length < LARGE_BYTES:
        return None
    return Representation(request, head, etag, length)


class Streams:
    """What the large bodies that are under way may take together. `received` counts all bytes from
    upstream; `held` tells whether files are at their limit."""

    def __init__(
        self, clock: Clock, received: Callable[[], int], held: Callable[[], bool] = lambda: False
    ) -> None:
        self._clock = clock
        self.received = received
        self._held = held
        self._vain_since: float | None = None
        self.bodies: set[ParallelRanges] = set()

    @property
    def room(self) -> bool:
        """Whether there may be one more."""
        return not self._held() and sum(body.streams for body in self.bodies) < MOST_STREAMS

    @property
    def may_try(self) -> bool:
        """The same where nobody knows that it is of use."""
        since = self._vain_since
        lately = since is not None and 0 <= self._clock.now() - since < VAIN_SECONDS
        return self.room and not lately

    def vain(self) -> None:
        """One more was of no use."""
        self._vain_since = self._clock.now()


class ParallelRanges:
    """Reads one body into its spool. `pauses` are the seconds before each try to go on with a part
    whose stream broke."""

    def __init__(
        self,
        wanted: Representation,
        spool: Spool,
        trip: Trip,
        clock: Clock,
        streams: Streams,
        pauses: Sequence[float],
    ) -> None:
        self._wanted = wanted
        self._spool = spool
        self._trip = trip
        self._clock = clock
        self._shared = streams
        self._pauses = pauses
        self._broken: Counter[Part] = Counter()
        self._in_order = False
        self.streams = 1
        """How many there should be."""
        self._parts = [Part(0, wanted.length)]
        self._running: dict[asyncio.Task[UpstreamBroke | None], Part | None] = {}
        """Each with its part; one that has still to be answered has none."""
        self._writing = asyncio.Lock()
        self._growth = Growth()
        self._looked = (clock.now(), streams.received())

    async def read(self, response: UpstreamResponse) -> None:
        """Spool all of it from the answer to the whole. Raises UpstreamBroke and NobodyReads."""
        self._shared.bodies.add(self)
        self._run(self._parts[0], self._pour(self._parts[0], response))
        self._look_due = self._next_look()
        try:
            while self._running:
                due = self._look_due
                await asyncio.wait({*self._running, due}, return_when=asyncio.FIRST_COMPLETED)
                while ended := next((each for each in self._running if each.done()), None):
                    await self._ended(ended)
                if due.done():
                    self._look_due = self._next_look()
                    await self._look()
            if self._spool.size != self._wanted.length:
                raise UpstreamBroke("The body is not as long as its head said.")
        finally:
            self._shared.bodies.discard(self)
            self._look_due.cancel()
            await self._stop(*self._running)
            await response.aclose()  # its stream may never have begun

    def _next_look(self) -> asyncio.Task[None]:
        return asyncio.create_task(self._clock.sleep(LOOK_SECONDS))

    async def _look(self) -> None:
        """See whether the line is used, and act on it."""
        now, received = self._clock.now(), self._shared.received()
        seconds = now - self._looked[0]
        if None in self._running.values() or seconds < 0.9 * LOOK_SECONDS:
            return
        rate = (received - self._looked[1]) / seconds
        self._looked = now, received
        may_open = self._shared.may_try and self._spool.keeps_ahead
        self._growth, step = self._growth.seen(rate, may_open=may_open)
        if step is Step.OPEN and not self._open():
            self._growth = Growth(content=True)
        elif step is Step.DROP:
            await self._drop_newest()
        if step is not Step.NOTHING:
            log.debug("streams", step=step.name.lower(), streams=self.streams, rate=round(rate))

    def _open(self) -> bool:
        """One stream more; False when no part is worth it."""
        halves = split(self._parts)
        if halves is None:
            return False
        self.streams += 1
        self._run(None, self._take_half(*halves))
        return True

    async def _drop_newest(self) -> None:
        """What it has got stays; the rest of its part waits for a stream that has done with its
        own."""
        self._shared.vain()
        task, part = list(self._running.items())[-1]
        if part is None or part.position == self._spool.size:
            return  # readers wait for what comes over it
        self.streams -= 1
        await self._stop(task)

    async def _ended(self, task: asyncio.Task[UpstreamBroke | None]) -> None:
        """See what is left to do when a stream has ended."""
        part = self._running.pop(task)
        broke = task.result()
        if self._spool.refused is None:
            await self._take_up()
        if self._spool.refused is not None and not self._in_order:
            await self._go_on_in_order()
        if broke is not None and part in self._parts:
            self._run(part, self._go_on(part, self._pause(part, broke)))
        while len(self._running) < self.streams:
            owned = list(self._running.values())
            waiting = [each for each in self._parts if each.missing and each not in owned]
            if not waiting:
                self.streams = max(1, len(self._running))
                if self._running and self._shared.room and self._spool.keeps_ahead:
                    self._open()
                return
            first = min(waiting, key=lambda each: each.start)
            self._run(first, self._go_on(first))

    def _pause(self, part: Part, broke: UpstreamBroke) -> float:
        """Before the next try. Raises `broke` after the last."""
        tries = self._broken[part]
        if tries == len(self._pauses):
            raise broke
        self._broken[part] += 1
        return self._pauses[tries]

    async def _take_up(self) -> None:
        """Readers get what was written ahead and is next now."""
        async with self._writing:
            for part in sorted(self._parts, key=lambda each: each.start):
                if part.start <= self._spool.size < part.position:
                    await self._spool.take_up(part.position)

    async def _go_on_in_order(self) -> None:
        """The disk refuses: what was written ahead is of no use, and nothing more can be."""
        self._in_order = True
        self.streams, self._growth = 1, Growth(content=True)
        front = next((it for it in self._running.values() if it and self._is_next(it)), None)
        await self._stop(*(each for each, of in self._running.items() if of is not front))
        end = self._spool.size if front is None else front.end
        self._parts = [] if front is None else [front]
        if end < self._wanted.length:
            self._parts.append(Part(end, self._wanted.length))

    async def _pour(self, part: Part, response: UpstreamResponse) -> UpstreamBroke | None:
        """Fill a part from a response that begins at its position; what kept it from its end."""
        asked_to = part.end
        try:
            async for chunk in response.chunks():
                if not await self._put(part, chunk):
                    return None
                if part.end < asked_to and part.missing == 0:
                    return None  # another has the rest
        except UpstreamBroke as error:
            return error if part.missing else None
        finally:
            await response.aclose()
        if part.missing:
            return UpstreamBroke("The body is not as long as its head said.")
        return None

    async def _put(self, part: Part, chunk: bytes) -> bool:
        """Write what has come; whether that was of use."""
        async with self._writing:
            chunk = chunk[: part.missing]
            if self._is_next(part):
                await self._spool.append(chunk)
            elif self._spool.keeps_ahead:
                await self._spool.append_ahead(part.position, chunk)
            else:
                return False
            part.position += len(chunk)
            return True

    def _is_next(self, part: Part) -> bool:
        return part.position == self._spool.size

    async def _go_on(self, part: Part, pause: float = 0.0) -> UpstreamBroke | None:
        """Ask for what is missing of a part. Raises UpstreamBroke when it can't be had."""
        if pause:
            await self._clock.sleep(pause)
        try:
            response = await self._trip(self._asking(part.position, part.end))
        except (UpstreamUnreachable, UpstreamBroke) as error:
            return UpstreamBroke(str(error))
        if self._fits(response, part.position, part.end):
            return await self._pour(part, response)
        await response.aclose()
        if response.head.status in TRANSIENT:
            return UpstreamBroke(f"Upstream answered {response.head.status}.")
        raise UpstreamBroke("Upstream's file is not the one that was begun.")

    async def _take_half(self, of: Part, start: int) -> UpstreamBroke | None:
        """Take over the part from `start` on, if upstream gives that before it has come anyway."""
        half = Part(start, of.end)
        try:
            response = await self._trip(self._asking(half.start, half.end))
        except (UpstreamUnreachable, UpstreamBroke):
            response = None
        if response is not None:
            fits = self._fits(response, half.start, half.end)
            if fits and of.position < start and of.end == half.end and not self._in_order:
                of.end = start
                self._parts.append(half)
                for task in [each for each, it in self._running.items() if it is None]:
                    self._running[task] = half
                self._looked = self._clock.now(), self._shared.received()
                self._look_due.cancel()  # and is due when this one has had its time
                return await self._pour(half, response)
            await response.aclose()
        self.streams -= 1
        self._growth = Growth(content=True)
        self._shared.vain()
        return None

    def _asking(self, start: int, end: int) -> Request:
        return validation.part(self._wanted.request, self._wanted.etag, start, end)

    def _fits(self, response: UpstreamResponse, start: int, end: int) -> bool:
        head, length = self._wanted.head, self._wanted.length
        return validation.is_part(response.head, head, start, end, length)

    def _run(self, part: Part | None, stream: Coroutine[Any, Any, UpstreamBroke | None]) -> None:
        self._running[asyncio.create_task(stream)] = part

    async def _stop(self, *tasks: asyncio.Task[UpstreamBroke | None]) -> None:
        for task in tasks:
            self._running.pop(task)
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
