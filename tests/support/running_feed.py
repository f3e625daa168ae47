"""The event feed alone, before a server on a real socket: its adapters, a database, no proxy."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.cache.used_projects import UsedProjects
from ayon_proxy.cache.watcher import Watcher
from ayon_proxy.policy.tags import tag_hash
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.response_index import SqliteResponseIndex
from ayon_proxy.system_clock import SystemClock
from ayon_proxy.upstream.changes import ScannedEntities
from ayon_proxy.upstream.event_socket import EventWebSocket
from ayon_proxy.upstream.library import Library
from ayon_proxy.upstream.missed_events import LoggedEvents


@dataclass(frozen=True, slots=True)
class RunningFeed:
    """The watcher, and what it invalidates."""

    watcher: Watcher
    tags: TagClock

    def invalidated(self, tag: str) -> int:
        """The number of the tag's last invalidation."""
        return self.tags.last_invalidated(tag_hash(tag))

    def fell(self, tag: str, before: int) -> bool:
        """Whether the tag was invalidated after that number."""
        return self.invalidated(tag) > before

    async def until(self, true: Callable[[], bool], seconds: float = 20.0) -> float:
        """Wait until it is so; how long that took. Raises TimeoutError."""
        began = time.monotonic()
        async with asyncio.timeout(seconds):
            # Nothing tells when: what is looked at is what readers look at.
            while not true():  # noqa: ASYNC110
                await asyncio.sleep(0.002)
        return time.monotonic() - began

    async def live(self, seconds: float = 20.0) -> float:
        """Wait until it is live."""
        return await self.until(lambda: self.watcher.live, seconds)


@asynccontextmanager
async def running_feed(
    url: str, directory: Path, key: str, projects: Collection[str] = (), *, pace: float = 1.0
) -> AsyncIterator[RunningFeed]:
    """Watch until the block ends; `pace` times faster than usual."""
    database = Database.open(directory / "feed.sqlite")
    libraries = [Library(url, SecretStr(key), timeout=5.0) for _ in range(2)]
    clock, journal = SystemClock(), SqliteJournal(database)
    tags = TagClock(SqliteResponseIndex(database))
    await tags.load()
    used = UsedProjects(journal)
    await used.load()
    for project in projects:
        await used.note(project)
    invalidator = Invalidator(tags, journal, clock, print)
    await invalidator.recover()
    watcher = Watcher(
        socket=EventWebSocket(url, SecretStr(key)),
        event_log=LoggedEvents(libraries[0]),
        entities=ScannedEntities(libraries[1]),
        invalidator=invalidator,
        used=used,
        journal=journal,
        clock=clock,
        report=print,
        spread=0.0,
        monotonic=lambda: time.monotonic() * pace,
    )
    watcher.start()
    try:
        yield RunningFeed(watcher, tags)
        assert watcher.defects == 0
    finally:
        await watcher.aclose()
        await invalidator.aclose()
        for library in libraries:
            library.close()
        await database.aclose()
