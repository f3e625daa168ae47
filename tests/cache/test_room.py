"""The data directory keeps within its bounds, and what is let go of is what was used least."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager

import pytest

from ayon_proxy.cache.janitor import PAUSE_SECONDS, TICK_SECONDS
from ayon_proxy.cache.ports import Evictable, Usage
from ayon_proxy.cache.space import PATIENCE_SECONDS, Space
from ayon_proxy.errors import StorageFailed
from tests.cache.rig import Rig, file, ok, read, settled
from tests.support.memory_ports import ManualClock, MemoryResponseIndex

MIB = 1 << 20


def addon(number: int) -> bytes:
    return b"/addons/core/1.0.%d/private/client.zip" % number


def content(number: int, size: int = 100_000) -> bytes:
    return b"%08d" % number * (size // 8)


async def fill(rig: Rig, *numbers: int, size: int = 100_000) -> None:
    for number in numbers:
        rig.upstream.answers(addon(number), file(content(number, size)))
        await rig.ask(addon(number))
        await rig.cache.in_flight.idle()
        rig.clock.advance(0.001)


def on_disk(rig: Rig) -> int:
    rows = sum(row.own_bytes for row in rig.index.rows.values())
    return rows + sum(map(len, rig.blobs.blobs.values())) + rig.blobs.staged_bytes


@pytest.fixture
def small(rig: Rig) -> Rig:
    rig.max_bytes = MIB
    rig.memory_bytes = 0  # so that small files, too, are read where they lie
    rig.restart()
    return rig


@asynccontextmanager
async def working(rig: Rig) -> AsyncIterator[None]:
    """The janitor at work, with time that passes whenever it waits for some."""
    janitor = asyncio.create_task(rig.cache.janitor.run())
    try:
        yield
    finally:
        janitor.cancel()
        await asyncio.gather(janitor, return_exceptions=True)


async def test_below_the_high_water_mark_everything_stays(small: Rig) -> None:
    await fill(small, *range(9))
    await small.cache.janitor.tick()
    assert len(small.blobs.blobs) == 9


async def test_above_it_the_least_used_leave_down_to_the_low_one(small: Rig) -> None:
    await fill(small, *range(10))
    await small.ask(addon(0))
    await small.cache.janitor.tick()
    left = [number for number in range(10) if content(number) in small.bodies]
    assert left == [0, 2, 3, 4, 5, 6, 7, 8, 9]
    assert on_disk(small) <= 0.9 * MIB
    assert len(small.blobs.blobs) == len(left)


async def test_what_is_read_stays(small: Rig) -> None:
    await fill(small, *range(10))
    reading = await small.begin(addon(0))
    small.clock.advance(1)
    for number in range(1, 10):
        await small.ask(addon(number))
        small.clock.advance(1)
    await small.cache.janitor.tick()
    left = [number for number in range(10) if content(number) in small.bodies]
    assert left == [0, 2, 3, 4, 5, 6, 7, 8, 9]
    assert (await read(reading)).body == content(0)


async def test_what_was_evicted_is_out_of_memory_too(small: Rig) -> None:
    small.memory_bytes = 10 * MIB
    small.restart()
    target = b"/api/projects/demo/folders/f"
    for number in range(30):
        await small.stored(target + b"%d" % number, bytes(40_000))
        small.clock.advance(0.001)
    await small.cache.janitor.tick()
    assert (await small.ask(target + b"0")).cache_status.startswith(b"ayon-proxy; fwd=uri-miss")
    assert on_disk(small) <= MIB


async def test_a_body_waits_for_eviction_and_is_then_stored(small: Rig) -> None:
    """More is wanted than lies between the high water mark and the bound."""
    await fill(small, *range(9))
    small.upstream.answers(addon(20), file(content(20, 400_000)))
    asking = asyncio.create_task(small.ask(addon(20)))
    await small.clock.sleeping()
    assert not asking.done()
    await small.cache.janitor.tick()
    assert (await asking).body == content(20, 400_000)
    await small.cache.in_flight.idle()
    assert content(20, 400_000) in small.bodies
    assert on_disk(small) <= MIB


async def test_one_whose_patience_ends_is_relayed_without_being_stored(small: Rig) -> None:
    await fill(small, *range(9))
    readers = [await small.begin(addon(number)) for number in range(9)]
    small.upstream.answers(addon(20), file(content(20, 400_000)))
    asking = asyncio.create_task(small.ask(addon(20)))
    await small.clock.sleeping()
    await small.cache.janitor.tick()
    await settled()
    assert not asking.done()
    small.clock.advance(PATIENCE_SECONDS)
    assert (await asking).body == content(20, 400_000)
    await small.cache.in_flight.idle()
    assert len(small.blobs.blobs) == 9
    for reader in readers:
        await reader.body.aclose()


async def test_under_load_the_bound_holds_at_every_moment(small: Rig) -> None:
    highest = 0
    async with working(small):
        for turn in range(12):
            asking = []
            for number in range(turn * 4, turn * 4 + 4):
                whole = content(number, 120_000)
                steps = [whole[at : at + 30_000] for at in range(0, len(whole), 30_000)]
                small.upstream.answers(addon(number), file(whole, b'"one"', *steps))
                asking.append(asyncio.create_task(small.ask(addon(number))))
            while not all(it.done() for it in asking):
                await asyncio.sleep(0)
                highest = max(highest, on_disk(small))
                small.clock.advance(PAUSE_SECONDS / 50)
            for number, task in zip(range(turn * 4, turn * 4 + 4), asking, strict=True):
                assert (await task).body == content(number, 120_000)
            await small.cache.in_flight.idle()
        stored = sum(content(number, 120_000) in small.bodies for number in range(48))
    assert highest <= MIB
    assert stored >= 6


async def test_a_janitor_rests_though_nothing_can_be_freed(small: Rig) -> None:
    await fill(small, *range(9))
    readers = [await small.begin(addon(number)) for number in range(9)]
    small.cache.space.note(MIB)
    async with working(small):
        assert await small.clock.sleeping() == [PAUSE_SECONDS]
        await settled()
    for reader in readers:
        await reader.body.aclose()


class HeldIndex(MemoryResponseIndex):
    """Measuring takes until `held` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.held = asyncio.Event()
        self.measured = 0

    async def usage(self) -> Usage:
        self.measured += 1
        await self.held.wait()
        return await super().usage()


