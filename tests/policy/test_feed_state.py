"""The feed. Mutations that must each fail: live without a message, or without one of the poll, the
changed rows and the scan; a message not applied while lost; an id applied twice; progress not
applied; paging that ends at a page that is not full; no overlap; no flush for a missing anchor, a
lower maximum, a long gap, too many events; a lost message not noticed, or noticed before 5 s;
silence not noticed; reconnecting without a wait or with an unbounded one; a restart or another
version not noticed; a backoff slept out, a dead socket kept or one alive given up when upstream is
back; a stale answer taken for a current one; `seen` not saved."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.feed import bounds
from ayon_proxy.policy.feed.cursor import Cursor, from_json
from ayon_proxy.policy.feed.effects import (
    Apply,
    AskInfo,
    Authenticate,
    CheckAnchor,
    Connect,
    Disconnect,
    DropUnstored,
    Effect,
    FetchMissed,
    FetchUpdated,
    GoLive,
    InvalidateAll,
    InvalidateMutable,
    InvalidateRestarted,
    InvalidateSchema,
    LeaveLive,
    ProveByOwnEvent,
    SaveCursor,
    ScanChanges,
)
from ayon_proxy.policy.feed.inputs import (
    AnchorChecked,
    Closed,
    Failed,
    InfoSeen,
    Input,
    Message,
    MissedPage,
    Opened,
    Scanned,
    StoredEvent,
    Tick,
    UpdatedPage,
    UpstreamBack,
)
from ayon_proxy.policy.feed.log_reading import age
from ayon_proxy.policy.feed.state import Feed, Phase

E = TypeVar("E", bound=Effect)

EPOCH = 1_800_000_000.0
"""Upstream's clock when ours shows nought."""

HEARTBEAT: Mapping[str, Any] = {"topic": "heartbeat"}


def row(order: int, event_id: str = "", *, updated: str = "t", **event: Any) -> StoredEvent:
    """A stored event that nobody has changed, unless `updated` says so."""
    name = event_id or f"e{order}"
    document = {"topic": "entity.task.status_changed", "id": name, "store": True, **event}
    return StoredEvent(id=name, created_at="t", updated_at=updated, event=document, order=order)


class Server:
    """An upstream in memory that answers the feed's questions; time passes by hand."""

    def __init__(self, cursor: Cursor | None = None, *rows: StoredEvent) -> None:
        self.now = 0.0
        self.rows = list(rows)
        self.updated: tuple[StoredEvent, ...] = ()
        self.version = "1.16.0"
        self.schema = "s"
        self.started_at = EPOCH - 1000
        self.reachable = True
        self.page_size = 3
        self.cursor = cursor
        self.feed = Feed(cursor or Cursor(), 0.0)
        self.effects: list[Effect] = []

    def has(self, happened: Input) -> tuple[Effect, ...]:
        """Something happens; its effects are noted and carried out in turn."""
        done = self.feed.receive(happened)
        self.effects += done
        for effect in done:
            if isinstance(effect, SaveCursor):
                self.cursor = effect.cursor
            answer = self.answer(effect)
            if answer is not None:
                self.has(answer)
        return done

    def answer(self, effect: Effect) -> Input | None:
        as_of = EPOCH + self.now
        match effect:
            case Connect():
                return Opened(self.now) if self.reachable else Closed(self.now)
            case ProveByOwnEvent():
                return Message(self.now, {"topic": "own", "id": f"p{self.now}", "store": False})
            case AskInfo() | CheckAnchor() | FetchMissed() | FetchUpdated() | ScanChanges():
                if not self.reachable:
                    return Failed(now=self.now, ask=effect.ask)
        match effect:
            case AskInfo(ask=ask):
                uptime = as_of - self.started_at
                return InfoSeen(
                    now=self.now,
                    ask=ask,
                    version=self.version,
                    schema=self.schema,
                    uptime=uptime,
                    as_of=as_of,
                )
            case CheckAnchor(ask=ask, event_id=event_id):
                found = any(each.id == event_id for each in self.rows)
                newest = max((each.order or 0 for each in self.rows), default=None)
                return AnchorChecked(
                    now=self.now, ask=ask, found=found, newest_order=newest, as_of=as_of
                )
            case FetchMissed(ask=ask, after=after):
                later = sorted(
                    (each for each in self.rows if (each.order or 0) > after),
                    key=lambda each: each.order or 0,
                )
                page = tuple(later[: self.page_size])
                return MissedPage(now=self.now, ask=ask, events=page, as_of=as_of)
            case FetchUpdated(ask=ask):
                return UpdatedPage(now=self.now, ask=ask, events=self.updated)
            case ScanChanges(ask=ask):
                return Scanned(now=self.now, ask=ask, as_of=as_of)
        return None

    def passes(self, seconds: float, *, heartbeat: bool = True) -> list[Effect]:
        """Time passes, a tick a second; what was done meanwhile."""
        before = len(self.effects)
        for _ in range(round(seconds)):
            self.now += 1
            if heartbeat and self.feed.phase is not Phase.LOST and self.reachable:
                self.has(Message(self.now, HEARTBEAT))
            self.has(Tick(self.now))
        return self.effects[before:]

    def hears(self, each: StoredEvent) -> tuple[Effect, ...]:
        return self.has(Message(self.now, each.event))

    def done(self, kind: type[E]) -> list[E]:
        return [each for each in self.effects if isinstance(each, kind)]

    def applied(self) -> list[str]:
        """Ids of the applied events that are stored, in order."""
        events = [each.event for each in self.done(Apply)]
        return [each["id"] for each in events if each.get("store")]


