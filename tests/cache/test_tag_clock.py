"""The tag clock forgets old tags, and never lets a wrong answer pass for it.

Broken by hand once each: the floor left at 0, or set to the younger generation's end; what is
loaded without its floor; a lasting tag among the others. Each fails here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.cache.ports import Invalidations
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage.packing import packed_hashes
from tests.support.memory_ports import MemoryResponseIndex

GENERATION = 4


@dataclass
class Remembering:
    """A clock beside a record of all that ever happened to it."""

    index: MemoryResponseIndex = field(default_factory=MemoryResponseIndex)
    record: dict[int, int] = field(default_factory=dict)
    clock: TagClock = field(init=False)

    def __post_init__(self) -> None:
        self.clock = TagClock(self.index, GENERATION)

    async def invalidate(self, tags: frozenset[int]) -> None:
        await self.clock.invalidate(tags)
        self.record.update(dict.fromkeys(tags, self.clock.sequence))

    async def restart(self) -> None:
        self.clock = TagClock(self.index, GENERATION)
        await self.clock.load()

    def invalid(self, tags: frozenset[int], begun_seq: int) -> bool:
        return any(self.record.get(tag, 0) > begun_seq for tag in tags)


some_tags = st.frozensets(st.integers(0, 12), max_size=3)
steps = st.lists(st.one_of(some_tags, st.sampled_from(["prune", "restart"])), max_size=40)


@given(steps=steps, tags=some_tags, back=st.integers(0, 30))
async def test_forgetting_never_makes_an_invalid_response_valid(
    steps: list[frozenset[int] | str], tags: frozenset[int], back: int
) -> None:
    clock = Remembering()
    for step in steps:
        if step == "prune":
            await clock.clock.prune()
        elif step == "restart":
            await clock.restart()
        else:
            assert isinstance(step, frozenset)
            await clock.invalidate(step)
    begun_seq = max(0, clock.clock.sequence - back)
    told = clock.clock.invalidated_since(packed_hashes(tags), begun_seq)
    if clock.invalid(tags, begun_seq):
        assert told
    elif begun_seq >= clock.clock.floor:
        assert not told


async def test_what_it_holds_stays_bounded_over_restarts() -> None:
    clock, floors = Remembering(), [0]
    for number in range(200):
        await clock.invalidate(frozenset({number}))
        if number % 3 == 2:
            await clock.restart()
        await clock.clock.prune()
        floors.append(clock.clock.floor)
        assert len(clock.index.invalidated) <= 3 * GENERATION
    assert floors == sorted(floors)
    assert clock.clock.floor > 180


async def test_the_last_invalidation_of_a_generation_counts_like_the_others() -> None:
    clock = Remembering()
    for number in range(1, GENERATION + 1):
        await clock.invalidate(frozenset({number}))
    newest = packed_hashes([GENERATION])
    assert clock.clock.invalidated_since(newest, GENERATION - 1)
    assert not clock.clock.invalidated_since(newest, GENERATION)


async def test_a_lasting_tag_invalidates_as_others_do() -> None:
    clock = TagClock(MemoryResponseIndex())
    await clock.invalidate([7], lasting=True)
    await clock.invalidate([8])
    assert clock.invalidated_since(packed_hashes([7]), 0)
    assert not clock.invalidated_since(packed_hashes([7]), 1)


async def test_a_lasting_tag_is_never_forgotten() -> None:
    clock = Remembering()
    await clock.clock.invalidate([99], lasting=True)
    for number in range(3 * GENERATION):
        await clock.invalidate(frozenset({number}))
    await clock.clock.prune()
    assert clock.clock.last_invalidated(99) == 1
    await clock.restart()
    assert clock.clock.last_invalidated(99) == 1
    assert clock.clock.last_invalidated(0) == 0


async def test_a_storage_that_fails_is_asked_again_to_forget() -> None:
    clock = Remembering()
    for number in range(3 * GENERATION):
        await clock.invalidate(frozenset({number}))
    clock.index.failure = StorageFailed("full")
    with pytest.raises(StorageFailed):
        await clock.clock.prune()
    clock.index.failure = None
    await clock.clock.prune()
    assert await clock.index.invalidations() == Invalidations(
        highest_seq=12, floor=8, last={8: 9, 9: 10, 10: 11, 11: 12}, lasting={}, logged=4
    )


async def test_the_floor_stands_when_another_program_keeps_more() -> None:
    clock = Remembering()
    for number in range(3 * GENERATION):
        await clock.invalidate(frozenset({number}))
    await clock.clock.prune()
    later = TagClock(clock.index, GENERATION + 2)
    await later.load()
    for number in (100, 101):
        await later.invalidate([number])
    assert later.floor == clock.clock.floor == 8
