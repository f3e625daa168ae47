"""Drives the event feed: tells `policy.feed` what has happened, and does what it says.

    socket ──────┐                                   ┌─► invalidator
    answers ─────┼─► happened ─► policy.feed ─► effects ─► questions to upstream, the socket
    time passing ┘        (one after the other)      └─► live, or not

What an event makes wrong is wrong in memory at once, however slow the disk is; that it is also
durable is waited for before the cursor is saved, and so before the feed goes live.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import Any

import structlog

from ayon_proxy.cache.change_scan import ChangeScan
from ayon_proxy.cache.feed_listening import FeedListening
from ayon_proxy.cache.feed_ports import ChangedEntities, EventLog, EventSocket
from ayon_proxy.cache.feed_questions import FeedQuestions, Happened, Question
from ayon_proxy.cache.feed_state import WITHOUT_IT, FeedState, State
from ayon_proxy.cache.feed_tasks import FeedTasks
from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.cache.ports import Clock, Journal
from ayon_proxy.cache.used_projects import UsedProjects
from ayon_proxy.errors import FeedFailed, StorageFailed
from ayon_proxy.policy import tags
from ayon_proxy.policy.feed import cursor, effects, inputs
from ayon_proxy.policy.feed.effects import Effect
from ayon_proxy.policy.feed.state import Feed, Phase
from ayon_proxy.policy.invalidation import unannounced
from ayon_proxy.policy.invalidation.studio import RESTARTED
from ayon_proxy.policy.invalidation.table import unknown_reach

log = structlog.get_logger(__name__)

NAME = "feed"
"""What the journal has the cursor under."""

TICK_SECONDS = 0.25
"""How often the feed is told that time passes."""

WAITING = 1000
"""So much of what has happened may wait; the socket is not read meanwhile."""

PENDING = 2000
"""So many invalidations may wait for the disk."""

AGAIN_SECONDS = 5.0
"""The pause after a defect of our own, before the feed is begun again."""

STATES: Mapping[Phase, State] = {
    Phase.LOST: "lost",
    Phase.UNCONFIRMED: "unconfirmed",
    Phase.CATCHING_UP: "catching_up",
    Phase.LIVE: "live",
}


class Watcher:
    """`live` and `state` may be read at any moment.

    `monotonic` gives seconds that never go back; `spread` (0 to 1) is chance, given once. `report`
    is told of a storage that fails.
    """

    def __init__(
        self,
        *,
        socket: EventSocket,
        event_log: EventLog,
        entities: ChangedEntities,
        invalidator: Invalidator,
        used: UsedProjects,
        journal: Journal,
        clock: Clock,
        report: Callable[[StorageFailed], None],
        spread: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._invalidator = invalidator
        self._used = used
        self._journal = journal
        self._clock = clock
        self._report = report
        self._spread = spread
        self._monotonic = monotonic
        self._happened: asyncio.Queue[Happened] = asyncio.Queue(WAITING)
        self._log = event_log
        scan = ChangeScan(entities, used, invalidator)
        self._questions = FeedQuestions(event_log, scan, invalidator, self._trouble)
        self._tasks = FeedTasks(met=self._not_live)
        self._listening = FeedListening(
            socket, self._happened.put, self._trouble, self._tasks.begin
        )
        self._proving: asyncio.Task[None] | None = None
        self._saving = asyncio.Lock()
        self._running: asyncio.Task[None] | None = None
        self._feed = Feed(cursor.Cursor(), monotonic())
        self._problem: str | None = None
        self._undurable = invalidator.undurable
        self.live = False
        """Whether every event is seen: the long lifetimes hold."""
        self.defects = 0
        """How often it had to be begun anew because of a defect of ours."""
        self._state = FeedState("lost", clock.now())

    @property
    def state(self) -> FeedState:
        """How it is doing."""
        phase = self._feed.phase
        if self.live:
            detail = None
        else:
            why = self._problem or "missed events have yet to be read"
            detail = f"{why[0].upper()}{why[1:]}: {WITHOUT_IT}."
        self._turn_to(phase)
        return replace(self._state, cursor=self._feed.cursor.last_order, detail=detail)

    @property
    def upstream_version(self) -> str | None:
        """What upstream called itself when it was last asked."""
        return self._feed.cursor.version

    def start(self) -> None:
        """Begin to watch."""
        self._running = asyncio.create_task(self._run(), name="watcher")

    def upstream_back(self) -> None:
        """Upstream was away: there is no need to wait any longer before it is asked."""
        with suppress(asyncio.QueueFull):
            self._happened.put_nowait(inputs.UpstreamBack)

    async def aclose(self) -> None:
        """Stop watching; invalidations that were begun are finished."""
        self.live = False
        if self._running is not None:
            self._running.cancel()
            await asyncio.gather(self._running, return_exceptions=True)

    async def _run(self) -> None:
        """For ever. A defect of ours must not end the feed in silence: it is begun anew."""
        while True:
            try:
                await self._watch()
            except Exception as defect:
                self.defects += 1
                log.exception("feed_failed", kind=type(defect).__name__)
            finally:
                self.live = False
                await self._put_down()
                self._feed = Feed(cursor.Cursor(), self._monotonic())
            await self._clock.sleep(AGAIN_SECONDS)

    async def _watch(self) -> None:
        self._feed = Feed(await self._recalled(), self._monotonic(), self._spread)
        ticking = asyncio.create_task(self._tick())
        try:
            while True:
                happened = [await self._happened.get()]
                while not self._happened.empty():
                    happened.append(self._happened.get_nowait())
                for each in happened:
                    for effect in self._told(each):
                        await self._carry_out(effect)
                self._tasks.expect_no_defect()
                if len(self._tasks.pending) > PENDING:
                    await self._tasks.durable()
        finally:
            ticking.cancel()

    def _told(self, happened: Happened) -> tuple[Effect, ...]:
        told = happened(self._monotonic())
        before = self._feed.phase
        answer = self._feed.receive(told)
        if isinstance(told, inputs.Message):
            self._state = replace(self._state, last_message_at=self._clock.now())
        if self._feed.phase is not before:
            self._turn_to(self._feed.phase)
        return answer

    def _turn_to(self, phase: Phase) -> None:
        """Live is what was told to be so by an effect, after all that had to be done before."""
        if phase is Phase.LIVE and not self.live:
            phase = Phase.CATCHING_UP
        if (name := STATES[phase]) != self._state.state:
            self._state = replace(self._state, state=name, since=self._clock.now())

    async def _tick(self) -> None:
        while True:
            await self._happened.put(inputs.Tick)
            await self._clock.sleep(TICK_SECONDS)

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case effects.Apply(event=event, age=age):
                self._state = replace(self._state, applied=self._state.applied + 1)
                self._tasks.invalidate(self._invalidator.apply(event, age))
            case (
                effects.AskInfo()
                | effects.CheckAnchor()
                | effects.FetchMissed()
                | effects.FetchUpdated()
                | effects.ScanChanges()
            ):
                self._tasks.begin(self._ask(effect))
            case effects.Connect():
                self._listening.connect()
            case effects.Authenticate():
                await self._listening.authenticate()
            case effects.ProveByOwnEvent():
                self._prove()
            case effects.Disconnect():
                self._listening.disconnect()
            case effects.GoLive():
                await self._tasks.durable()
                self._go_live()
            case effects.LeaveLive(reason=reason):
                self.live = False
                self._problem = reason
                log.warning("feed_not_live", reason=reason, lost=WITHOUT_IT)
            case effects.SaveCursor(cursor=reached):
                self._tasks.begin(self._save(reached, tuple(self._tasks.pending)))
            case _:
                log.info("feed_dropped", what=type(effect).__name__, reason=effect.reason)
                self._tasks.invalidate(self._invalidator.drop(self._dropped(effect)))

    def _dropped(self, effect: Effect) -> Collection[str]:
        """Tags of what has to go without an event that says so."""
        projects = self._used.with_arriving
        match effect:
            case effects.InvalidateMutable():
                return {"answers"}
            case effects.InvalidateSchema():
                return unknown_reach(projects) | {*unannounced.SCHEMA}
            case effects.InvalidateRestarted():
                return {"answers", *RESTARTED}
            case effects.DropUnstored():
                return unannounced.unstored(projects)
            case _:
                return {tags.EVERYTHING}

    async def _ask(self, question: Question) -> None:
        await self._happened.put(await self._questions.answer(question))

    def _prove(self) -> None:
        if self._proving is None or self._proving.done():
            self._proving = self._tasks.begin(self._send_proof())

    async def _send_proof(self) -> None:
        try:
            await self._log.prove(effects.OWN_TOPIC)
        except FeedFailed as failure:
            self._trouble(failure)

    def _not_live(self) -> None:
        self.live = False

    def _go_live(self) -> None:
        self.live = True
        self._problem = None
        self._turn_to(Phase.LIVE)
        log.info("feed_live", order=self._feed.cursor.last_order)

    async def _save(self, reached: cursor.Cursor, before: Collection[asyncio.Task[Any]]) -> None:
        """What could not be made durable is read again by the next process: the cursor stays."""
        async with self._saving:
            await asyncio.gather(*before)
            self._tasks.expect_no_defect()
            if self._invalidator.undurable != self._undurable:
                return
            try:
                await self._journal.remember(NAME, reached.to_json().encode())
            except StorageFailed as failure:
                self._report(failure)

    async def _recalled(self) -> cursor.Cursor:
        try:
            content = await self._journal.recall(NAME)
        except StorageFailed as failure:
            self._report(failure)
            content = None
        return cursor.from_json((content or b"").decode(errors="replace"))

    def _trouble(self, failure: FeedFailed) -> None:
        """Why it does not go on; said once for each reason."""
        problem = str(failure)
        if problem != self._problem and not self.live:
            log.warning("feed_trouble", reason=problem, lost=WITHOUT_IT)
        self._problem = problem

    async def _put_down(self) -> None:
        await self._listening.aclose()
        await self._tasks.end()
        while not self._happened.empty():
            self._happened.get_nowait()
