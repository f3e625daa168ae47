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
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class _Begun:
    """What holds in this process, and what makes it durable: what is to be done `later` is opened
    as an intent, what falls now is dropped."""

    intent: bytes
    later: Collection[Later]
    opening: Awaitable[None] | None
    dropping: Awaitable[None] | None

    @property
    def durable(self) -> bool:
        return _is_done(self.opening) and _is_done(self.dropping)


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
        self._applied: OrderedDict[tuple[Any, ...], asyncio.Task[None] | None] = OrderedDict()
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
        if name is not None and name in self._applied:
            applying = self._applied[name]
        else:
            applying = self._begun(event, age)
            if name is not None:
                self._remember(name, applying)
        if applying is not None:
            await asyncio.shield(applying)

    def _begun(self, event: Mapping[str, Any], age: float) -> asyncio.Task[None] | None:
        """The event, applied in this process, and what makes that durable; None when it is durable
        already, as it mostly is: a turn of the loop would be a good part of what an event takes."""
        self._heard(event)
        told = tags_of(event, self._harmless)
        unsettled = tuple(each for each in told.later if each.seconds > age)
        begun = self._begin_to(Invalidation(told.now, unsettled))
        if begun.durable:
            self.applied += 1
            self._settle_later(begun)
            return None
        applying = asyncio.create_task(self._applied_when_durable(begun), name="event")
        self._applying.add(applying)
        applying.add_done_callback(self._applying.discard)
        return applying

    async def _applied_when_durable(self, begun: _Begun) -> None:
        await self._finished(begun)
        self.applied += 1

    def _remember(self, name: tuple[Any, ...], applying: asyncio.Task[None] | None) -> None:
        self._applied[name] = applying
        if applying is not None:
            applying.add_done_callback(partial(self._forget_cancelled, name))
        if len(self._applied) > REMEMBERED_MESSAGES:
            self._applied.popitem(last=False)

    def _forget_cancelled(self, name: tuple[Any, ...], applying: asyncio.Task[None]) -> None:
        if applying.cancelled():
            self._applied.pop(name, None)

    def invalidate(self, invalidation: Invalidation) -> Coroutine[Any, Any, bool]:
        """`now` at once, and `later` when it is time, even over a restart; whether that is
        durable. In this process it holds when this returns."""
        return self._finished(self._begin_to(invalidation))

    def _begin_to(self, invalidation: Invalidation) -> _Begun:
        now, later = invalidation.now, invalidation.later
        intent = os.urandom(16) if later else b""
        opening = self._journal.open_intent(intent, _all_tags(later)) if later else None
        dropping = self._tags.invalidate(_hashes(now)) if now else None
        return _Begun(intent, later, opening, dropping)

    async def _finished(self, begun: _Begun) -> bool:
        opened = await self._made_durable(begun.opening)
        dropped = await self._made_durable(begun.dropping)
        self._settle_later(begun)
        return opened and dropped

    def _settle_later(self, begun: _Begun) -> None:
        if begun.later:
            self._begin(self._settle(begun.intent, begun.later))

    def drop(self, names: Collection[str]) -> Coroutine[Any, Any, bool]:
        """These tags, now. Whether that is durable. In this process it holds when this returns."""
        return self._drop(_hashes(names))

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


def _is_done(writing: Awaitable[None] | None) -> bool:
    """Whether nothing has to be waited for, not even to learn that it has failed."""
    if not isinstance(writing, asyncio.Future):
        return writing is None
    return writing.done() and not writing.cancelled() and writing.exception() is None


def _hashes(names: Collection[str]) -> set[int]:
    return {tags.tag_hash(name) for name in names}


def _all_tags(later: Collection[Later]) -> set[int]:
    return _hashes(frozenset[str]().union(*(each.tags for each in later)))


def _name(event: Mapping[str, Any]) -> tuple[Any, ...] | None:
    """What tells one message from another; None for one that has no id.

    Progress is sent under the id of its event (upstream/server.md 1.1).
    """
    found = tuple(event.get(each) for each in ("id", "topic", "status", "progress", "updatedAt"))
    plain = all(each is None or isinstance(each, str | int | float) for each in found)
    return found if plain and isinstance(found[0], str) else None
