"""Carries out invalidations: what an event tells of, now and once more when upstream has settled.

Events come over the feed's own socket, from the event log, and over the sockets of clients; each is
applied once, whoever brings it first.
"""

from __future__ import annotations

import asyncio
import os
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection, Coroutine, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import structlog

from ayon_proxy.cache.ports import Clock, Journal
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy import tags
from ayon_proxy.policy.invalidation.table import Invalidation, Later, tags_of

log = structlog.get_logger(__name__)

REMEMBERED_MESSAGES = 10_000
"""Messages known to be applied: more than arrive while the slowest of several sockets delivers."""

RECOVERED_SECONDS = 60.0
"""What an earlier process was sending when it ended, a batch in the background above all, upstream
may carry out after the next has started: nobody is left who is told when. Most are over by then;
later changes are announced."""


class Invalidator:
    """Nothing here raises: what could not be made durable holds in this process all the same, and
    what was written down to be done stays written down.

    `report` is told of a storage that fails, `heard` of each event before it is applied.
    """

    def __init__(
        self,
        clock_of_tags: TagClock,
        journal: Journal,
        clock: Clock,
        report: Callable[[StorageFailed], None],
        heard: Callable[[Mapping[str, Any]], None] = lambda _: None,
        harmless: Collection[str] = (),
    ) -> None:
        self._tags = clock_of_tags
        self._journal = journal
        self._clock = clock
        self._report = report
        self._heard = heard
        self._harmless = harmless
        self._applied: OrderedDict[tuple[Any, ...], asyncio.Task[None]] = OrderedDict()
        self._applying: set[asyncio.Task[None]] = set()
        self._settling: set[asyncio.Task[None]] = set()
        self.applied = 0
        """Events that were applied."""
        self.undurable = 0
        """Invalidations that hold in this process only: storage has failed."""

    async def apply(self, event: Mapping[str, Any], age: float = 0.0) -> None:
        """Invalidate what the event tells of, unless it was already; returns when that is done.
        Of what happened `age` seconds ago, upstream has settled what takes no longer.

        It goes on when its caller is cancelled: others who bring the event wait for this very task.
        """
        name = _name(event)
        applying = None if name is None else self._applied.get(name)
        if applying is None:
            applying = asyncio.create_task(self._begun(event, age), name="event")
            self._applying.add(applying)
            applying.add_done_callback(self._applying.discard)
            if name is not None:
                self._applied[name] = applying
                applying.add_done_callback(partial(self._forget_cancelled, name))
            if len(self._applied) > REMEMBERED_MESSAGES:
                self._applied.popitem(last=False)
        await asyncio.shield(applying)

    def _begun(self, event: Mapping[str, Any], age: float) -> Coroutine[Any, Any, None]:
        """The event, applied in this process; what makes that durable has begun, too: a turn of the
        loop is a good part of what an event takes."""
        self._heard(event)
        told = tags_of(event, self._harmless)
        unsettled = tuple(each for each in told.later if each.seconds > age)
        return self._counted(self.invalidate(Invalidation(told.now, unsettled)))

    async def _counted(self, applying: Coroutine[Any, Any, bool]) -> None:
        await applying
        self.applied += 1

    def _forget_cancelled(self, name: tuple[Any, ...], applying: asyncio.Task[None]) -> None:
        if applying.cancelled():
            self._applied.pop(name, None)

    def invalidate(self, invalidation: Invalidation) -> Coroutine[Any, Any, bool]:
        """`now` at once, and `later` when it is time, even over a restart; whether that is
        durable. In this process it holds when this returns."""
        later = invalidation.later
        if not later:
            return self.drop(invalidation.now)
        intent = os.urandom(16)
        # Both are handed to the writer at once, and share a transaction.
        return self._settled_later(
            intent, later, self._open(intent, later), self.drop(invalidation.now)
        )

    async def _settled_later(
        self,
        intent: bytes,
        later: Collection[Later],
        opening: Coroutine[Any, Any, bool],
        dropping: Coroutine[Any, Any, bool],
    ) -> bool:
        opened, dropped = await opening, await dropping
        self._begin(self._settle(intent, later))
        return opened and dropped

    def drop(self, names: Collection[str]) -> Coroutine[Any, Any, bool]:
        """These tags, now. Whether that is durable. In this process it holds when this returns."""
        return self._drop({tags.tag_hash(tag) for tag in names})

    async def recover(self) -> None:
        """What an earlier process still had to do, now and RECOVERED_SECONDS later. Before the
        first request is answered."""
        with suppress(StorageFailed):
            opened = await self._journal.open_intents()
            hashes = frozenset[int]().union(*opened.values())
            await self._drop(hashes)
            if opened:
                self._begin(self._recover_again(tuple(opened), hashes))

    async def aclose(self) -> None:
        """Finish what is being applied and stop waiting; what is open is done at the next start."""
        await asyncio.gather(*self._applying, return_exceptions=True)
        for task in self._settling:
            task.cancel()
        await asyncio.gather(*self._settling, return_exceptions=True)

    def _begin(self, settling: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(settling, name="settle")
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    async def _recover_again(self, intents: Collection[bytes], hashes: Collection[int]) -> None:
        await self._clock.sleep(RECOVERED_SECONDS)
        if await self._drop(hashes):
            for intent in intents:
                await self._close(intent)

    async def _settle(self, intent: bytes, later: Collection[Later]) -> None:
        if all(await asyncio.gather(*map(self._drop_later, later))):
            await self._close(intent)

    async def _drop_later(self, later: Later) -> bool:
        await self._clock.sleep(later.seconds)
        return await self.drop(later.tags)

    def _drop(self, hashes: Collection[int]) -> Coroutine[Any, Any, bool]:
        return self._made_durable(self._tags.invalidate(hashes) if hashes else None)

    def _open(self, intent: bytes, later: Collection[Later]) -> Coroutine[Any, Any, bool]:
        names = frozenset[str]().union(*(each.tags for each in later))
        hashes = {tags.tag_hash(name) for name in names}
        return self._made_durable(self._journal.open_intent(intent, hashes))

    async def _made_durable(self, writing: Awaitable[None] | None) -> bool:
        try:
            if writing is not None:
                await writing
        except StorageFailed as failure:
            self.undurable += 1
            self._report(failure)
            return False
        return True

    async def _close(self, intent: bytes) -> None:
        try:
            await self._journal.close_intent(intent)
        except StorageFailed as failure:
            self._report(failure)


def _name(event: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What tells one message from another; None for one that has no id.

    Progress is sent under the id of its event (upstream/server.md 1.1).
    """
    found = tuple(event.get(each) for each in ("id", "topic", "status", "progress", "updatedAt"))
    plain = all(each is None or isinstance(each, str | int | float) for each in found)
    return found if plain and isinstance(found[0], str) else None
