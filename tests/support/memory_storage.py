"""The storage ports in memory. They pass the contract suites that the real ones pass."""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace

from ayon_proxy.cache.ports import Evictable, Invalidations, Usage
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy.message import StoredResponse


def _at_once(change: Callable[[], None]) -> Awaitable[None]:
    """Done when it is handed out, as it mostly is by the real ones."""
    done = asyncio.get_running_loop().create_future()
    try:
        change()
    except StorageFailed as failure:
        done.set_exception(failure)
    else:
        done.set_result(None)
    return done


@dataclass(slots=True)
class _Row:
    response: StoredResponse
    last_used_at: float

    @property
    def own_bytes(self) -> int:
        """What the row takes, without a blob that it refers to."""
        stored = self.response
        fields = sum(len(name) + len(value) for name, value in stored.head.fields)
        return 128 + len(stored.url) + fields + len(stored.tags) + len(stored.inline or b"")


@dataclass
class MemoryResponseIndex:
    """The `ResponseIndex` port over a dictionary. With `failure` set, everything raises it."""

    failure: StorageFailed | None = None
    rows: dict[bytes, _Row] = field(default_factory=dict)
    invalidated: list[tuple[int, bool, frozenset[int]]] = field(default_factory=list)
    highest_seq: int = 0
    floor: int = 0

    async def lookup(self, key: bytes) -> StoredResponse | None:
        self._expect_working()
        row = self.rows.get(key)
        return None if row is None else row.response

    async def store(self, response: StoredResponse) -> None:
        self._expect_working()
        self.rows[response.key] = _Row(response, response.received_at)
        self._reach(response.begun_seq)

    async def freshen(self, key: bytes, received_at: float, begun_seq: int) -> None:
        self._expect_working()
        if row := self.rows.get(key):
            row.response = replace(row.response, received_at=received_at, begun_seq=begun_seq)
        self._reach(begun_seq)

    async def move(self, key: bytes, to: bytes) -> bool:
        self._expect_working()
        row = self.rows.pop(key, None)
        if row is None:
            return False
        there = self.rows.get(to)
        if there is None or there.response.begun_seq <= row.response.begun_seq:
            row.response = replace(row.response, key=to)
            self.rows[to] = row
        return True

    async def touch(self, used: Mapping[bytes, float]) -> None:
        self._expect_working()
        for key, at in used.items():
            if row := self.rows.get(key):
                row.last_used_at = at

    async def used_by(self, now: float) -> None:
        self._expect_working()
        for row in self.rows.values():
            row.last_used_at = min(row.last_used_at, now)

    async def forget(self, keys: Collection[bytes]) -> None:
        self._expect_working()
        for key in keys:
            self.rows.pop(key, None)

    async def least_used(self, bytes_wanted: int, spare: Collection[bytes]) -> list[Evictable]:
        self._expect_working()
        references = Counter(row.response.digest for row in self.rows.values())
        leaving: list[Evictable] = []
        for row in sorted(self.rows.values(), key=lambda row: row.last_used_at):
            stored = row.response
            if bytes_wanted <= 0:
                break
            if stored.digest in spare:
                continue
            size = row.own_bytes
            references[stored.digest] -= 1
            if stored.digest is not None and not references[stored.digest]:
                size += stored.size
            leaving.append(Evictable(stored.key, size, stored.digest))
            bytes_wanted -= size
        return leaving

    def invalidate(
        self, tag_hashes: Collection[int], seq: int, *, lasting: bool = False
    ) -> Awaitable[None]:
        def invalidate() -> None:
            self._expect_working()
            self.invalidated.append((seq, lasting, frozenset(tag_hashes)))
            self._reach(seq)

        return _at_once(invalidate)

    async def forget_invalidations(self, floor: int) -> None:
        self._expect_working()
        if floor > self.floor:
            self.floor = floor
            self.invalidated = [one for one in self.invalidated if one[1] or one[0] > floor]
            self._reach(floor)

    async def invalidations(self) -> Invalidations:
        self._expect_working()
        known: dict[bool, dict[int, int]] = {False: {}, True: {}}
        for seq, lasting, tags in sorted(self.invalidated, key=lambda one: one[0]):
            known[lasting].update(dict.fromkeys(tags, seq))
        logged = sum(len(tags) for _, lasting, tags in self.invalidated if not lasting)
        return Invalidations(self.highest_seq, self.floor, known[False], known[True], logged)

    async def unreferenced(self, digests: Collection[bytes]) -> set[bytes]:
        self._expect_working()
        return set(digests) - {row.response.digest for row in self.rows.values()}

    async def usage(self) -> Usage:
        self._expect_working()
        stored = [row.response for row in self.rows.values()]
        blobs = {one.digest: one.size for one in stored if one.digest is not None}
        return Usage(
            responses=len(stored),
            response_bytes=sum(one.size for one in stored),
            blobs=len(blobs),
            blob_bytes=sum(blobs.values()),
            database_bytes=sum(row.own_bytes for row in self.rows.values()),
        )

    def _reach(self, seq: int) -> None:
        self.highest_seq = max(self.highest_seq, seq)

    def _expect_working(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass
class MemoryJournal:
    """The `Journal` port over dictionaries. With `failure` set, everything raises it."""

    failure: StorageFailed | None = None
    facts: dict[str, bytes] = field(default_factory=dict)
    intents: dict[bytes, frozenset[int]] = field(default_factory=dict)

    async def recall(self, name: str) -> bytes | None:
        self._expect_working()
        return self.facts.get(name)

    async def remember(self, name: str, content: bytes) -> None:
        self._expect_working()
        self.facts[name] = content

    def open_intent(self, intent: bytes, tag_hashes: Collection[int]) -> Awaitable[None]:
        def open_intent() -> None:
            self._expect_working()
            self.intents[intent] = self.intents.get(intent, frozenset()) | frozenset(tag_hashes)

        return _at_once(open_intent)

    async def close_intent(self, intent: bytes) -> None:
        self._expect_working()
        self.intents.pop(intent, None)

    async def open_intents(self) -> Mapping[bytes, Collection[int]]:
        self._expect_working()
        return dict(self.intents)

    def _expect_working(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass
class MemoryProofs:
    """The `Proofs` port over a dictionary. With `failure` set, everything raises it."""

    failure: StorageFailed | None = None
    proofs: dict[bytes, tuple[float, bytes]] = field(default_factory=dict)

    async def known(self) -> Mapping[bytes, tuple[float, bytes]]:
        self._expect_working()
        return dict(sorted(self.proofs.items(), key=lambda one: one[1][0]))

    async def keep(self, principal: bytes, proved_at: float, content: bytes) -> None:
        self._expect_working()
        self.proofs[principal] = proved_at, content

    async def drop(self, principals: Collection[bytes]) -> None:
        self._expect_working()
        for principal in principals:
            self.proofs.pop(principal, None)

    def _expect_working(self) -> None:
        if self.failure is not None:
            raise self.failure


@dataclass
class MemoryBlobStore:
    """The `BlobStore` port over a dictionary.

    `room` is how many bytes staged bodies may still take before `write` raises; with `failure` set,
    everything that may raises it.
    """

    room: int | None = None
    failure: StorageFailed | None = None
    blobs: dict[bytes, bytes] = field(default_factory=dict)
    staged: list[MemoryStagedBlob] = field(default_factory=list)
    abandoned: int = 0
    _reading: Counter[bytes] = field(default_factory=Counter)

    async def stage(self) -> MemoryStagedBlob:
        self._expect_working()
        staged = MemoryStagedBlob(self)
        self.staged.append(staged)
        return staged

    async def open(self, digest: bytes) -> MemoryBlob | None:
        self._expect_working()
        content = self.blobs.get(digest)
        return None if content is None else MemoryBlob(self, digest, content)

    async def delete(self, digests: Collection[bytes]) -> None:
        self._expect_working()
        held = {staged.digest for staged in self.staged}
        for digest in set(digests) - held:
            self.blobs.pop(digest, None)

    async def digests(self) -> set[bytes]:
        self._expect_working()
        return set(self.blobs)

    async def drop_abandoned(self) -> None:
        self._expect_working()
        self.abandoned = 0

    @property
    def reading(self) -> Collection[bytes]:
        return set(self._reading)

    @property
    def staged_bytes(self) -> int:
        return sum(staged.taken for staged in self.staged if staged.digest is None)

    def enter(self, digest: bytes) -> None:
        self._reading[digest] += 1

    def leave(self, digest: bytes) -> None:
        self._reading[digest] -= 1
        if not self._reading[digest]:
            del self._reading[digest]

    def make_room(self, size: int) -> None:
        self._expect_working()
        if self.room is not None:
            if size > self.room:
                raise StorageFailed("No space left on device")
            self.room -= size

    def _expect_working(self) -> None:
        if self.failure is not None:
            raise self.failure


class MemoryStagedBlob:
    """The `StagedBlob` port over a byte array."""

    def __init__(self, store: MemoryBlobStore) -> None:
        self._store = store
        self._content = bytearray()
        self._ahead: dict[int, bytes] = {}
        self._growing = True
        self._closed = False
        self.digest: bytes | None = None

    @property
    def written(self) -> int:
        return len(self._content)

    @property
    def taken(self) -> int:
        return len(self._content) + sum(map(len, self._ahead.values()))

    async def write(self, chunk: bytes) -> None:
        self._make_room(chunk)
        self._content += chunk

    async def write_ahead(self, start: int, chunk: bytes) -> None:
        self._make_room(chunk)
        self._ahead[start] = chunk

    async def take_up(self, size: int) -> None:
        self._expect_growing()
        while size:
            chunk = self._ahead.pop(len(self._content), b"")
            if not chunk:
                self._growing = False
                raise StorageFailed("what was written ahead is not there")
            if len(chunk) > size:
                self._ahead[len(self._content) + size] = chunk[size:]
            self._content += chunk[:size]
            size -= len(chunk[:size])

    def descriptor(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def read(self, start: int, size: int) -> bytes:
        if self._closed:
            raise StorageFailed("the staged body is closed")
        return bytes(self._content[start : start + size])

    async def commit(self) -> bytes:
        self._expect_growing()
        self._store.make_room(0)
        self._growing = False
        self.digest = hashlib.sha256(self._content).digest()
        self._store.blobs[self.digest] = bytes(self._content)
        self._store.enter(self.digest)
        return self.digest

    async def discard(self) -> None:
        self._growing = False

    async def aclose(self) -> None:
        if not self._closed:
            self._closed, self._growing = True, False
            self._store.staged.remove(self)
            if self.digest is not None:
                self._store.leave(self.digest)

    def _make_room(self, chunk: bytes) -> None:
        self._expect_growing()
        try:
            self._store.make_room(len(chunk))
        except StorageFailed:
            self._growing = False
            raise

    def _expect_growing(self) -> None:
        if not self._growing:
            raise StorageFailed("the staged body takes no more bytes")


class MemoryBlob:
    """The `Blob` port over bytes."""

    def __init__(self, store: MemoryBlobStore, digest: bytes, content: bytes) -> None:
        self._store = store
        self._digest = digest
        self._content = content
        self._open = True
        store.enter(digest)

    @property
    def size(self) -> int:
        return len(self._content)

    def descriptor(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def read(self, start: int, size: int) -> bytes:
        if not self._open:
            raise StorageFailed("the blob is closed")
        return self._content[start : start + size]

    async def aclose(self) -> None:
        if self._open:
            self._open = False
            self._store.leave(self._digest)
