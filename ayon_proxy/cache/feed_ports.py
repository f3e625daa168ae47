"""The seams of the event feed: where it meets upstream. Kept apart from `ports`, the cache's own.

All of it is done with the service key. Every method raises FeedFailed and nothing else, and its
kind KeyRefused when it is the key that upstream does not accept, or not for this.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ayon_proxy.policy.feed.changed import ChangedEntity
from ayon_proxy.policy.feed.inputs import StoredEvent


@dataclass(frozen=True, slots=True)
class UpstreamInfo:
    """What upstream says of itself. `schema` is a digest of its attributes, `uptime` in seconds.

    `as_of` is upstream's clock when the question was sent, seconds since the epoch; here and below.
    """

    version: str
    schema: str
    uptime: float
    as_of: float


@dataclass(frozen=True, slots=True)
class LogEnd:
    """The highest order in the event log (None: it is empty), and whether an event is in it."""

    newest_order: int | None
    found: bool
    as_of: float


@dataclass(frozen=True, slots=True)
class LogPage:
    """Stored events in creation order; none: there are no more."""

    events: tuple[StoredEvent, ...]
    as_of: float


class EventLog(Protocol):
    """Upstream's stored events, and what else the feed asks about upstream."""

    async def info(self) -> UpstreamInfo:
        """Asking makes the session of the key that the socket needs (upstream/server.md 2.1).
        Raises KeyRefused unless the key is one of a service or an admin: others would be shown
        their own events only."""

    async def prove(self, topic: str) -> None:
        """Send an event of that topic that is not stored and belongs to no project."""

    async def end(self, event_id: str | None) -> LogEnd:
        """Where the log ends, and whether this event is in it."""

    async def after(self, order: int) -> LogPage:
        """The next stored events after that order."""

    async def updated_since(self, since: float) -> tuple[StoredEvent, ...] | None:
        """All events made, changed or reused since (seconds since the epoch), their order not
        told. None: they are too many to be read."""


class ChangedEntities(Protocol):
    """Entities by when they changed."""

    async def now(self) -> float:
        """Upstream's clock, not later than when it was asked. Seconds since the epoch."""

    def since(self, project: str, since: float) -> AsyncIterator[tuple[ChangedEntity, ...] | None]:
        """Folders, tasks, products, versions and representations changed since, in pages.

        None, as the last: there are more than can be read. A project that is not there has none.
        """


class OpenEventSocket(Protocol):
    """A socket that was opened. Nothing tells whether upstream accepts the key."""

    @property
    def close_code(self) -> int | None:
        """The code that upstream closed it with, once `messages` has ended."""

    async def authenticate(self) -> None:
        """Subscribe to everything."""

    def messages(self) -> AsyncIterator[Mapping[str, Any]]:
        """The JSON objects that arrive, until the socket is closed. Never raises."""

    async def aclose(self) -> None:
        """Give it up at once. Never raises."""


class EventSocket(Protocol):
    """Upstream's `/ws`."""

    async def open(self) -> OpenEventSocket: ...
