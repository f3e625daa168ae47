"""What has happened: the inputs of the feed. `now` is seconds of a clock that never goes back.

An answer repeats the number of the question (`ask`), so that one to a question that nobody waits
for any more is told apart. `as_of` is upstream's clock when the question was sent (its Date field,
less the time the answer took), seconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A row of upstream's event log as read back.

    `order` is its place in the log (`creation_order`), None where the source does not tell.
    `created_at` and `updated_at` are upstream's texts, equal while nobody has changed the row.
    `event` is the row in the form of a message.
    """

    id: str
    created_at: str
    updated_at: str
    event: Mapping[str, Any]
    order: int | None = None


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed. Wanted several times a second: a proof is repeated at that pace."""

    now: float


@dataclass(frozen=True, slots=True)
class Opened:
    """The socket is open; that upstream accepts the key is not known."""

    now: float


@dataclass(frozen=True, slots=True)
class Message:
    """A frame of the socket that holds a JSON object."""

    now: float
    event: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Closed:
    """The socket is closed, or could not be opened."""

    now: float
    code: int | None = None


@dataclass(frozen=True, slots=True)
class UpstreamBack:
    """Upstream was away, and answers again; a socket that is open may be of a line that is gone."""

    now: float


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoSeen:
    """`GET /api/info` was answered. `schema` is a digest of the attributes it lists."""

    now: float
    ask: int
    version: str
    schema: str
    uptime: float
    as_of: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AnchorChecked:
    """Whether the anchor is still in the log, and the highest order there; None: an empty log."""

    now: float
    ask: int
    found: bool
    newest_order: int | None
    as_of: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MissedPage:
    """Stored events after the order asked for, in that order. Empty: there are no more."""

    now: float
    ask: int
    events: tuple[StoredEvent, ...]
    as_of: float


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdatedPage:
    """All stored events that were made, changed or reused since the time asked for."""

    now: float
    ask: int
    events: tuple[StoredEvent, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """What the change scan found has been invalidated."""

    now: float
    ask: int
    as_of: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed:
    """A question could not be answered. `refused`: upstream does not accept the key."""

    now: float
    ask: int
    refused: bool = False


FromSocket: TypeAlias = Opened | Message | Closed
Answer: TypeAlias = InfoSeen | AnchorChecked | MissedPage | UpdatedPage | Scanned | Failed
Input: TypeAlias = Tick | UpstreamBack | FromSocket | Answer