def live(*rows: StoredEvent, cursor: Cursor | None = None) -> Server:
    """A feed that has gone live before this server; what it did for it is forgotten."""
    server = Server(cursor, *rows)
    server.passes(1)
    assert phase(server.feed) is Phase.LIVE
    server.effects.clear()
    return server


KNOWN = Cursor(
    last_order=5,
    anchor=(5, "e5"),
    polled_at=EPOCH - 60,
    scanned_at=EPOCH - 60,
    version="1.16.0",
    schema="s",
    started_at=EPOCH - 1000,
    seen=(("e4", "t"), ("e5", "t")),
)


def phase(feed: Feed) -> Phase:
    """The phase now: no type checker takes it for what it was a line before."""
    return feed.phase


def kinds(done: list[Effect] | tuple[Effect, ...]) -> list[type[Effect]]:
    return [type(each) for each in done]


def test_the_way_to_live_is_this() -> None:
    feed = Feed(KNOWN, 0.0)
    assert feed.receive(Tick(1)) == (AskInfo(1),)
    info = InfoSeen(now=1, ask=1, version="1.16.0", schema="s", uptime=1001, as_of=EPOCH + 1)
    assert feed.receive(info) == (Connect(),)
    assert feed.receive(Opened(2)) == (Authenticate(), ProveByOwnEvent())
    assert phase(feed) is Phase.UNCONFIRMED
    assert feed.receive(Message(2, HEARTBEAT)) == (
        Apply(HEARTBEAT),
        DropUnstored("there was no feed"),
        CheckAnchor(2, "e5"),
    )
    assert phase(feed) is Phase.CATCHING_UP
    anchor = AnchorChecked(now=2, ask=2, found=True, newest_order=7, as_of=EPOCH + 2)
    scan_since = EPOCH - 60 - bounds.SCAN_OVERLAP_SECONDS
    updated_since = EPOCH - 60 - bounds.OVERLAP_SECONDS
    assert feed.receive(anchor) == (FetchMissed(3, 0), ScanChanges(4, scan_since))
    page = MissedPage(now=3, ask=3, events=(row(5), row(7)), as_of=EPOCH + 2.5)
    assert feed.receive(page) == (Apply(row(7).event), FetchMissed(5, 7))
    assert feed.receive(Scanned(now=3, ask=4, as_of=EPOCH + 2)) == ()
    empty = MissedPage(now=3, ask=5, events=(), as_of=EPOCH + 3)
    assert feed.receive(empty) == (FetchUpdated(6, updated_since),)
    save, go = feed.receive(UpdatedPage(now=4, ask=6, events=()))
    assert go == GoLive()
    assert isinstance(save, SaveCursor)
    assert (save.cursor.last_order, save.cursor.anchor) == (7, (7, "e7"))
    assert (save.cursor.polled_at, save.cursor.scanned_at) == (EPOCH + 2.5, EPOCH + 2)
    assert ("e7", "t") in save.cursor.seen
    assert phase(feed) is Phase.LIVE


@pytest.mark.parametrize("left_out", [MissedPage, UpdatedPage, Scanned, AnchorChecked, Message])
def test_without_any_one_of_the_proofs_it_does_not_go_live(left_out: type[Input]) -> None:
    class Silent(Server):
        def answer(self, effect: Effect) -> Input | None:
            answer = super().answer(effect)
            return None if isinstance(answer, left_out) else answer

    server = Silent(KNOWN, row(5), row(6))
    server.passes(60, heartbeat=left_out is not Message)
    assert phase(server.feed) is not Phase.LIVE
    assert not server.done(GoLive)


def test_paging_ends_at_an_empty_page_only() -> None:
    server = Server(KNOWN, *(row(order) for order in (5, 6, 9, 10, 20)))
    server.page_size = 4
    server.passes(1)
    assert [each.after for each in server.done(FetchMissed)] == [0, 10, 20]
    assert server.applied() == ["e6", "e9", "e10", "e20"]


def test_paging_reaches_back_for_events_that_showed_up_late() -> None:
    at_5000 = replace(KNOWN, last_order=5000, anchor=(5000, "e5000"), seen=(("e5000", "t"),))
    server = Server(at_5000, row(3001), row(5000))
    server.passes(1)
    assert server.done(FetchMissed)[0].after == 5000 - bounds.OVERLAP_EVENTS
    assert server.applied() == ["e3001"]


