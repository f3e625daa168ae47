"""How upstream is stale by itself: what it remembers, and what it says before it is so.

A studio has one of these if it is to lie as upstream does (server.md 1.6); without one, every
answer is of its moment and every event follows its change.

`thumbnails`   which picture an entity shows, for an hour and for everybody; an upload deletes that
               *before* it commits, so whoever asks in between brings the old one back
`folders`      the folder list, rebuilt by what happens to folders, tasks, pictures and reviewables,
               not by versions, statuses or the project
`groups`       what access groups allow: each process learns it after everybody has been told
`computing`    an answer being computed is given to those who ask meanwhile as well
`commit`       changes made within a transaction become true after their event

Tests put things in order with `hold_commit` and `hold_computing` instead of waiting for `seconds`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, TypeVar

from ayon_proxy.demo.barrier import Barrier
from ayon_proxy.demo.people import AccessGroup

T = TypeVar("T")

REMEMBERED = timedelta(hours=1)
THUMBNAIL_UPDATED = "thumbnail.updated"


@dataclass(frozen=True, slots=True)
class ShownPicture:
    """What is remembered of an entity's picture: where it comes from, and one of the two ids."""

    source: str
    thumbnail_id: str | None
    file_id: str | None
    until: datetime


@dataclass(eq=False)
class HeldAt(Barrier):
    """A barrier for what `match` is found in."""

    match: str = ""
    times: int | None = None


@dataclass(kw_only=True, eq=False)
class UpstreamCaches:
    """Everything of one server that may be older than its database. Times are seconds."""

    thumbnail_seconds: float = 0.08
    """Between `thumbnail.updated` and its commit."""
    commit_seconds: float = 0.005
    """Between other events told within a transaction (links, lists, bundles …) and its commit."""
    computing_seconds: float = 0.01
    """Between reading the database and the answer, where others may join."""
    groups_seconds: float = 0.3
    """Until a changed access group is heeded."""
    thumbnails: dict[tuple[str, str], ShownPicture] = field(default_factory=dict)
    """(project, entity id) → its picture."""
    folders: dict[str, tuple[list[dict[str, Any]], datetime]] = field(default_factory=dict)
    """Project → rows of its folder list, and until when."""
    groups: dict[tuple[str, str | None], AccessGroup] | None = None
    """As they were before the last change, while that is not heeded yet."""
    computing: dict[object, asyncio.Task[Any]] = field(default_factory=dict)
    joins: Barrier = field(default_factory=Barrier)
    """Counts those who were given what was computed for others; nobody waits there."""
    _commits: list[HeldAt] = field(default_factory=list)
    _computings: list[HeldAt] = field(default_factory=list)
    _heeding: asyncio.TimerHandle | None = None

    def __post_init__(self) -> None:
        self.joins.release()

    def hold_commit(self, match: str = "", *, times: int | None = None) -> HeldAt:
        """Transactions that have told of a topic wait at this barrier before they commit."""
        return _added(self._commits, match, times)

    def hold_computing(self, match: str = "", *, times: int | None = None) -> HeldAt:
        """Answers of paths wait at this barrier once they are computed, and others join them."""
        return _added(self._computings, match, times)

    async def before_commit(self, topic: str) -> None:
        """The time between an event and the commit of what it tells of."""
        seconds = self.thumbnail_seconds if topic == THUMBNAIL_UPDATED else self.commit_seconds
        await _wait(self._commits, topic, seconds)

    async def joined(self, key: object, path: str, compute: Callable[[], T]) -> T:
        """What `compute` gives, perhaps as it was for somebody who asked earlier."""
        task = self.computing.get(key)
        if task is None:
            task = asyncio.create_task(self._computed(key, path, compute))
            self.computing[key] = task
        else:
            await self.joins.arrive()
        found: T = await asyncio.shield(task)
        return found

    async def _computed(self, key: object, path: str, compute: Callable[[], T]) -> T:
        try:
            found = compute()
            await _wait(self._computings, path, self.computing_seconds)
            return found
        finally:
            del self.computing[key]

    def heed_later(self, before: Mapping[tuple[str, str | None], AccessGroup]) -> None:
        """Go on with the groups as they were `before` for a moment."""
        if self.groups is None:
            self.groups = dict(before)
        if self._heeding is not None:
            self._heeding.cancel()
        self._heeding = asyncio.get_running_loop().call_later(self.groups_seconds, self.heed)

    def heed(self) -> None:
        """Every process has learnt of the groups as they are."""
        if self._heeding is not None:
            self._heeding.cancel()
        self.groups = self._heeding = None


def _added(to: list[HeldAt], match: str, times: int | None) -> HeldAt:
    held = HeldAt(match, times)
    to.append(held)
    return held


async def _wait(at: list[HeldAt], name: str, seconds: float) -> None:
    for held in at:
        if re.search(held.match, name) and (held.times is None or held.arrived < held.times):
            await held.arrive()
            return
    await asyncio.sleep(seconds)
