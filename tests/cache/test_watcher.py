"""The watcher: what the feed says is done, in its order, and what upstream does is survived.

Broken once, to see the tests fail: live before what was missed is durable, the cursor saved before
it, a cursor saved although an invalidation was lost, an event of the socket not applied, live kept
after the socket has ended, a defect that ends the feed, one of a question, a socket or an
invalidation that nobody looks at, a refused key not told.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest

from ayon_proxy.cache.feed_state import NO_KEY, NoFeed
from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.cache.used_projects import UsedProjects
from ayon_proxy.cache.watcher import NAME, Watcher
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy import tags
from ayon_proxy.policy.feed import bounds
from ayon_proxy.policy.feed.changed import ChangedEntity
from ayon_proxy.policy.feed.cursor import from_json
from tests.support.manual_clock import ManualClock
from tests.support.memory_feed import MemoryFeedUpstream
from tests.support.memory_ports import MemoryJournal, MemoryResponseIndex

TASK, FOLDER = "1" * 32, "2" * 32
RENAMED: dict[str, Any] = {"project": "film", "summary": {"entityId": TASK, "parentId": FOLDER}}


class Index(MemoryResponseIndex):
    """Its invalidations wait for `free`, and fail while `broken`."""

    def __init__(self) -> None:
        super().__init__()
        self.free = asyncio.Event()
        self.free.set()
        self.broken = False

    async def invalidate(self, tag_hashes: Collection[int], *args: Any, **kwargs: Any) -> None:
        await self.free.wait()
        if self.broken:
            raise StorageFailed("the disk is full")
        await super().invalidate(tag_hashes, *args, **kwargs)


@dataclass
class Rig:
    """A watcher over an upstream, a storage and a clock in memory."""

    clock: ManualClock = field(default_factory=ManualClock)
    index: Index = field(default_factory=Index)
    journal: MemoryJournal = field(default_factory=MemoryJournal)
    reported: list[StorageFailed] = field(default_factory=list)
    heard: Callable[[Mapping[str, Any]], None] = lambda _: None

    def __post_init__(self) -> None:
        self.upstream = MemoryFeedUpstream(self.clock)

    @asynccontextmanager
    async def watching(self, defects: int = 0) -> AsyncIterator[Watcher]:
        self.tags = TagClock(self.index)
        await self.tags.load()
        self.used = UsedProjects(self.journal)
        await self.used.load()
        invalidator = Invalidator(
            self.tags, self.journal, self.clock, self.reported.append, self.heard
        )
        watcher = Watcher(
            socket=self.upstream,
            event_log=self.upstream,
            entities=self.upstream,
            invalidator=invalidator,
            used=self.used,
            journal=self.journal,
            clock=self.clock,
            report=self.reported.append,
            spread=0.0,
            monotonic=self.clock.now,
        )
        watcher.start()
        try:
            yield watcher
            assert watcher.defects == defects
        finally:
            self.index.free.set()
            await watcher.aclose()
            await invalidator.aclose()

    async def until(self, true: Callable[[], bool], seconds: float = 60.0) -> None:
        """Let time pass until something is so; at most that much of it."""
        for _ in range(int(seconds / 0.25)):
            await self.rest()
            if true():
                return
            self.clock.advance(0.25)
        await self.rest()
        assert true()

    async def rest(self) -> None:
        """Let everything be done that can be done without time passing."""
        for _ in range(60):
            await asyncio.sleep(0)

    def invalidated(self, tag: str) -> int:
        return self.tags.last_invalidated(tags.tag_hash(tag))


@pytest.fixture
def rig() -> Rig:
    return Rig()


async def test_a_feed_goes_live_and_says_so(rig: Rig) -> None:
    async with rig.watching() as watcher:
        assert watcher.state.state == "lost"
        await rig.until(lambda: watcher.live, 2)
        state = watcher.state
        assert (state.state, state.detail) == ("live", None)
        assert state.last_message_at == rig.clock.now()
        assert watcher.upstream_version == "1.16.0"
    assert not watcher.live


async def test_an_event_is_applied_when_it_comes(rig: Rig) -> None:
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.live)
        before, applied = rig.invalidated(f"entity:{TASK}"), watcher.state.applied
        rig.upstream.dispatch("entity.task.renamed", **RENAMED)
        await rig.rest()
        assert rig.invalidated(f"entity:{TASK}") > before
        assert watcher.state.applied == applied + 1


async def test_a_slow_disk_keeps_no_event_from_being_applied_in_memory(rig: Rig) -> None:
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.live)
        rig.index.free.clear()
        for entity in (FOLDER, TASK):
            rig.upstream.dispatch(
                "entity.task.renamed",
                project="film",
                summary={"entityId": entity, "parentId": FOLDER},
            )
            await rig.rest()
        assert rig.invalidated(f"entity:{TASK}") > rig.invalidated(f"entity:{FOLDER}") > 0
        assert watcher.live


async def test_it_is_not_live_before_all_that_was_missed_is_durable(rig: Rig) -> None:
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.live)
    saved = await rig.journal.recall(NAME)
    rig.upstream.dispatch("entity.task.renamed", **RENAMED)
    rig.index.free.clear()
    async with rig.watching() as watcher:
        await rig.until(lambda: rig.invalidated(f"entity:{TASK}") > 0)
        for _ in range(20):
            rig.clock.advance(0.25)
            await rig.rest()
        assert (watcher.live, watcher.state.state) == (False, "catching_up")
        assert await rig.journal.recall(NAME) == saved
        rig.index.free.set()
        await rig.rest()
        assert (watcher.live, watcher.state.state) == (True, "live")
        assert await rig.journal.recall(NAME) != saved


async def test_what_happened_while_nobody_watched_is_invalidated_and_nothing_else(
    rig: Rig,
) -> None:
    rig.upstream.dispatch("entity.task.renamed", **RENAMED)
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.live)
    flushed = rig.invalidated("everything")
    rig.upstream.dispatch("entity.task.renamed", **RENAMED)
    async with rig.watching() as watcher:
        assert not watcher.live
        await rig.until(lambda: watcher.live)
        assert rig.invalidated(f"entity:{TASK}") > flushed
        assert rig.invalidated("everything") == flushed
        assert rig.invalidated("answers") == rig.invalidated("project:film") == 0


async def test_a_cursor_is_not_saved_once_an_invalidation_was_lost(rig: Rig) -> None:
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.live)
        saved = await rig.journal.recall(NAME)
        rig.index.broken = True
        rig.upstream.dispatch("entity.task.renamed", **RENAMED)
        await rig.rest()
        rig.index.broken = False
        rig.upstream.dispatch("entity.task.renamed", **RENAMED)
        await rig.until(lambda: watcher.state.cursor == 2)
        await rig.rest()
        assert rig.reported
        assert await rig.journal.recall(NAME) == saved


async def test_the_cursor_follows_the_log(rig: Rig) -> None:
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.live)
        for _ in range(7):
            rig.upstream.dispatch("entity.task.renamed", **RENAMED)
        await rig.until(lambda: watcher.state.cursor == 7)
        await rig.rest()
    saved = await rig.journal.recall(NAME)
    assert saved is not None
    assert from_json(saved.decode()).last_order == 7


@pytest.mark.parametrize("code", [None, 1000, bounds.GOING_AWAY])
async def test_a_socket_that_ends_ends_being_live_until_the_gap_is_closed(
    rig: Rig, code: int | None
) -> None:
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.live)
        flushed = rig.invalidated("settings")
        rig.upstream.hang_up(code)
        await rig.rest()
        assert not watcher.live
        assert watcher.state.state == "lost"
        assert "only the short lifetimes apply" in (watcher.state.detail or "")
        assert (rig.invalidated("settings") > flushed) == (code == bounds.GOING_AWAY)
        rig.upstream.dispatch("entity.task.renamed", **RENAMED)
        await rig.until(lambda: watcher.live, 5)
        assert rig.invalidated(f"entity:{TASK}") > 0


async def test_a_message_that_is_lost_is_found_within_30_s_and_repaired(rig: Rig) -> None:
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.live)
        unstored = rig.invalidated("type:film:activity")
        await rig.used.note("film")
        rig.upstream.deaf = True
        rig.upstream.dispatch("entity.task.renamed", **RENAMED)
        rig.upstream.deaf = False
        await rig.until(lambda: rig.invalidated(f"entity:{TASK}") > 0, 12)
        await rig.until(lambda: rig.invalidated("type:film:activity") > unstored, 18)
        assert watcher.live


async def test_a_change_without_an_event_is_found_by_a_scan_once(rig: Rig) -> None:
    async with rig.watching() as watcher:
        await rig.used.note("Film")
        await rig.until(lambda: watcher.live)
        at = "2099-01-01T00:00:00+00:00"
        rig.upstream.entities.append(ChangedEntity("film", "task", TASK, FOLDER, "", at))
        await rig.until(lambda: rig.invalidated(f"entity:{TASK}") > 0, 31)
        found = rig.invalidated(f"entity:{TASK}")
        scans = rig.upstream.asked.count("scan")
        await rig.until(lambda: rig.upstream.asked.count("scan") > scans + 1, 61)
        assert rig.invalidated(f"entity:{TASK}") == found


async def test_too_many_changes_invalidate_the_project_or_all_answers(rig: Rig) -> None:
    async with rig.watching() as watcher:
        await rig.used.note("film")
        await rig.until(lambda: watcher.live)
        rig.upstream.too_many = True
        await rig.until(lambda: rig.invalidated("answers:film") > 0, 31)
        await rig.until(lambda: rig.invalidated("answers") > 0, 91)
        assert rig.invalidated("project:film") == 0


async def test_a_key_that_is_refused_is_told_and_tried_again(rig: Rig) -> None:
    rig.upstream.refuses = True
    async with rig.watching() as watcher:
        await rig.until(lambda: rig.upstream.asked.count("info") > 2)
        assert watcher.state.state == "lost"
        assert (watcher.state.detail or "").startswith("Upstream does not accept the service key")
        rig.upstream.refuses = False
        await rig.until(lambda: watcher.live)
        rig.upstream.refuses = True
        await rig.until(lambda: watcher.state.state == "lost", 11)


async def test_a_socket_that_does_not_open_is_tried_again(rig: Rig) -> None:
    async with rig.watching() as watcher:
        rig.upstream.closed = True
        await rig.until(lambda: rig.upstream.asked.count("open") > 2)
        assert (watcher.state.detail or "").startswith("The socket can't be opened")
        rig.upstream.closed = False
        await rig.until(lambda: watcher.live)


async def test_a_defect_of_ours_does_not_end_the_feed(rig: Rig) -> None:
    async with rig.watching(defects=1) as watcher:
        await rig.until(lambda: watcher.live)
        rig.upstream.say({"topic": "entity.task.renamed", "id": "x", "store": True})
        sent: Any = object()  # what no adapter gives
        rig.upstream.say(sent)
        await rig.rest()
        assert not watcher.live
        await rig.until(lambda: watcher.live, 10)


@pytest.mark.parametrize("question", ["info", "open", "end", "after", "updated", "now", "scan"])
async def test_a_defect_in_a_question_does_not_keep_the_feed_waiting_for_ever(
    rig: Rig, question: str
) -> None:
    await rig.journal.remember("projects", b'["film"]')
    rig.upstream.defects[question] = RuntimeError("what no adapter raises")
    async with rig.watching(defects=1) as watcher:
        await rig.until(lambda: watcher.defects == 1, 40)
        await rig.until(lambda: watcher.live, 10)


async def test_an_event_whose_invalidation_met_a_defect_is_read_again(rig: Rig) -> None:
    met = list[Any]()

    def heard(event: Mapping[str, Any]) -> None:
        if event["topic"] == "entity.task.renamed" and not met:
            met.append(event)
            raise RuntimeError("a defect")

    rig.heard = heard
    async with rig.watching(defects=1) as watcher:
        await rig.until(lambda: watcher.live)
        known = from_json(rig.journal.facts[NAME].decode())
        rig.upstream.dispatch("entity.task.renamed", **RENAMED)
        await rig.rest()
        assert not watcher.live
        assert from_json(rig.journal.facts[NAME].decode()) == known
        before = rig.invalidated(f"entity:{TASK}")
        await rig.until(lambda: watcher.live, 10)
        assert rig.invalidated(f"entity:{TASK}") > before


async def test_it_stops_while_upstream_is_silent(rig: Rig) -> None:
    rig.upstream.paused.clear()
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.state.state == "catching_up")
    assert all(socket.given_up for socket in rig.upstream.sockets)


def test_without_a_key_it_says_plainly_what_is_lost() -> None:
    state = NoFeed(5.0).state
    assert (state.state, state.since, state.detail) == ("disabled", 5.0, NO_KEY)
    assert "only the short lifetimes apply: entities are up to 10 s old" in NO_KEY
    assert not NoFeed(5.0).live


async def test_what_is_dropped_is_also_that_of_an_answer_on_its_way(rig: Rig) -> None:
    async with rig.watching() as watcher:
        await rig.until(lambda: watcher.live)
        with rig.used.arriving(["Film"]):
            rig.upstream.hang_up()
            await rig.until(lambda: not watcher.live)
            await rig.until(lambda: watcher.live)
        assert rig.invalidated("type:film:activity") > 0
    assert "scan" not in rig.upstream.asked


async def test_projects_in_use_outlive_the_process() -> None:
    journal = MemoryJournal()
    used = UsedProjects(journal)
    await used.load()
    await asyncio.gather(used.note("Film"), used.note("film"), used.note("series"))
    again = UsedProjects(journal)
    await again.load()
    assert again.names == used.names == {"film", "series"}
    await journal.remember("projects", b"[]")
    await used.note("film")
    assert await journal.recall("projects") == b"[]", "what is known is not written again"


async def test_a_project_that_could_not_be_noted_is_noted_at_the_next_time() -> None:
    class Failing(MemoryJournal):
        broken = True

        async def remember(self, name: str, content: bytes) -> None:
            if self.broken:
                raise StorageFailed("the disk is full")
            await super().remember(name, content)

    journal = Failing()
    used = UsedProjects(journal)

    with pytest.raises(StorageFailed):
        await used.note("film")
    journal.broken = False
    await used.note("film")
    assert await journal.recall("projects") == b'["film"]'