def test_a_page_that_leads_nowhere_is_an_end() -> None:
    """No order in it: rather than asking the same again for ever."""
    server = Server(KNOWN, row(5))
    server.rows.append(StoredEvent("x", "t", "t", {"store": True, "id": "x"}, order=None))
    server.passes(1)
    assert phase(server.feed) is Phase.LIVE


def test_messages_are_applied_in_every_phase() -> None:
    feed = Feed(KNOWN, 0.0)
    for number, now in enumerate(Phase):
        feed.phase = now
        assert Apply(row(100 + number).event) in feed.receive(Message(1, row(100 + number).event))


@pytest.mark.parametrize("heard_first", [True, False])
def test_an_event_is_applied_once_by_whatever_way_it_came(*, heard_first: bool) -> None:
    server = live(row(5), cursor=KNOWN)
    server.rows.append(row(6))
    if heard_first:
        server.hears(row(6))
        server.passes(bounds.POLL_SECONDS)
    else:
        server.passes(bounds.POLL_SECONDS)
        server.hears(row(6))
    server.passes(60)
    assert server.applied() == ["e6"]
    assert not server.done(DropUnstored)


@pytest.mark.parametrize(
    "event",
    [
        {"topic": "heartbeat"},
        {"topic": "thumbnail.updated", "id": "x", "store": False},
        {"topic": "addon.install", "id": "x", "status": "finished"},
        {"topic": "a", "id": 7, "store": True},
    ],
    ids=["without an id", "not stored", "progress of a stored one", "an odd id"],
)
def test_what_may_be_something_new_under_its_id_is_always_applied(event: dict[str, Any]) -> None:
    server = live(row(5), cursor=KNOWN)
    for _ in range(2):
        assert server.has(Message(server.now, event)) == (Apply(event),)


def test_a_row_that_was_changed_in_silence_is_found() -> None:
    server = live(row(5), cursor=KNOWN)
    server.rows = [row(5, updated="later")]
    server.updated = (row(5, updated="later"),)
    server.passes(bounds.UPDATED_SECONDS + bounds.POLL_SECONDS)
    server.passes(bounds.UPDATED_SECONDS + bounds.POLL_SECONDS)
    assert server.applied() == ["e5"]


def test_a_reused_row_is_found_by_the_search_for_changed_rows() -> None:
    """Its order is old and its id is new (server.md 2.3)."""
    server = live(row(5), cursor=KNOWN)
    server.updated = (row(2, "reused", updated="later"),)
    server.passes(bounds.UPDATED_SECONDS + bounds.POLL_SECONDS)
    assert server.applied() == ["reused"]


def test_a_row_heard_and_changed_before_it_was_read_is_applied_again() -> None:
    server = live(row(5), cursor=KNOWN)
    server.hears(row(6))
    server.rows.append(row(6, updated="later"))
    server.passes(bounds.POLL_SECONDS)
    assert server.applied() == ["e6", "e6"]


def test_a_message_lost_while_the_socket_stays_open_is_repaired_within_30_s() -> None:
    server = live(row(5), cursor=KNOWN)
    server.passes(1)
    server.rows.append(row(6))
    before = len(server.done(ScanChanges))
    server.passes(30)
    assert server.applied() == ["e6"]
    assert server.done(DropUnstored) == [DropUnstored("the socket did not show a stored event")]
    assert len(server.done(ScanChanges)) > before
    assert phase(server.feed) is Phase.LIVE


def test_a_loss_is_judged_after_5_s_and_no_earlier() -> None:
    server = live(row(5), cursor=KNOWN)
    server.rows.append(row(6))
    server.passes(bounds.POLL_SECONDS + bounds.HEARD_WITHIN_SECONDS)
    assert server.applied() == ["e6"]
    assert not server.done(DropUnstored)
    done = kinds(server.passes(1))
    assert done.index(DropUnstored) < done.index(ScanChanges)


def test_what_a_lost_socket_has_not_shown_is_not_held_against_the_next() -> None:
    server = live(row(5), cursor=KNOWN)
    server.rows.append(row(6))
    server.passes(bounds.POLL_SECONDS)
    server.has(Closed(server.now))
    server.passes(20)
    assert phase(server.feed) is Phase.LIVE
    assert [each.reason for each in server.done(DropUnstored)] == ["there was no feed"]


FLUSHES: dict[str, tuple[Cursor, list[StoredEvent], type[Effect]]] = {
    "nothing is known": (Cursor(), [row(5)], InvalidateAll),
    "never polled": (replace(KNOWN, polled_at=None), [row(5)], InvalidateAll),
    "never scanned": (replace(KNOWN, scanned_at=None), [row(5)], InvalidateAll),
    "the anchor is gone": (KNOWN, [row(4), row(6)], InvalidateAll),
    "a lower maximum": (
        replace(KNOWN, anchor=(50, "e5"), last_order=50),
        [row(5)],
        InvalidateAll,
    ),
    "an empty log": (KNOWN, [], InvalidateAll),
    "a lower maximum, no anchor": (replace(KNOWN, anchor=None), [row(4)], InvalidateAll),
    "more than 24 h": (
        replace(KNOWN, polled_at=EPOCH - bounds.LONGEST_GAP_SECONDS - 1),
        [row(5)],
        InvalidateMutable,
    ),
    "no scan for more than 24 h": (
        replace(KNOWN, scanned_at=EPOCH - bounds.LONGEST_GAP_SECONDS - 1),
        [row(5)],
        InvalidateMutable,
    ),
    "more than 20,000 events": (
        KNOWN,
        [row(5), row(5 + bounds.LONGEST_GAP_EVENTS + 1)],
        InvalidateMutable,
    ),
}


