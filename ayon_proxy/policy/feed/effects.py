"""What to do next: the effects of the feed, to be carried out in the order given.

Every question (those with an `ask`) is answered by the input named with it, or by `Failed`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from ayon_proxy.policy.feed.cursor import Cursor

OWN_TOPIC = "ayon_proxy.proof"
"""Topic of the events that the feed sends to itself."""


@dataclass(frozen=True, slots=True)
class AskInfo:
    """`GET /api/info` with the service key → InfoSeen.

    Asked before connecting, too: the socket accepts a key only if a REST call has made its session
    (upstream/server.md 2.1).
    """

    ask: int


@dataclass(frozen=True, slots=True)
class Connect:
    """Open the socket → Opened or Closed."""


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Send the auth message, subscribing to everything. It is never acknowledged."""


@dataclass(frozen=True, slots=True)
class ProveByOwnEvent:
    """Send an event that is not stored (`POST /api/events`), of OWN_TOPIC and without a
    project: it must come back on the socket."""


@dataclass(frozen=True, slots=True)
class Disconnect:
    """Give the socket up; no Closed is expected."""


@dataclass(frozen=True, slots=True)
class CheckAnchor:
    """Is this event still in the log, and what is the highest order? → AnchorChecked.

    `event_id` None asks for the highest order only.
    """

    ask: int
    event_id: str | None


@dataclass(frozen=True, slots=True)
class FetchMissed:
    """The next stored events by creation order → MissedPage."""

    ask: int
    after: int


@dataclass(frozen=True, slots=True)
class FetchUpdated:
    """Stored events whose `updatedAt` is later → UpdatedPage. Seconds since the epoch."""

    ask: int
    since: float


@dataclass(frozen=True, slots=True)
class ScanChanges:
    """Look for entities of the projects in use whose `updatedAt` is later, and invalidate them
    → Scanned. Seconds since the epoch."""

    ask: int
    since: float


@dataclass(frozen=True, slots=True)
class Apply:
    """Invalidate what this event tells of. `age`: for how many seconds, at least, it had been in
    upstream's log when it was read there; 0 for a message."""

    event: Mapping[str, Any]
    age: float = 0.0


@dataclass(frozen=True, slots=True)
class InvalidateAll:
    """Nothing stored may be taken for current, files included."""

    reason: str


@dataclass(frozen=True, slots=True)
class InvalidateMutable:
    """The same without files, whose ids never stand for other bytes."""

    reason: str


@dataclass(frozen=True, slots=True)
class InvalidateSchema:
    """What depends on the attributes or the version of upstream is no longer current."""

    reason: str


@dataclass(frozen=True, slots=True)
class InvalidateRestarted:
    """What a restart of upstream may change is no longer current (upstream/server.md 7), nor any
    answer that a change may have made old whose event died with upstream (1.1): a deletion, say, is
    found by no scan."""

    reason: str


@dataclass(frozen=True, slots=True)
class DropUnstored:
    """Invalidate what is told of by messages only that cannot be read back (2.2)."""

    reason: str


@dataclass(frozen=True, slots=True)
class GoLive:
    """From now on the long lifetimes hold."""


@dataclass(frozen=True, slots=True)
class LeaveLive:
    """From now on they do not."""

    reason: str


@dataclass(frozen=True, slots=True)
class SaveCursor:
    """Make it durable, after all that was to be invalidated before it."""

    cursor: Cursor


Effect: TypeAlias = (
    AskInfo
    | Connect
    | Authenticate
    | ProveByOwnEvent
    | Disconnect
    | CheckAnchor
    | FetchMissed
    | FetchUpdated
    | ScanChanges
    | Apply
    | InvalidateAll
    | InvalidateMutable
    | InvalidateSchema
    | InvalidateRestarted
    | DropUnstored
    | GoLive
    | LeaveLive
    | SaveCursor
)