async def test_a_wish_made_while_it_works_is_not_forgotten() -> None:
    index = HeldIndex()
    rig = Rig(index=index)
    async with working(rig):
        await settled()
        rig.cache.space.wanted.set()
        index.held.set()
        await rig.clock.sleeping()
        rig.clock.advance(PAUSE_SECONDS)
        await settled()
        assert index.measured == 2
        rig.clock.advance(PAUSE_SECONDS)
        await settled()
        assert index.measured == 2


async def test_last_used_times_are_written_when_nothing_presses(rig: Rig) -> None:
    await fill(rig, 1)
    async with working(rig):
        await rig.clock.sleeping()
        rig.clock.advance(PAUSE_SECONDS)
        await settled()
        rig.clock.advance(20)
        await rig.ask(addon(1))
        used_at = rig.clock.now()
        rig.clock.advance(TICK_SECONDS)
        await settled()
    (row,) = rig.index.rows.values()
    assert row.last_used_at == used_at


async def test_a_failing_disk_does_not_end_it(rig: Rig) -> None:
    rig.index.failure = StorageFailed("I/O error")
    async with working(rig):
        await rig.clock.sleeping()
        rig.index.failure = None
        await fill(rig, 1)
        orphan = await rig.blobs.stage()
        await orphan.write(b"x")
        rig.cache.store.orphans.add(await orphan.commit())
        await orphan.aclose()
        rig.clock.advance(PAUSE_SECONDS + TICK_SECONDS)
        await settled()
        rig.clock.advance(PAUSE_SECONDS + TICK_SECONDS)
        await settled()
        assert list(rig.blobs.blobs.values()) == [content(1)]


async def test_at_start_orphans_and_only_they_are_reaped(rig: Rig) -> None:
    await fill(rig, 1, 2)
    for _ in range(3):
        orphan = await rig.blobs.stage()
        await orphan.write(b"left by a crash")
        await orphan.commit()
        await orphan.aclose()
    rig.restart()
    assert await rig.cache.janitor.reap() == 1
    assert sorted(rig.blobs.blobs.values()) == [content(1), content(2)]
    for number in (1, 2):
        assert (await rig.ask(addon(number))).cache_status.startswith(b"ayon-proxy; hit")