@pytest.mark.parametrize("name", FLUSHES)
def test_what_cannot_be_caught_up_with_is_flushed(name: str) -> None:
    cursor, rows, flush = FLUSHES[name]
    server = Server(cursor, *rows)
    server.passes(1)
    assert phase(server.feed) is Phase.LIVE
    assert [type(each) for each in server.effects].count(flush) == 1
    newest = max((each.order or 0 for each in rows), default=0)
    assert server.done(FetchMissed)[0].after == max(0, newest - bounds.LIVE_OVERLAP_EVENTS)
    assert server.feed.cursor.last_order == newest
    assert not server.done(ScanChanges)


@pytest.mark.parametrize(
    ("cursor", "rows"),
    [
        (KNOWN, [row(5)]),
        (replace(KNOWN, anchor=None), [row(5)]),
        # The newest was one that upstream deletes by itself.
        (replace(KNOWN, last_order=6), [row(5)]),
        (replace(KNOWN, polled_at=EPOCH - bounds.LONGEST_GAP_SECONDS + 60), [row(5)]),
        (KNOWN, [row(5), row(5 + bounds.LONGEST_GAP_EVENTS)]),
    ],
)
def test_what_can_be_caught_up_with_is_kept(cursor: Cursor, rows: list[StoredEvent]) -> None:
    server = Server(cursor, *rows)
    server.passes(1)
    assert phase(server.feed) is Phase.LIVE
    assert not server.done(InvalidateAll) + server.done(InvalidateMutable)
    assert server.done(ScanChanges)


def test_only_events_that_stay_in_the_log_become_anchors() -> None:
    reused = row(7, topic="server.restart_required")
    server = live(row(5), row(6), reused, row(8, topic=None), cursor=KNOWN)
    assert server.feed.cursor.anchor == (6, "e6")
    assert server.feed.cursor.last_order == 8


def test_a_database_that_is_replaced_while_live_is_noticed_by_the_next_poll() -> None:
    server = live(row(5), cursor=KNOWN)
    server.rows = [row(1, "other")]
    server.passes(bounds.POLL_SECONDS)
    assert server.done(InvalidateAll)
    server.passes(bounds.POLL_SECONDS)
    assert len(server.done(InvalidateAll)) == 1
    assert server.feed.cursor.last_order == 1


def test_an_anchor_out_of_reach_of_a_poll_is_not_missed() -> None:
    far = replace(KNOWN, last_order=1000)
    server = live(row(5), row(1000, topic="x"), cursor=far)
    server.passes(bounds.POLL_SECONDS)
    assert not server.done(CheckAnchor)


def test_nothing_of_before_a_restart_of_the_proxy_is_applied_again() -> None:
    server = live(*(row(order) for order in range(1, 300)))
    server.passes(bounds.POLL_SECONDS)
    assert server.cursor is not None
    saved = from_json(server.cursor.to_json())
    again = Server(saved, *server.rows)
    again.now = server.now
    again.passes(1)
    assert phase(again.feed) is Phase.LIVE
    assert again.applied() == []
    assert not again.done(InvalidateAll) + again.done(InvalidateMutable)


def test_the_cursor_is_saved_after_events_and_else_now_and_then() -> None:
    server = live(row(5), cursor=KNOWN)
    server.passes(bounds.SAVE_SECONDS - 1)
    assert not server.done(SaveCursor)
    server.passes(bounds.POLL_SECONDS)
    assert len(server.done(SaveCursor)) == 1
    server.rows.append(row(6))
    server.passes(bounds.POLL_SECONDS)
    assert len(server.done(SaveCursor)) == 2


@pytest.mark.parametrize("now", [Phase.UNCONFIRMED, Phase.CATCHING_UP, Phase.LIVE])
def test_silence_is_loss(now: Phase) -> None:
    feed = live(row(5), cursor=KNOWN).feed
    feed.phase = now
    feed.receive(Message(10, HEARTBEAT))
    feed.phase = now
    assert Disconnect() not in feed.receive(Tick(10 + bounds.SILENCE_SECONDS - 1))
    lost = feed.receive(Tick(10 + bounds.SILENCE_SECONDS))
    assert Disconnect() in lost
    assert (LeaveLive in kinds(lost)) == (now is Phase.LIVE)
    assert phase(feed) is Phase.LOST


