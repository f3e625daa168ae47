"""Which events are news, and which of them the socket should have shown but did not.

Every event may come by the socket, by paging and by the search for changed rows, in any order and
more than once. It is applied when it first comes, and again when its row was changed since.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import islice
from typing import Any

from ayon_proxy.policy.feed.bounds import (
    HEARD_WITHIN_SECONDS,
    REMEMBERED_EVENTS,
    REMEMBERED_SECONDS,
    SAVED_EVENTS,
)
from ayon_proxy.policy.feed.inputs import StoredEvent


class News:
    """The ids seen, bounded in number and age."""

    def __init__(self, seen: Iterable[tuple[str, str | None]], now: float) -> None:
        self._seen = {event_id: (now, updated_at) for event_id, updated_at in seen}
        self._unheard: dict[str, float] = {}

    def heard(self, event: Mapping[str, Any], now: float) -> bool:
        """Whether a message is to be applied.

        Only the message that announces a stored event can be told from another of the same id.
        Progress (without `store`) and what is not stored are always applied, and do not stand for
        the announcement.
        """
        event_id = event.get("id")
        if not isinstance(event_id, str) or event.get("store") is not True:
            return True
        self._unheard.pop(event_id, None)
        if event_id in self._seen:
            return False
        self._remember(event_id, None, now)
        return True

    def found(self, row: StoredEvent, now: float, *, expected: bool) -> bool:
        """Whether a row that was read back is to be applied.

        `expected` says that the socket should have shown it, or will within a moment.
        """
        if row.id not in self._seen:
            if expected:
                self._unheard[row.id] = now
            self._remember(row.id, row.updated_at, now)
            return True
        at, last = self._seen[row.id]
        self._seen[row.id] = (at, row.updated_at)
        return row.updated_at != (row.created_at if last is None else last)

    def lost(self, now: float) -> bool:
        """Whether the socket has failed to show an event; says so once for each."""
        late = [each for each, at in self._unheard.items() if now - at > HEARD_WITHIN_SECONDS]
        for event_id in late:
            del self._unheard[event_id]
        return bool(late)

    def excuse(self) -> None:
        """The socket is gone: what it has not shown so far is no longer awaited."""
        self._unheard.clear()

    def saved(self) -> tuple[tuple[str, str | None], ...]:
        """What a cursor keeps of it: the newest ids."""
        return tuple((each, at[1]) for each, at in list(self._seen.items())[-SAVED_EVENTS:])

    def _remember(self, event_id: str, updated_at: str | None, now: float) -> None:
        self._seen[event_id] = (now, updated_at)
        # Two forgotten for each one remembered keep up with any backlog.
        for oldest, (at, _) in list(islice(self._seen.items(), 2)):
            if len(self._seen) > REMEMBERED_EVENTS or now - at > REMEMBERED_SECONDS:
                del self._seen[oldest]