async def test_a_body_on_its_way_at_start_is_no_orphan(rig: Rig) -> None:
    end = asyncio.Event()
    rig.upstream.answers(addon(1), file(content(1), b'"one"', content(1), end))
    asking = asyncio.create_task(rig.ask(addon(1)))
    await settled()
    assert await rig.cache.janitor.reap() == 0
    end.set()
    await asking
    await rig.cache.in_flight.idle()
    assert content(1) in rig.bodies


async def test_an_orphan_that_is_still_read_is_reaped_later(rig: Rig) -> None:
    """Its row could not be stored, and a client reads on from what was staged."""
    end = asyncio.Event()
    rig.upstream.answers(addon(1), file(content(1), b'"one"', content(1), end))
    reading = await rig.begin(addon(1))
    rig.index.failure = StorageFailed("disk full")
    end.set()
    await rig.cache.in_flight.idle()
    rig.index.failure = None
    await rig.cache.janitor.tick()
    assert list(rig.blobs.blobs.values()) == [content(1)]
    assert (await read(reading)).body == content(1)
    await rig.cache.janitor.tick()
    assert not rig.blobs.blobs


class OneAtATime(MemoryResponseIndex):
    """What it names for eviction frees less than was wanted."""

    async def least_used(self, bytes_wanted: int, spare: Collection[bytes]) -> list[Evictable]:
        return (await super().least_used(bytes_wanted, spare))[:1]


async def test_it_evicts_until_it_measures_enough() -> None:
    rig = Rig(index=OneAtATime(), max_bytes=MIB)
    await fill(rig, *range(10))
    staged = await rig.blobs.stage()
    await staged.write(bytes(300_000))
    await rig.cache.janitor.tick()
    assert on_disk(rig) <= 0.9 * MIB
    await staged.aclose()


async def test_a_shared_blob_outlives_one_of_its_responses(rig: Rig) -> None:
    for number in (1, 2):
        rig.upstream.answers(addon(number), file(content(7)))
        await rig.ask(addon(number))
        await rig.cache.in_flight.idle()
    rig.upstream.answers(addon(1), ok(b"small"))
    rig.clock.advance(61)
    await rig.ask(addon(1))
    await rig.cache.in_flight.idle()
    await rig.cache.janitor.tick()
    assert list(rig.blobs.blobs.values()) == [content(7)]


class TestSpace:
    async def test_promises_made_while_it_is_measured_are_kept(self) -> None:
        space = Space(1000, ManualClock())
        await space.take(100)
        promised = space.promised
        await space.take(50)
        space.measured(100, promised)
        assert space.used == 150

    async def test_who_waits_gets_room_as_soon_as_there_is_some(self) -> None:
        clock = ManualClock()
        space = Space(1000, clock)
        space.measured(900, 0)
        waiting = asyncio.create_task(space.take(200))
        await clock.sleeping()
        assert space.excess == 900 + 200 - 900
        space.measured(850, 0)
        await settled()
        assert not waiting.done()
        space.measured(800, 0)
        await waiting
        assert space.used == 1000

    async def test_a_clock_that_is_set_back_frees_nobody_early(self) -> None:
        clock = ManualClock()
        space = Space(1000, clock)
        waiting = asyncio.create_task(space.take(2000))
        await clock.sleeping()
        clock.advance(-3600)
        clock.advance(PATIENCE_SECONDS - 0.1)
        await settled()
        assert not waiting.done()
        clock.advance(0.1)
        with pytest.raises(StorageFailed):
            await waiting

    async def test_a_waiter_that_leaves_wants_nothing_more(self) -> None:
        clock = ManualClock()
        space = Space(1000, clock)
        space.measured(900, 0)
        waiting = asyncio.create_task(space.take(200))
        await clock.sleeping()
        waiting.cancel()
        await asyncio.gather(waiting, return_exceptions=True)
        await settled()
        assert space.excess == 0

    @pytest.mark.parametrize(
        ("used", "excess"), [(0, 0), (900, 0), (950, 0), (951, 51), (1000, 100), (1200, 300)]
    )
    async def test_eviction_begins_above_one_mark_and_ends_at_the_other(
        self, used: int, excess: int
    ) -> None:
        space = Space(1000, ManualClock())
        space.note(used)
        assert space.excess == excess
        assert space.wanted.is_set() == (excess > 0)