def test_a_socket_is_proved_again_and_again_until_it_shows_something() -> None:
    class Deaf(Server):
        def answer(self, effect: Effect) -> Input | None:
            return None if isinstance(effect, ProveByOwnEvent) else super().answer(effect)

    server = Deaf(KNOWN, row(5))
    server.passes(5, heartbeat=False)
    server.has(Tick(server.now + bounds.PROOF_SECONDS / 2))
    server.passes(1, heartbeat=False)
    assert len(server.done(ProveByOwnEvent)) == 6
    server.has(Message(server.now, HEARTBEAT))
    assert phase(server.feed) is Phase.LIVE


def test_the_wait_before_reconnecting_grows_and_is_bounded() -> None:
    server = live(row(5), cursor=KNOWN)
    server.reachable = False
    server.has(Closed(server.now))
    asked = [server.now for _ in range(300) if AskInfo in kinds(server.passes(1))]
    waits = [later - earlier for earlier, later in zip([1.0, *asked], asked, strict=False)]
    assert waits[:4] == [1, 2, 4, 5]
    assert set(waits[4:]) == {5}
    server.reachable = True
    server.passes(30)
    assert phase(server.feed) is Phase.LIVE
    server.has(Closed(server.now))
    assert AskInfo in kinds(server.passes(1))


def test_a_key_that_is_refused_is_tried_less_often() -> None:
    feed = Feed(KNOWN, 0.0)
    waits, asked = [], 0.0
    for second in range(200):
        for effect in feed.receive(Tick(second)):
            assert isinstance(effect, AskInfo)
            waits.append(second - asked)
            asked = second
            feed.receive(Failed(now=second, ask=effect.ask, refused=True))
    assert waits[:7] == [0, 1, 2, 4, 8, 16, 30]
    assert set(waits[7:]) == {30}


@pytest.mark.parametrize("spread", [0.0, 0.5, 1.0])
def test_proxies_do_not_reconnect_in_step(spread: float) -> None:
    feed = Feed(KNOWN, 0.0, spread)
    feed.receive(Tick(0))
    feed.receive(Closed(0))
    assert feed.receive(Tick(0.99 + spread)) == ()
    assert kinds(feed.receive(Tick(1.0 + spread))) == [AskInfo]


def test_a_refused_socket_is_tried_again_later() -> None:
    server = Server(KNOWN, row(5))
    feed = server.feed
    feed.receive(Tick(1))
    feed.receive(InfoSeen(now=1, ask=1, version="v", schema="s", uptime=1, as_of=EPOCH))
    assert feed.receive(Closed(1)) == ()
    assert feed.receive(Tick(1)) == ()
    assert kinds(feed.receive(Tick(2))) == [AskInfo]


def test_closing_a_lost_socket_is_no_second_loss() -> None:
    feed = Feed(KNOWN, 0.0)
    assert feed.receive(Closed(0)) == ()
    assert kinds(feed.receive(Tick(0))) == [AskInfo]


def test_a_socket_that_nobody_asked_for_is_ignored() -> None:
    assert Feed(KNOWN, 0.0).receive(Opened(1)) == ()


def test_an_upstream_that_says_it_restarts_is_left() -> None:
    server = live(row(5), cursor=KNOWN)
    done = server.has(Closed(server.now, bounds.GOING_AWAY))
    assert kinds(done) == [InvalidateRestarted, LeaveLive]
    assert phase(server.feed) is Phase.LOST


@pytest.mark.parametrize("offset", [0, 500_000], ids=["uptime fell", "uptime grew nevertheless"])
def test_a_restart_that_nobody_saw_is_noticed_when_back(offset: int) -> None:
    server = Server(replace(KNOWN, started_at=EPOCH - 1000 - offset), row(5))
    server.started_at = EPOCH - 900
    server.passes(1)
    assert len(server.done(InvalidateRestarted)) == 1
    assert not server.done(InvalidateSchema)


def test_a_restart_while_live_is_caught_up_with() -> None:
    server = live(row(5), cursor=KNOWN)
    server.passes(30)
    server.started_at = EPOCH + 20
    done = server.passes(bounds.INFO_SECONDS)
    for kind in (InvalidateRestarted, LeaveLive, DropUnstored, CheckAnchor, GoLive):
        assert kinds(done).count(kind) == 1


def test_info_is_asked_at_once_when_upstream_says_it_has_started() -> None:
    server = live(row(5), cursor=KNOWN)
    server.has(Message(server.now, {"topic": "server.started"}))
    assert AskInfo in kinds(server.passes(1))


def test_a_start_that_seems_to_move_a_little_is_no_restart() -> None:
    server = live(row(5), cursor=KNOWN)
    server.started_at += bounds.RESTART_TOLERANCE_SECONDS
    server.passes(bounds.INFO_SECONDS)
    assert server.done(AskInfo)
    assert not server.done(InvalidateRestarted)


def test_another_worker_that_is_older_is_no_restart() -> None:
    server = live(row(5), cursor=KNOWN)
    server.started_at -= 500
    server.passes(bounds.INFO_SECONDS)
    server.started_at += 500
    server.passes(bounds.INFO_SECONDS)
    assert server.done(AskInfo)
    assert not server.done(InvalidateRestarted)


