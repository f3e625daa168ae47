"""Are we seeing every event? The machine: what has happened in, what to do next out.

    LOST          no socket. When the wait is over: ask for info (which makes the key's session and
                  tells version and uptime), then connect.
    UNCONFIRMED   the socket is open. AYON acknowledges nothing, so an event of our own is sent,
                  again and again; the first message of any kind is the proof.
    CATCHING_UP   the anchor is checked, missed events are read until an empty page, changed rows
                  and changed entities are looked for. What messages that are not stored, and
                  changes without event, may have done meanwhile is dropped.
    LIVE          all of it is done, and repeated at intervals: messages get lost in silence.

Messages are applied in every phase. Applying twice is harmless; missing one is not.
The algorithm is that of upstream/server.md 2.4, its figures are in `bounds`; what is read from the
event log is judged in `log_reading`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from enum import Enum
from typing import Any

from ayon_proxy.policy.feed import bounds, effects, inputs
from ayon_proxy.policy.feed.asking import Asking, Question
from ayon_proxy.policy.feed.cursor import Cursor
from ayon_proxy.policy.feed.effects import Effect
from ayon_proxy.policy.feed.log_reading import LogReading, begun_anew, flush
from ayon_proxy.policy.feed.reconnecting import Reconnecting
from ayon_proxy.policy.feed.upstream_seen import upstream_changes


class Phase(Enum):
    """How much is known of what happens upstream."""

    LOST = "lost"
    UNCONFIRMED = "unconfirmed"
    CATCHING_UP = "catching_up"
    LIVE = "live"


_CATCHING_UP = (Question.ANCHOR, Question.MISSED, Question.UPDATED, Question.SCAN)


class Feed:
    """`spread` (0 to 1) is chance, given once: it keeps many proxies from connecting in step."""

    def __init__(self, cursor: Cursor, now: float, spread: float = 0.0) -> None:
        self.phase = Phase.LOST
        self.cursor = cursor
        self._now = now
        self._asking = Asking()
        self._log = LogReading(cursor, now)
        self._saved = cursor
        self._saved_at = now
        self._reconnecting = Reconnecting(now, spread)
        self._last_message_at = now
        self._proof_at = now
        self._polled_at = now
        self._scanned_at = now
        self._retry_at: float | None = None

    def receive(self, happened: inputs.Input) -> tuple[Effect, ...]:
        """What to do next."""
        self._now = happened.now
        match happened:
            case inputs.Tick():
                return tuple(self._time_passed())
            case inputs.UpstreamBack():
                return tuple(self._upstream_back())
            case inputs.Opened() | inputs.Message() | inputs.Closed():
                return tuple(self._from_socket(happened))
            case _:
                return tuple(self._answered(happened))

    def _from_socket(self, happened: inputs.FromSocket) -> Iterator[Effect]:
        match happened:
            case inputs.Opened():
                if self._reconnecting.under_way:
                    self._reconnecting.under_way = False
                    self.phase = Phase.UNCONFIRMED
                    self._last_message_at = self._proof_at = self._now
                    yield effects.Authenticate()
                    yield effects.ProveByOwnEvent()
            case inputs.Message(event=event):
                yield from self._message(event)
            case _:
                if happened.code == bounds.GOING_AWAY:
                    yield effects.InvalidateRestarted("upstream closed the socket to restart")
                if self._reconnecting.under_way or self.phase is not Phase.LOST:
                    yield from self._lose("the socket was closed")

    def _message(self, event: Mapping[str, Any]) -> Iterator[Effect]:
        self._last_message_at = self._now
        if self._log.heard(event, self._now):
            yield effects.Apply(event)
        if event.get("topic") in {"server.started", "server.restart_requested"}:
            self._asking.hurry(Question.INFO)
        if self.phase is Phase.UNCONFIRMED:
            yield from self._catch_up("there was no feed")

    def _lose(self, reason: str, *, refused: bool = False) -> Iterator[Effect]:
        if self.phase is Phase.LIVE:
            yield effects.LeaveLive(reason)
        self.phase = Phase.LOST
        self._retry_at = None
        self._asking.forget()
        self._log.excuse()
        self._reconnecting.lost(self._now, refused=refused)

    def _upstream_back(self) -> Iterator[Effect]:
        """What was asked while it was away is not waited for any longer."""
        self._asking.forget()
        if self.phase is Phase.LOST:
            if self._reconnecting.under_way:
                yield effects.Disconnect()
            self._reconnecting.hurry(self._now)
            return
        silent_since = self._now - bounds.SILENCE_SECONDS + bounds.BACK_SECONDS
        self._last_message_at = min(self._last_message_at, silent_since)
        yield effects.ProveByOwnEvent()
        if self.phase is Phase.CATCHING_UP:
            self._retry_at = self._now
        for question in (Question.INFO, Question.MISSED):
            self._asking.hurry(question)

    def _time_passed(self) -> Iterator[Effect]:
        if self.phase is Phase.LOST:
            if self._reconnecting.due(self._now):
                self._reconnecting.under_way = True
                yield effects.AskInfo(self._asking.ask(Question.INFO))
        elif self._now - self._last_message_at >= bounds.SILENCE_SECONDS:
            yield effects.Disconnect()
            yield from self._lose("the socket has been silent for too long")
        elif self.phase is Phase.UNCONFIRMED:
            if self._now - self._proof_at >= bounds.PROOF_SECONDS:
                self._proof_at = self._now
                yield effects.ProveByOwnEvent()
        elif self.phase is Phase.CATCHING_UP:
            if self._retry_at is not None and self._now >= self._retry_at:
                yield from self._check_anchor()
        else:
            yield from self._stay_live()

    def _stay_live(self) -> Iterator[Effect]:
        if self._now - self._polled_at > bounds.POLL_DEADLINE_SECONDS:
            yield from self._leave_live("stored events can no longer be read")
            return
        if self._now - self._scanned_at > bounds.SCAN_DEADLINE_SECONDS:
            yield from self._leave_live("changes can no longer be looked for")
            return
        if self._log.lost(self._now):
            yield effects.DropUnstored("the socket did not show a stored event")
            self._asking.hurry(Question.SCAN)
        for question in (Question.MISSED, Question.SCAN, Question.INFO):
            if self._asking.due(question, self._now) and not self._busy(question):
                self._asking.postpone(question, self._now)
                yield self._question(question)

    def _busy(self, question: Question) -> bool:
        """A poll goes on until its changed rows are read, too."""
        if question is Question.MISSED:
            return self._asking.waits_for(Question.MISSED, Question.UPDATED)
        return self._asking.waits_for(question)

    def _question(self, question: Question) -> Effect:
        if question is Question.MISSED:
            after = self._log.begin(self.cursor, bounds.LIVE_OVERLAP_EVENTS)
            return effects.FetchMissed(self._asking.ask(question), after)
        if question is Question.INFO:
            return effects.AskInfo(self._asking.ask(question))
        since = (self.cursor.scanned_at or 0.0) - bounds.SCAN_OVERLAP_SECONDS
        return effects.ScanChanges(self._asking.ask(question), since)

    @property
    def live(self) -> bool:
        """Whether every event is seen: the long lifetimes hold."""
        return self.phase is Phase.LIVE

    def _answered(self, answer: inputs.Answer) -> Iterator[Effect]:
        current = self._asking.answered(answer.ask)
        if isinstance(answer, inputs.MissedPage | inputs.UpdatedPage):
            # Facts, whoever still waits for them.
            as_of = answer.as_of if isinstance(answer, inputs.MissedPage) else self._log.begun_as_of
            yield from self._log.found(answer.events, self._now, as_of, expected=self.live)
        if current is None:
            return
        match answer:
            case inputs.InfoSeen():
                yield from self._info_seen(answer)
            case inputs.AnchorChecked():
                yield from self._anchor_checked(answer)
            case inputs.MissedPage():
                yield from self._missed_page(answer)
            case inputs.UpdatedPage():
                self.cursor = replace(self.cursor, polled_at=self._log.begun_as_of)
                self._asking.postpone(Question.UPDATED, self._now)
                yield from self._polled()
            case inputs.Scanned(as_of=as_of):
                self._scanned_at = self._now
                self.cursor = replace(self.cursor, scanned_at=as_of)
                yield from self._perhaps_go_live()
            case _:
                yield from self._failed(answer)

    def _failed(self, failed: inputs.Failed) -> Iterator[Effect]:
        if self.phase is Phase.LOST:
            yield from self._lose("upstream does not answer", refused=failed.refused)
        elif failed.refused:
            yield effects.Disconnect()
            reason = "upstream does not accept the service key any more"
            yield from self._lose(reason, refused=True)
        elif self.phase is Phase.CATCHING_UP:
            self._asking.forget()
            self._retry_at = self._now + bounds.RETRY_SECONDS

    def _info_seen(self, info: inputs.InfoSeen) -> Iterator[Effect]:
        changes = upstream_changes(self.cursor, info)
        self.cursor = changes.cursor
        if changes.restarted:
            yield effects.InvalidateRestarted("upstream has restarted")
        if changes.schema:
            yield effects.InvalidateSchema("upstream has another version or other attributes")
        if self.phase is Phase.LOST:
            yield effects.Connect()
        elif changes.restarted:
            yield from self._leave_live("upstream has restarted")

    def _leave_live(self, reason: str) -> Iterator[Effect]:
        yield effects.LeaveLive(reason)
        yield from self._catch_up(reason)

    def _catch_up(self, reason: str) -> Iterator[Effect]:
        yield effects.DropUnstored(reason)
        yield from self._check_anchor()

    def _check_anchor(self) -> Iterator[Effect]:
        self.phase = Phase.CATCHING_UP
        self._retry_at = None
        self._asking.forget()
        anchor = self.cursor.anchor
        yield effects.CheckAnchor(self._asking.ask(Question.ANCHOR), anchor and anchor[1])

    def _anchor_checked(self, checked: inputs.AnchorChecked) -> Iterator[Effect]:
        flushed = flush(self.cursor, checked)
        if flushed is not None:
            yield flushed
            self.cursor = begun_anew(self.cursor, checked)
        if self.live:
            return
        overlap = bounds.OVERLAP_EVENTS if flushed is None else bounds.LIVE_OVERLAP_EVENTS
        after = self._log.begin(self.cursor, overlap)
        yield effects.FetchMissed(self._asking.ask(Question.MISSED), after)
        if flushed is None:
            yield self._question(Question.SCAN)

    def _missed_page(self, page: inputs.MissedPage) -> Iterator[Effect]:
        self.cursor, further = self._log.read(self.cursor, page)
        if further is not None:
            yield effects.FetchMissed(self._asking.ask(Question.MISSED), further)
        elif not self.live or self._asking.due(Question.UPDATED, self._now):
            overlap = bounds.SCAN_OVERLAP_SECONDS if self.live else bounds.OVERLAP_SECONDS
            since = (self.cursor.polled_at or 0.0) - overlap
            yield effects.FetchUpdated(self._asking.ask(Question.UPDATED), since)
        else:
            yield from self._polled()

    def _polled(self) -> Iterator[Effect]:
        self._polled_at = self._now
        if self.live:
            if self._log.anchor_missed and self.cursor.anchor is not None:
                ask = self._asking.ask(Question.ANCHOR)
                yield effects.CheckAnchor(ask, self.cursor.anchor[1])
            moved = self.cursor.last_order != self._saved.last_order
            if moved or self._now - self._saved_at >= bounds.SAVE_SECONDS:
                yield self._save()
        else:
            yield from self._perhaps_go_live()

    def _perhaps_go_live(self) -> Iterator[Effect]:
        if self.phase is not Phase.CATCHING_UP or self._asking.waits_for(*_CATCHING_UP):
            return
        self.phase = Phase.LIVE
        self._reconnecting.proved()
        self._scanned_at = self._now
        for question in (Question.MISSED, Question.SCAN, Question.INFO):
            self._asking.postpone(question, self._now)
        yield self._save()
        yield effects.GoLive()

    def _save(self) -> Effect:
        self.cursor = replace(self.cursor, seen=self._log.saved())
        self._saved, self._saved_at = self.cursor, self._now
        return effects.SaveCursor(self.cursor)
