"""The store: index, blobs and memory as one, whatever crosses."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from dataclasses import dataclass, field, replace

import pytest

from ayon_proxy.cache.hot import OVERHEAD_BYTES, HotResponses
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.used_projects import UsedProjects
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy.message import StoredResponse
from tests.cache.rig import settled
from tests.support.builders import stored_response
from tests.support.memory_ports import (
    ManualClock,
    MemoryBlobStore,
    MemoryJournal,
    MemoryResponseIndex,
)


@dataclass
class SteppedIndex(MemoryResponseIndex):
    """Each call waits, before or after it did its work, for its own barrier: `held[name]`."""

    held: dict[str, list[asyncio.Event]] = field(default_factory=dict)

    async def _wait(self, name: str) -> None:
        barriers = self.held.get(name)
        if barriers:
            await barriers.pop(0).wait()

    def hold(self, name: str) -> asyncio.Event:
        barrier = asyncio.Event()
        self.held.setdefault(name, []).append(barrier)
        return barrier

    async def lookup(self, key: bytes) -> StoredResponse | None:
        await self._wait("before lookup")
        found = await super().lookup(key)
        await self._wait("after lookup")
        return found

    async def store(self, response: StoredResponse) -> None:
        await self._wait("before store")
        await super().store(response)
        await self._wait("after store")

    async def forget(self, keys: Collection[bytes]) -> None:
        await self._wait("before forget")
        await super().forget(keys)
        await self._wait("after forget")


@pytest.fixture
def index() -> SteppedIndex:
    return SteppedIndex()


@pytest.fixture
def store(index: SteppedIndex) -> Store:
    return Store(
        index,
        MemoryBlobStore(),
        HotResponses(1 << 20),
        ManualClock(),
        UsedProjects(MemoryJournal()),
        grown=lambda _: None,
    )


OLD = stored_response(body=b"old", begun_seq=1)
NEW = stored_response(body=b"new", begun_seq=2)


@pytest.mark.parametrize("where", ["after lookup", "before store", "after store"])
async def test_of_two_that_are_stored_at_once_the_later_fetch_stays(
    store: Store, index: SteppedIndex, where: str
) -> None:
    barrier = index.hold(where)
    old = asyncio.create_task(store.keep(OLD))
    await settled()
    new = asyncio.create_task(store.keep(NEW))
    await settled()
    barrier.set()
    await asyncio.gather(old, new)
    assert await store.lookup(b"key") == NEW
    assert await index.lookup(b"key") == NEW


async def test_keys_do_not_wait_for_each_other(store: Store, index: SteppedIndex) -> None:
    barrier = index.hold("before store")
    slow = asyncio.create_task(store.keep(OLD))
    await settled()
    assert await store.keep(stored_response(b"other"))
    barrier.set()
    assert await slow


@pytest.mark.parametrize("where", ["before lookup", "after lookup"])
@pytest.mark.parametrize("change", ["store", "forget", "freshen", "evict"])
async def test_a_look_up_that_a_change_overtakes_leaves_nothing_old_in_memory(
    store: Store, index: SteppedIndex, where: str, change: str
) -> None:
    await index.store(OLD)
    barrier = index.hold(where)
    looking = asyncio.create_task(store.lookup(b"key"))
    await settled()
    match change:
        case "store":
            await store.keep(NEW)
        case "forget":
            await store.forget(b"key", 1)
        case "freshen":
            await store.freshen(OLD, 5000.0, 3)
        case "evict":
            await index.forget([b"key"])
            store.evicted(b"key")
    barrier.set()
    await looking
    assert await store.lookup(b"key") == await index.lookup(b"key")


@pytest.mark.parametrize("where", ["before forget", "after forget"])
async def test_a_look_up_while_one_is_forgotten_leaves_nothing_in_memory(
    store: Store, index: SteppedIndex, where: str
) -> None:
    await store.keep(OLD)
    barrier = index.hold(where)
    forgetting = asyncio.create_task(store.forget(b"key", 1))
    await settled()
    await store.lookup(b"key")
    barrier.set()
    await forgetting
    assert await store.lookup(b"key") is None


async def test_only_what_a_fetch_saw_is_forgotten(store: Store) -> None:
    await store.keep(NEW)
    await store.forget(b"key", 1)
    assert await store.lookup(b"key") == NEW
    await store.forget(b"key", 2)
    assert await store.lookup(b"key") is None
    await store.forget(b"key", 2)


async def test_what_failed_to_be_stored_is_not_in_memory(store: Store, index: SteppedIndex) -> None:
    index.failure = StorageFailed("disk full")
    assert not await store.keep(NEW)
    index.failure = None
    assert await store.lookup(b"key") is None


async def test_a_row_that_fails_leaves_an_orphan_for_the_janitor(
    store: Store, index: SteppedIndex
) -> None:
    filed = stored_response(in_blob=True)
    index.failure = StorageFailed("disk full")
    await store.keep(filed)
    assert store.orphans == {filed.digest}


async def test_failing_to_forget_or_freshen_is_no_error(store: Store, index: SteppedIndex) -> None:
    await store.keep(OLD)
    index.failure = StorageFailed("I/O error")
    await store.forget(b"key", 1)
    assert (await store.freshen(OLD, 5000.0, 3)).received_at == 5000.0


class TestHot:
    def test_the_least_recently_used_leave_first(self) -> None:
        one = stored_response(b"1", body=bytes(100))
        cost = OVERHEAD_BYTES + 100 + len(one.tags) + len(one.url)
        hot = HotResponses(3 * cost)
        for number in range(3):
            hot.keep(replace(one, key=b"%d" % number))
        assert hot.lookup(b"0") is not None
        hot.keep(replace(one, key=b"3"))
        assert [hot.lookup(b"%d" % number) is not None for number in range(4)] == [
            True,
            False,
            True,
            True,
        ]
        assert hot.bytes == 3 * cost

    def test_one_that_is_too_large_pushes_nobody_out(self) -> None:
        hot = HotResponses(10_000)
        hot.keep(stored_response(b"small"))
        hot.keep(stored_response(b"large", body=bytes(10_000)))
        assert hot.lookup(b"small") is not None
        assert hot.lookup(b"large") is None

    def test_one_that_grew_too_large_does_not_stay_in_its_old_form(self) -> None:
        hot = HotResponses(10_000)
        hot.keep(stored_response(b"key"))
        hot.keep(stored_response(b"key", body=bytes(10_000)))
        assert hot.lookup(b"key") is None
        assert hot.bytes == 0

    def test_bytes_come_back_when_it_is_replaced_or_forgotten(self) -> None:
        hot = HotResponses(1 << 20)
        hot.keep(stored_response(body=bytes(5000)))
        hot.keep(stored_response(body=bytes(10)))
        assert hot.bytes < 5000
        hot.forget(b"key")
        hot.forget(b"key")
        assert hot.bytes == 0

    def test_a_file_costs_its_row_only(self) -> None:
        hot = HotResponses(1 << 20)
        hot.keep(stored_response(body=bytes(1 << 19), in_blob=True))
        assert hot.bytes < 4096


@pytest.mark.parametrize("in_blob", [False, True], ids=["row", "file"])
async def test_what_is_on_its_way_to_the_disk_is_found(in_blob: bool) -> None:
    """Who has read an answer to its end and asks again does not wait for the disk."""
    index = SteppedIndex()
    used = UsedProjects(MemoryJournal())
    store = Store(index, MemoryBlobStore(), HotResponses(0), ManualClock(), used, lambda _: None)
    written, response = index.hold("before store"), stored_response(in_blob=in_blob)
    before = store.changes
    keeping = asyncio.create_task(store.keep(response))
    await settled()
    assert await store.lookup(response.key) == response
    assert store.changes > before
    written.set()
    assert await keeping
    assert await store.lookup(response.key) == response