@pytest.mark.parametrize("what", ["version", "schema"])
@pytest.mark.parametrize("when", ["while away", "while live"])
def test_another_version_or_other_attributes_flush_what_depends_on_them(
    what: str, when: str
) -> None:
    server = Server(KNOWN, row(5))
    if when == "while live":
        server.passes(1)
    setattr(server, what, "other")
    server.passes(bounds.INFO_SECONDS + 1)
    assert len(server.done(InvalidateSchema)) == 1
    assert phase(server.feed) is Phase.LIVE


def test_a_catch_up_that_fails_is_begun_again() -> None:
    class Failing(Server):
        failures = 1

        def answer(self, effect: Effect) -> Input | None:
            if isinstance(effect, FetchUpdated) and self.failures:
                self.failures -= 1
                return Failed(now=self.now, ask=effect.ask)
            return super().answer(effect)

    server = Failing(KNOWN, row(5))
    server.passes(1)
    assert phase(server.feed) is not Phase.LIVE
    server.passes(bounds.RETRY_SECONDS)
    assert phase(server.feed) is Phase.LIVE
    assert len(server.done(CheckAnchor)) == 2
    assert len(server.done(DropUnstored)) == 1


class Refusing(Server):
    refuses = False

    def answer(self, effect: Effect) -> Input | None:
        if self.refuses and isinstance(effect, AskInfo | CheckAnchor | FetchMissed):
            return Failed(now=self.now, ask=effect.ask, refused=True)
        return super().answer(effect)


def test_a_key_that_is_refused_loses_the_feed_at_once() -> None:
    server = Refusing(KNOWN, row(5))
    server.passes(1)
    assert phase(server.feed) is Phase.LIVE
    server.refuses = True
    happened = server.passes(bounds.POLL_SECONDS)
    assert phase(server.feed) is Phase.LOST
    assert LeaveLive in kinds(server.effects)
    assert Disconnect in kinds(server.effects)
    assert GoLive not in kinds(happened)


def test_a_key_that_is_accepted_again_brings_the_feed_back() -> None:
    server = Refusing(KNOWN, row(5))
    server.refuses = True
    server.passes(200)
    asked = len(server.done(AskInfo))
    assert asked <= 12
    assert not server.done(Connect)
    server.refuses = False
    server.passes(31)
    assert phase(server.feed) is Phase.LIVE


def test_one_failed_poll_is_no_loss_and_none_for_30_s_is() -> None:
    server = live(row(5), cursor=KNOWN)
    server.reachable = False
    for _ in range(round(bounds.POLL_DEADLINE_SECONDS)):
        server.has(Message(server.now, HEARTBEAT))
        server.passes(1)
        assert phase(server.feed) is Phase.LIVE
    server.has(Message(server.now, HEARTBEAT))
    assert LeaveLive in kinds(server.passes(1))
    assert phase(server.feed) is Phase.CATCHING_UP
    server.reachable = True
    server.passes(3)
    assert phase(server.feed) is Phase.LIVE


def test_scans_that_do_not_come_back_end_being_live() -> None:
    class Unscanned(Server):
        def answer(self, effect: Effect) -> Input | None:
            if isinstance(effect, ScanChanges) and self.now > 1:
                return Failed(now=self.now, ask=effect.ask)
            return super().answer(effect)

    server = Unscanned(KNOWN, row(5))
    server.passes(1 + bounds.SCAN_DEADLINE_SECONDS)
    assert phase(server.feed) is Phase.LIVE
    server.passes(1)
    assert phase(server.feed) is not Phase.LIVE
    assert server.done(LeaveLive) == [LeaveLive("changes can no longer be looked for")]


def test_while_live_all_is_asked_again_at_its_interval() -> None:
    server = live(row(5), cursor=KNOWN)
    server.passes(600)
    for kind, seconds in (
        (FetchUpdated, bounds.UPDATED_SECONDS),
        (ScanChanges, bounds.SCAN_SECONDS),
        (AskInfo, bounds.INFO_SECONDS),
    ):
        assert 600 / seconds - 2 <= len(server.done(kind)) <= 600 / seconds
    polls = [each for each in server.done(FetchMissed) if each.after == 0]
    assert len(polls) == 600 / bounds.POLL_SECONDS
    scans = server.done(ScanChanges)
    assert scans[-1].since >= EPOCH + 600 - bounds.SCAN_SECONDS - bounds.SCAN_OVERLAP_SECONDS - 1


def test_a_question_under_way_is_not_asked_again() -> None:
    class Slow(Server):
        slow = False

        def answer(self, effect: Effect) -> Input | None:
            waits = isinstance(effect, FetchMissed | FetchUpdated | ScanChanges | AskInfo)
            return None if self.slow and waits else super().answer(effect)

    server = Slow(KNOWN, row(5))
    server.passes(1)
    server.effects.clear()
    server.slow = True
    server.passes(bounds.POLL_DEADLINE_SECONDS - 1)
    assert len(server.done(FetchMissed)) == 1


