"""The store: index, blobs and memory tier as one.

A failing disk never costs a client its answer: what can't be read is a miss, what can't be
written is only relayed. Both are said once in the log until it works again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import replace
from weakref import WeakValueDictionary

import structlog

from ayon_proxy.cache.bodies import BlobBody, Body, InlineBody
from ayon_proxy.cache.hot import CONTENT_BYTES, HotResponses
from ayon_proxy.cache.ports import Blob, BlobStore, Clock, ResponseIndex
from ayon_proxy.cache.read_once import ReadOnce
from ayon_proxy.cache.storage_health import StorageHealth
from ayon_proxy.cache.used_projects import UsedProjects
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy.message import StoredResponse

ROW_BYTES = 512
"""About what a row takes in the index beside its body and tags."""

log = structlog.get_logger(__name__)


class Store:
    """What the engine and its fetches know of storage. `grown` is told what a row adds; `used`
    knows each project before an answer of it is stored."""

    def __init__(
        self,
        index: ResponseIndex,
        blobs: BlobStore,
        hot: HotResponses,
        clock: Clock,
        used: UsedProjects,
        grown: Callable[[int], None],
    ) -> None:
        self.used_projects = used
        self.index = index
        self.blobs = blobs
        self._hot = hot
        self._clock = clock
        self._used: dict[bytes, float] = {}
        self.health = StorageHealth(clock)
        self._grown = grown
        self._read_once = ReadOnce()
        self._locks: WeakValueDictionary[bytes, asyncio.Lock] = WeakValueDictionary()
        self._arriving: dict[bytes, StoredResponse] = {}
        self.changes = 0
        """Grows with whatever a look-up may have missed."""
        self.orphans: set[bytes] = set()
        """Digests of blobs that no response may refer to any more: the janitor's to reap."""

    async def lookup(self, key: bytes) -> StoredResponse | None:
        """What is stored under the key; None when nothing is, or it can't be read."""
        stored = self._arriving.get(key) or self._hot.lookup(key)
        if stored is None:
            changes = self.changes
            try:
                stored = await self.index.lookup(key)
            except StorageFailed as failure:
                self.report(failure)
                return None
            # What changed meanwhile may be this one: then what was read is the past.
            if stored is not None and changes == self.changes:
                self._hot.keep(stored)
        if stored is not None:
            self._used[key] = self._clock.now()
        return stored

    def peek(self, key: bytes) -> StoredResponse | None:
        """What a look-up would find in memory. It does not count as a use."""
        return self._arriving.get(key) or self._hot.peek(key)

    def touch(self, key: bytes) -> None:
        """It was used."""
        if self._hot.lookup(key) is not None:
            self._used[key] = self._clock.now()

    async def body(self, stored: StoredResponse) -> Body | None:
        """Open the body. None when its file is gone: the response is then forgotten."""
        content = self._hot.content(stored)
        if content is not None:
            return InlineBody(content)
        blob = await self._opened(stored)
        if blob is not None and stored.digest is not None and self._is_to_be_held(stored):
            content = await self._read_once.content(stored.digest, blob)
            if content is not None:
                if self._is_to_be_held(stored):
                    self._hot.keep(stored, content)
                return InlineBody(content)
            blob = await self._opened(stored)
        return None if blob is None else BlobBody(blob)

    def _is_to_be_held(self, stored: StoredResponse) -> bool:
        return stored.size <= CONTENT_BYTES and self._hot.peek(stored.key) is stored

    async def _opened(self, stored: StoredResponse) -> Blob | None:
        try:
            blob = await self.blobs.open(stored.digest or b"")
        except StorageFailed as failure:
            self.report(failure)
            return None
        if blob is not None and blob.size == stored.size:
            return blob
        log.warning("stored_file_missing", url=stored.url)
        if blob is not None:
            await blob.aclose()
        await self.forget(stored.key, stored.begun_seq)
        return None

    async def keep(self, stored: StoredResponse, projects: Collection[str] = ()) -> bool:
        """Store a response whose blob, if it has one, is committed. False when it could not be.
        `projects` are those that it belongs to.

        It is there for every look-up from the call on: who has read it to its end and asks again
        does not have to wait for the disk. What was fetched later stays: a slow fetch does not
        bring the past back.
        """
        known = self._arriving.get(stored.key) or self._hot.lookup(stored.key)
        if known is None or known.begun_seq <= stored.begun_seq:
            self._arriving[stored.key] = stored
            self.changes += 1
        try:
            return await self._kept(stored, projects)
        finally:
            if self._arriving.get(stored.key) is stored:
                del self._arriving[stored.key]

    async def _kept(self, stored: StoredResponse, projects: Collection[str]) -> bool:
        async with self._changing(stored.key):
            try:
                present = await self.index.lookup(stored.key)
                if present is not None and present.begun_seq > stored.begun_seq:
                    self._orphan(stored)
                    return False
                for project in projects:
                    await self.used_projects.note(project)
                await self.index.store(stored)
            except StorageFailed as failure:
                self.report(failure)
                self._orphan(stored)
                return False
        if stored.inline is not None:
            self._hot.keep(stored)
        if present is not None and present.digest != stored.digest:
            self._orphan(present)
        self._used[stored.key] = stored.received_at
        self.health.stored()
        self._grown(len(stored.inline or b"") + len(stored.tags) + ROW_BYTES)
        return True

    async def move(self, key: bytes, to: bytes) -> None:
        """Keep under `to` what was kept under `key`, unless what is there was fetched later."""
        async with self._changing(key), self._changing(to):
            try:
                before = await self.index.lookup(to), await self.index.lookup(key)
                if not await self.index.move(key, to):
                    return
                after = await self.index.lookup(to)
            except StorageFailed as failure:
                self.report(failure)
                return
        kept = None if after is None else after.digest
        for stored in before:
            if stored is not None and stored.digest != kept:
                self._orphan(stored)
        if (used := self._used.pop(key, None)) is not None:
            self._used[to] = used

    async def freshen(self, stored: StoredResponse, now: float, begun_seq: int) -> StoredResponse:
        """Upstream has confirmed it at `now`; the response as it stands then.

        Only the one that was asked about: what has taken its place was not confirmed.
        """
        async with self._changing(stored.key):
            try:
                if await self.index.lookup(stored.key) == stored:
                    await self.index.freshen(stored.key, now, begun_seq)
            except StorageFailed as failure:
                self.report(failure)
        return replace(stored, received_at=now, begun_seq=begun_seq)

    async def forget(self, key: bytes, begun_seq: int) -> None:
        """There is no such thing any more, as a fetch that began at `begun_seq` has shown."""
        async with self._changing(key):
            try:
                present = await self.index.lookup(key)
                if present is not None and present.begun_seq <= begun_seq:
                    await self.index.forget([key])
                    self._orphan(present)
            except StorageFailed as failure:
                self.report(failure)

    def evicted(self, key: bytes) -> None:
        """The janitor has taken it out of the index."""
        self._changed(key)
        self._used.pop(key, None)

    async def flush_used(self) -> None:
        """Write down what was used when, in one batch: the order in which things are evicted."""
        used, self._used = self._used, {}
        if used:
            try:
                await self.index.touch(used)
            except StorageFailed as failure:
                self.report(failure)

    @asynccontextmanager
    async def _changing(self, key: bytes) -> AsyncIterator[None]:
        """One change of a key at a time; afterwards the memory tier holds nothing older."""
        async with self._locks.setdefault(key, asyncio.Lock()):
            try:
                yield
            finally:
                self._changed(key)

    def _changed(self, key: bytes) -> None:
        self.changes += 1
        self._hot.forget(key)

    def _orphan(self, stored: StoredResponse) -> None:
        if stored.digest is not None:
            self.orphans.add(stored.digest)

    def report(self, failure: StorageFailed) -> None:
        """Say that storage fails, once until it works again."""
        self.health.failed(failure)
