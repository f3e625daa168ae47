"""Makes room, and clears away what a crash left behind: always behind the clients' backs.

Three kinds of removal: *evict* a stored response for room, *reap* a blob that no stored response
refers to, *forget* a response that upstream says is gone (that one is the engine's).
"""

from __future__ import annotations

import asyncio

import structlog

from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.space import Space
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.errors import StorageFailed

log = structlog.get_logger(__name__)

TICK_SECONDS = 5.0
"""How often the directory is measured and last-used times are written when nothing presses."""

PAUSE_SECONDS = 0.1
"""How long it rests in any case: what can't be evicted now, since it is being read, can't be in
the next instant either."""


class Janitor:
    """One task; `run` until cancelled."""

    def __init__(self, store: Store, space: Space, tags: TagClock, clock: Clock) -> None:
        self._store = store
        self._space = space
        self._tags = tags
        self._clock = clock

    async def run(self) -> None:
        """Reap what an earlier process left, then keep the directory within its bounds."""
        await self._guarded_reap()
        await self._guarded_mend()
        while True:
            self._space.wanted.clear()
            await self._guarded_tick()
            await self._clock.sleep(PAUSE_SECONDS)
            await self._wanted_or_due()

    async def reap(self) -> int:
        """Remove blobs that nothing refers to; how many there were. Raises StorageFailed.

        A blob that is committed a moment before its row would look unreferenced, so this runs at
        start only, over the blobs that were there before the first fetch.
        """
        blobs = self._store.blobs
        orphans = await self._store.index.unreferenced(await blobs.digests())
        await blobs.delete(orphans)
        return len(orphans)

    async def tick(self) -> None:
        """Write last-used times, measure, and evict down to the low water mark; let go of old
        tags. Raises StorageFailed."""
        await self._store.flush_used()
        await self._tags.prune()
        await self._reap_orphans()
        await self.measure()
        while (excess := self._space.excess) > 0:
            freed = await self._evict(excess)
            await self.measure()
            if not freed:
                return

    async def measure(self) -> None:
        """Tell `Space` what the directory holds. Raises StorageFailed."""
        promised = self._space.promised
        staged = self._store.blobs.staged_bytes
        usage = await self._store.index.usage()
        # A body that was staged before may have become a blob since the rows were counted.
        staged = max(staged, self._store.blobs.staged_bytes)
        self._space.measured(usage.database_bytes + usage.blob_bytes + staged, promised)

    async def _evict(self, bytes_wanted: int) -> int:
        """Let go of the least recently used; nothing that is being read."""
        index, blobs = self._store.index, self._store.blobs
        oldest = await index.least_used(bytes_wanted, blobs.reading)
        keys = [evictable.key for evictable in oldest]
        await index.forget(keys)
        for key in keys:
            self._store.evicted(key)
        digests = {evictable.digest for evictable in oldest if evictable.digest is not None}
        await blobs.delete(await index.unreferenced(digests))
        freed = sum(evictable.size for evictable in oldest)
        if oldest:
            log.info("evicted", responses=len(oldest), bytes=freed)
        return freed

    async def _reap_orphans(self) -> None:
        """Blobs whose response was replaced or forgotten, or never came to be."""
        index, blobs = self._store.index, self._store.blobs
        orphans = self._store.orphans - set(blobs.reading)
        await blobs.delete(await index.unreferenced(orphans))
        self._store.orphans -= orphans

    async def _wanted_or_due(self) -> None:
        due = asyncio.create_task(self._clock.sleep(TICK_SECONDS))
        wanted = asyncio.create_task(self._space.wanted.wait())
        try:
            await asyncio.wait({due, wanted}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            due.cancel()
            wanted.cancel()

    async def _guarded_reap(self) -> None:
        try:
            if orphans := await self.reap():
                log.info("reaped", blobs=orphans)
        except StorageFailed as failure:
            self._store.report(failure)

    async def _guarded_mend(self) -> None:
        """What was used in the future, by a clock that has been set back, would leave last."""
        try:
            await self._store.index.used_by(self._clock.now())
        except StorageFailed as failure:
            self._store.report(failure)

    async def _guarded_tick(self) -> None:
        try:
            await self.tick()
        except StorageFailed as failure:
            self._store.report(failure)