def test_an_answer_that_nobody_waits_for_changes_nothing_but_its_events_count() -> None:
    server = live(row(5), cursor=KNOWN)
    before = server.feed.cursor
    late: list[Input] = [
        MissedPage(now=1, ask=999, events=(row(9),), as_of=EPOCH),
        UpdatedPage(now=1, ask=999, events=(row(8),)),
        Scanned(now=1, ask=999, as_of=EPOCH + 9999),
        AnchorChecked(now=1, ask=999, found=False, newest_order=None, as_of=EPOCH),
        InfoSeen(now=1, ask=999, version="x", schema="x", uptime=0, as_of=EPOCH),
        Failed(now=1, ask=999),
    ]
    for each in late:
        server.has(each)
    assert kinds(server.effects) == [Apply, Apply]
    assert server.feed.cursor == before


def test_a_poll_goes_on_until_its_changed_rows_are_read() -> None:
    class Slow(Server):
        def answer(self, effect: Effect) -> Input | None:
            slow = isinstance(effect, FetchUpdated) and self.now > 1
            return None if slow else super().answer(effect)

    server = Slow(KNOWN, row(5))
    server.passes(bounds.UPDATED_SECONDS + 5)
    (asked,) = (
        number
        for number, each in enumerate(server.effects)
        if isinstance(each, FetchUpdated) and number > server.effects.index(GoLive())
    )
    server.passes(bounds.POLL_SECONDS)
    assert FetchMissed not in kinds(server.effects[asked:])


def test_each_catch_up_looks_for_changed_rows() -> None:
    server = live(row(5), cursor=KNOWN)
    server.has(Closed(server.now))
    server.passes(2)
    assert phase(server.feed) is Phase.LIVE
    assert server.done(FetchUpdated)


def test_an_answer_from_before_the_loss_does_not_connect() -> None:
    server = live(row(5), cursor=KNOWN)
    feed = server.feed
    feed.receive(Message(2, {"topic": "server.started"}))
    asked = next(each for each in feed.receive(Tick(2)) if isinstance(each, AskInfo))
    feed.receive(Closed(2))
    late = InfoSeen(now=2, ask=asked.ask, version="v", schema="s", uptime=1, as_of=EPOCH)
    assert feed.receive(late) == ()


def test_what_is_remembered_is_bounded() -> None:
    server = live(row(5), cursor=KNOWN)
    for number in range(bounds.REMEMBERED_EVENTS + 500):
        server.feed.receive(Message(1, {"id": f"m{number}", "store": True}))
    assert Apply({"id": "m0", "store": True}) in server.feed.receive(
        Message(1, {"id": "m0", "store": True})
    )
    assert server.feed.receive(Message(1, {"id": "m900", "store": True})) == ()
    assert len(server.feed._log.saved()) == bounds.SAVED_EVENTS


def test_ids_are_forgotten_after_a_day() -> None:
    feed = Feed(Cursor(), 0.0)
    for number in range(4):
        feed.receive(Message(1, {"id": f"m{number}", "store": True}))
    late = 2 + bounds.REMEMBERED_SECONDS
    feed.receive(Message(late, {"id": "new", "store": True}))
    m0 = {"id": "m0", "store": True}
    assert Apply(m0) in feed.receive(Message(late, m0))
    assert feed.receive(Message(late, {"id": "new", "store": True})) == ()


CURSORS = st.builds(
    Cursor,
    last_order=st.none() | st.integers(),
    floor=st.integers(),
    anchor=st.none() | st.tuples(st.integers(), st.text()),
    polled_at=st.none() | st.floats(allow_nan=False),
    scanned_at=st.none() | st.floats(allow_nan=False),
    version=st.none() | st.text(),
    schema=st.none() | st.text(),
    started_at=st.none() | st.floats(allow_nan=False),
    seen=st.lists(st.tuples(st.text(), st.none() | st.text())).map(tuple),
)


@given(CURSORS)
def test_a_cursor_survives_being_written(cursor: Cursor) -> None:
    assert from_json(cursor.to_json()) == cursor


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=10,
)


@pytest.mark.parametrize(
    "odd",
    [{"last_order": "5"}, {"version": 1}, {"anchor": [1]}, {"seen": [["a"]]}, {"floor": None}],
)
def test_a_cursor_that_is_odd_in_one_part_is_empty(odd: dict[str, Any]) -> None:
    read = from_json(json.dumps({**json.loads(KNOWN.to_json()), **odd}))
    assert read == (KNOWN if "floor" in odd else Cursor())


@given(st.text() | JSON.map(json.dumps))
def test_what_is_no_cursor_is_an_empty_one(text: str) -> None:
    assert from_json(text) == Cursor()


@given(st.sampled_from(sorted(json.loads(KNOWN.to_json()))), JSON)
def test_a_cursor_with_one_odd_part_is_read_as_nothing_or_as_typed(name: str, odd: Any) -> None:
    read = from_json(json.dumps({**json.loads(KNOWN.to_json()), name: odd}))
    assert isinstance(read.version, str | None)
    assert isinstance(read.schema, str | None)
    assert read.last_order is None or type(read.last_order) is int
    assert all(isinstance(each[0], str) for each in read.seen)
    assert from_json(read.to_json()) == read or "NaN" in read.to_json()


