"""Events and settling. Mutations that must each fail: `_applied` not asked; the second not waiting
for the first; an event applied in the task of whoever brings it, not finished at the end, or kept
for applied after a defect; a task for what is durable already; `later` left out; the intent not
opened, closed before it was carried out, or although that is not durable; recovery that does not
close; a failing storage that raises.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping
from typing import Any

import pytest

from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy.invalidation.table import Invalidation, Later
from ayon_proxy.policy.invalidation.topic import ASSIGNED_SECONDS
from ayon_proxy.policy.tags import tag_hash
from tests.cache.rig import DEADLINE, Rig, settled
from tests.support.memory_ports import MemoryResponseIndex

FOLDER = "a" * 32
EVENT = {
    "id": "1" * 32,
    "topic": "entity.folder.status_changed",
    "project": "film",
    "status": "finished",
    "progress": 100,
    "updatedAt": "2026-11-24T12:00:00",
    "summary": {"entityId": FOLDER, "parentId": "b" * 32},
}
ENTITY = f"entity:{FOLDER}"
MOVED = "entity.folder.renamed"
"""Upstream has to settle after it."""


def at(rig: Rig, tag: str) -> int:
    return rig.cache.tags.last_invalidated(tag_hash(tag))


async def test_an_event_is_applied_once(rig: Rig) -> None:
    await rig.cache.invalidator.apply(EVENT)
    first = at(rig, ENTITY)

    await rig.cache.invalidator.apply(dict(EVENT))

    assert 0 < first == at(rig, ENTITY)
    assert rig.cache.invalidator.applied == 1


@pytest.mark.parametrize("field", ["status", "progress", "updatedAt", "topic", "id"])
async def test_a_message_that_differs_is_another(rig: Rig, field: str) -> None:
    await rig.cache.invalidator.apply(EVENT)
    first = rig.cache.tags.sequence

    await rig.cache.invalidator.apply({**EVENT, field: "entity.folder.renamed"})

    assert rig.cache.tags.sequence > first


@pytest.mark.parametrize(
    "event",
    [{}, {"id": {"not": "hashable"}}, {"topic": 3, "project": []}, {"id": "x", "status": ["y"]}],
)
async def test_an_event_of_any_shape_is_taken(rig: Rig, event: dict[str, object]) -> None:
    await rig.cache.invalidator.apply(event)
    first = at(rig, "everything")
    await rig.cache.invalidator.apply(event)

    assert first > 0


@pytest.mark.parametrize("topic", [EVENT["topic"], MOVED])
async def test_an_event_that_is_durable_at_once_takes_no_turn_of_the_loop(
    rig: Rig, topic: str
) -> None:
    applying = rig.cache.invalidator.apply({**EVENT, "topic": topic})
    with pytest.raises(StopIteration):
        applying.send(None)
    assert at(rig, ENTITY) > 0
    assert rig.cache.invalidator.applied == 1


class SlowIndex(MemoryResponseIndex):
    """Invalidations wait for a barrier."""

    def __init__(self) -> None:
        super().__init__()
        self.hold = asyncio.Event()

    async def invalidate(
        self, tag_hashes: Collection[int], seq: int, *, lasting: bool = False
    ) -> None:
        await self.hold.wait()
        await super().invalidate(tag_hashes, seq, lasting=lasting)


async def test_who_brings_it_second_waits_until_it_is_applied() -> None:
    index = SlowIndex()
    rig = Rig(index=index)
    first = asyncio.create_task(rig.cache.invalidator.apply(EVENT))
    second = asyncio.create_task(rig.cache.invalidator.apply(EVENT))
    await settled()
    assert not first.done()
    assert not second.done()

    index.hold.set()
    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(first, second)


@pytest.mark.parametrize("turns", range(6))
async def test_an_event_is_applied_though_whoever_brought_it_leaves_at_any_turn(turns: int) -> None:
    index = SlowIndex()
    rig = Rig(index=index)
    bringing = asyncio.create_task(rig.cache.invalidator.apply({**EVENT, "topic": MOVED}))
    await settled(turns)
    begun = turns > 0
    bringing.cancel()
    await settled()

    assert bringing.cancelled()
    assert (at(rig, ENTITY) > 0) is begun
    assert bool(rig.journal.intents) is begun

    index.hold.set()
    await settled()
    rig.clock.advance(ASSIGNED_SECONDS)
    await settled()
    assert not rig.journal.intents


async def test_what_is_being_applied_at_the_end_is_finished() -> None:
    index = SlowIndex()
    rig = Rig(index=index)
    bringing = asyncio.create_task(rig.cache.invalidator.apply(EVENT))
    await settled()
    bringing.cancel()
    closing = asyncio.create_task(rig.cache.invalidator.aclose())
    await settled()
    assert not closing.done()

    index.hold.set()
    async with asyncio.timeout(DEADLINE):
        await closing
    assert index.invalidated


async def test_an_event_that_met_a_defect_is_applied_when_it_comes_again(rig: Rig) -> None:
    told = list[Any]()

    def heard(event: Mapping[str, Any]) -> None:
        told.append(event)
        if len(told) == 1:
            raise RuntimeError("a defect")

    cache = rig.cache
    invalidator = Invalidator(cache.tags, rig.journal, rig.clock, cache.store.report, heard=heard)
    with pytest.raises(RuntimeError):
        await invalidator.apply(EVENT)

    await invalidator.apply(EVENT)

    assert at(rig, ENTITY) > 0


async def test_what_has_to_settle_is_invalidated_again(rig: Rig) -> None:
    await rig.cache.invalidator.invalidate(
        Invalidation(frozenset({ENTITY}), (Later(3.0, frozenset({ENTITY})),))
    )
    first = at(rig, ENTITY)
    assert len(rig.journal.intents) == 1
    await settled()

    rig.clock.advance(2.9)
    await settled()
    assert at(rig, ENTITY) == first
    rig.clock.advance(0.2)
    await settled()

    assert at(rig, ENTITY) > first
    assert not rig.journal.intents


async def test_what_a_crash_left_open_is_done_at_the_next_start(rig: Rig) -> None:
    await rig.cache.invalidator.invalidate(
        Invalidation(frozenset(), (Later(3.0, frozenset({ENTITY})),))
    )
    await rig.cache.invalidator.aclose()
    rig.restart()
    await rig.cache.tags.load()

    await rig.cache.invalidator.recover()

    first = at(rig, ENTITY)
    assert first > 0
    await settled()
    rig.clock.advance(59)
    await settled()
    assert (at(rig, ENTITY), len(rig.journal.intents)) == (first, 1)

    rig.clock.advance(1)
    await settled()

    assert at(rig, ENTITY) > first
    assert not rig.journal.intents


async def test_what_did_not_become_durable_is_done_again_at_the_next_start(rig: Rig) -> None:
    await rig.cache.invalidator.invalidate(
        Invalidation(frozenset(), (Later(3.0, frozenset({ENTITY})),))
    )
    await settled()
    rig.index.failure = StorageFailed("disk full")
    rig.clock.advance(3)
    await settled()
    assert at(rig, ENTITY) > 0

    rig.index.failure = None
    rig.restart()
    await rig.cache.tags.load()
    assert not at(rig, ENTITY)
    rig.index.failure = StorageFailed("disk full")
    await rig.cache.invalidator.recover()
    await settled()
    rig.clock.advance(60)
    await settled()

    assert at(rig, ENTITY) > 0
    assert len(rig.journal.intents) == 1


async def test_a_storage_that_fails_keeps_nobody_from_forgetting(rig: Rig) -> None:
    rig.index.failure = rig.journal.failure = StorageFailed("disk full")

    await rig.cache.invalidator.apply(EVENT)

    assert at(rig, ENTITY) > 0


@pytest.mark.parametrize(("age", "waits"), [(0.0, True), (2.9, True), (3.1, False)])
async def test_what_happened_long_ago_has_settled(rig: Rig, age: float, waits: bool) -> None:
    await rig.cache.invalidator.apply(EVENT, age)

    assert at(rig, ENTITY) > 0
    assert bool(rig.journal.intents) is waits


async def test_each_time_has_its_own_tags_and_the_intent_waits_for_the_last(rig: Rig) -> None:
    early, late = Later(3.0, frozenset({"early"})), Later(125.0, frozenset({"late"}))
    await rig.cache.invalidator.invalidate(Invalidation(frozenset(), (late, early)))
    await settled()

    rig.clock.advance(3.1)
    await settled()
    assert (at(rig, "early") > 0, at(rig, "late"), len(rig.journal.intents)) == (True, 0, 1)
    rig.clock.advance(122)
    await settled()

    assert at(rig, "late") > at(rig, "early")
    assert not rig.journal.intents
