"""Reading upstream's event log: where to go on, what is news, and whether it is the same log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ayon_proxy.policy.feed.bounds import (
    LIVE_OVERLAP_EVENTS,
    LONGEST_GAP_EVENTS,
    LONGEST_GAP_SECONDS,
    LONGEST_TRANSACTION_SECONDS,
)
from ayon_proxy.policy.feed.cursor import Cursor
from ayon_proxy.policy.feed.effects import Apply, InvalidateAll, InvalidateMutable
from ayon_proxy.policy.feed.inputs import AnchorChecked, MissedPage, StoredEvent
from ayon_proxy.policy.feed.news import News

ANCHOR_TOPICS = "entity."
"""Events of these topics stay in the log. Others are deleted by upstream itself, or their row is
reused under a new id (upstream/server.md 1.1)."""


class LogReading:
    """One poll after the other, each from a little before the end of the last."""

    def __init__(self, cursor: Cursor, now: float) -> None:
        self._news = News(cursor.seen, now)
        self._after = 0
        self._expected_anchor: str | None = None
        self._begun_as_of: float | None = None
        self.heard = self._news.heard
        self.lost = self._news.lost
        self.excuse = self._news.excuse
        self.saved = self._news.saved

    def begin(self, cursor: Cursor, overlap: int) -> int:
        """A poll begins: the order after which to read."""
        self._after = max(cursor.floor, (cursor.last_order or 0) - overlap)
        self._begun_as_of = None
        anchor = cursor.anchor
        self._expected_anchor = anchor[1] if anchor and anchor[0] > self._after else None
        return self._after

    def found(
        self, rows: Iterable[StoredEvent], now: float, as_of: float | None, *, expected: bool
    ) -> Iterator[Apply]:
        """Apply what is news. `as_of`: upstream's clock when it was asked, or earlier."""
        for row in rows:
            if self._news.found(row, now, expected=expected):
                yield Apply(row.event, 0.0 if as_of is None else age(row, as_of))

    def read(self, cursor: Cursor, page: MissedPage) -> tuple[Cursor, int | None]:
        """The cursor after a page, and the order after which to go on; None at the end.

        The end is an empty page: a page that is not full says nothing (2.4 step 3).
        """
        if self._begun_as_of is None:
            self._begun_as_of = page.as_of
        furthest = self._after
        for row in page.events:
            if row.id == self._expected_anchor:
                self._expected_anchor = None
            order = row.order or 0
            furthest = max(furthest, order)
            if order > (cursor.anchor[0] if cursor.anchor else 0) and is_anchor(row.event):
                cursor = replace(cursor, anchor=(order, row.id))
        cursor = replace(cursor, last_order=max(cursor.last_order or 0, furthest))
        if furthest == self._after:
            return cursor, None
        self._after = furthest
        return cursor, furthest

    @property
    def begun_as_of(self) -> float | None:
        """Upstream's clock when the poll began: all that was in the log then has been read."""
        return self._begun_as_of

    @property
    def anchor_missed(self) -> bool:
        """The poll should have met the anchor and did not: perhaps it is another log."""
        return self._expected_anchor is not None


def age(row: StoredEvent, as_of: float) -> float:
    """For how many seconds, at least, the row has been in the log; 0 where that can't be told.

    Its times are those of the beginning of its transaction (2.3).
    """
    try:
        times = [datetime.fromisoformat(each) for each in (row.created_at, row.updated_at)]
        began = max(each.replace(tzinfo=each.tzinfo or UTC).timestamp() for each in times)
    except (ValueError, OverflowError, OSError):
        return 0.0
    return max(0.0, as_of - began - LONGEST_TRANSACTION_SECONDS)


def is_anchor(event: Mapping[str, Any]) -> bool:
    """Whether an event can be relied upon to stay in the log under its id."""
    topic = event.get("topic")
    return isinstance(topic, str) and topic.startswith(ANCHOR_TOPICS)


def flush(cursor: Cursor, checked: AnchorChecked) -> InvalidateAll | InvalidateMutable | None:
    """What cannot be caught up with; None when paging will do (2.4 steps 2 and 7)."""
    if cursor.last_order is None or cursor.polled_at is None or cursor.scanned_at is None:
        return InvalidateAll("nothing is known of what happened before")
    newest = checked.newest_order or 0
    if cursor.anchor is None:
        same = newest >= cursor.last_order
    else:
        same = checked.found and newest >= cursor.anchor[0]
    if not same:
        return InvalidateAll("upstream's database is another one, or was set back")
    synced_at = min(cursor.polled_at, cursor.scanned_at)
    if checked.as_of - synced_at > LONGEST_GAP_SECONDS:
        return InvalidateMutable("the gap is too long to be caught up with")
    if newest - cursor.last_order > LONGEST_GAP_EVENTS:
        return InvalidateMutable("too many events were missed")
    return None


def begun_anew(cursor: Cursor, checked: AnchorChecked) -> Cursor:
    """The cursor after a flush: what is in the log by now is behind it."""
    newest = checked.newest_order or 0
    return replace(
        cursor,
        last_order=newest,
        floor=max(0, newest - LIVE_OVERLAP_EVENTS),
        anchor=None,
        polled_at=checked.as_of,
        scanned_at=checked.as_of,
    )