STEPS = st.sampled_from(["event", "quiet event", "unstored", "close", "tick", "down", "up", "page"])


@given(st.lists(STEPS, max_size=60), st.integers(1, 5))
def test_whatever_happens_every_stored_event_is_applied_by_the_time_it_is_live_again(
    steps: list[str], page_size: int
) -> None:
    server = live(row(5), cursor=KNOWN)
    server.page_size = page_size
    order = 5
    for step in steps:
        match step:
            case "event" | "quiet event":
                order += 1
                server.rows.append(row(order))
                if step == "event" and server.feed.phase is not Phase.LOST:
                    server.hears(row(order))
            case "unstored":
                server.has(Message(server.now, {"topic": "x", "id": f"e{order}", "store": False}))
            case "close":
                server.has(Closed(server.now))
            case "down" | "up":
                server.reachable = step == "up"
            case _:
                server.passes(3)
    server.reachable = True
    server.passes(2 * max(bounds.RECONNECT_SECONDS) + bounds.POLL_DEADLINE_SECONDS)
    assert phase(server.feed) is Phase.LIVE
    assert sorted(set(server.applied())) == sorted(f"e{each}" for each in range(6, order + 1))
    assert len(server.applied()) == order - 5


@pytest.mark.parametrize(
    ("created", "updated", "expected"),
    [
        (0, 0, 3600 - bounds.LONGEST_TRANSACTION_SECONDS),
        (0, 3000, 600 - bounds.LONGEST_TRANSACTION_SECONDS),
        (3500, 3500, 0),
        (9999, 0, 0),
    ],
)
def test_an_event_read_back_is_as_old_as_its_row(
    created: int, updated: int, expected: float
) -> None:
    times = [datetime.fromtimestamp(EPOCH + each, UTC).isoformat() for each in (created, updated)]
    found = StoredEvent("e", times[0], times[1], {"topic": "entity.task.renamed"})
    assert age(found, EPOCH + 3600) == expected


@pytest.mark.parametrize("time", ["", "yesterday", "9999999", "0001-01-01T00:00:00"])
def test_an_event_with_an_odd_time_is_taken_for_new(time: str) -> None:
    assert age(StoredEvent("e", time, "2026-11-24T12:00:00Z", {}), EPOCH) >= 0
    assert age(StoredEvent("e", "", time, {}), EPOCH) == 0


class Hanging(Server):
    """While it hangs nothing is answered, nor refused."""

    hangs = False

    def answer(self, effect: Effect) -> Input | None:
        return None if self.hangs else super().answer(effect)


class TestUpstreamBack:
    def test_a_wait_before_connecting_is_over(self) -> None:
        server = Server(KNOWN, row(5))
        server.reachable = False
        server.passes(100)
        server.reachable = True
        assert phase(server.feed) is Phase.LOST
        assert not server.has(Tick(server.now))
        server.has(UpstreamBack(server.now))
        server.passes(1)
        assert phase(server.feed) is Phase.LIVE

    def test_an_attempt_that_hangs_is_given_up_for_a_new_one(self) -> None:
        server = Hanging(KNOWN, row(5))
        server.hangs = True
        server.passes(100)
        server.hangs = False
        assert kinds(server.has(UpstreamBack(server.now))) == [Disconnect]
        server.passes(1)
        assert phase(server.feed) is Phase.LIVE

    def test_a_socket_that_shows_what_is_sent_stays(self) -> None:
        server = Server(KNOWN, row(5))
        server.passes(1)
        server.has(Message(server.now, HEARTBEAT))
        assert ProveByOwnEvent in kinds(server.has(UpstreamBack(server.now)))
        server.passes(bounds.BACK_SECONDS + 1)
        assert phase(server.feed) is Phase.LIVE
        assert LeaveLive not in kinds(server.effects)

    def test_one_that_does_not_is_given_up_soon(self) -> None:
        server = Hanging(KNOWN, row(5))
        server.passes(1)
        assert phase(server.feed) is Phase.LIVE
        server.hangs = True
        server.has(Message(server.now, HEARTBEAT))
        server.has(UpstreamBack(server.now))
        server.passes(bounds.BACK_SECONDS - 1, heartbeat=False)
        assert phase(server.feed) is Phase.LIVE
        server.passes(1, heartbeat=False)
        assert phase(server.feed) is Phase.LOST

    def test_a_catch_up_that_hangs_is_begun_again(self) -> None:
        class HangingScan(Server):
            hangs = True

            def answer(self, effect: Effect) -> Input | None:
                return (
                    None
                    if self.hangs and isinstance(effect, ScanChanges)
                    else super().answer(effect)
                )

        server = HangingScan(KNOWN, row(5))
        server.passes(1)
        assert phase(server.feed) is Phase.CATCHING_UP
        server.hangs = False
        server.has(UpstreamBack(server.now))
        server.passes(1)
        assert phase(server.feed) is Phase.LIVE
