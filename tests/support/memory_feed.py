"""An upstream in memory as the event feed sees it: its log, its entities, its socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ayon_proxy.cache.feed_ports import LogEnd, LogPage, OpenEventSocket, UpstreamInfo
from ayon_proxy.errors import FeedFailed, KeyRefused
from ayon_proxy.policy.feed.changed import ChangedEntity
from ayon_proxy.policy.feed.inputs import StoredEvent
from tests.support.manual_clock import ManualClock

PAGE = 3


class MemoryEventSocket:
    """The `OpenEventSocket` port; deaf until it is authenticated."""

    def __init__(self, authorizes: bool) -> None:
        self.messages_sent: asyncio.Queue[Mapping[str, Any] | None] = asyncio.Queue()
        self.authorizes = authorizes
        self.authorized = False
        self.close_code: int | None = None
        self.given_up = False

    async def authenticate(self) -> None:
        self.authorized = self.authorizes

    async def messages(self) -> AsyncIterator[Mapping[str, Any]]:
        while (message := await self.messages_sent.get()) is not None:
            yield message

    async def aclose(self) -> None:
        self.given_up = True


class MemoryFeedUpstream:
    """The ports `EventLog`, `ChangedEntities` and `EventSocket` in one.

    `down` and `refuses` are two ways not to answer; `deaf` loses messages of sockets that stay
    open; `closed` is a socket that does not open. `paused` holds questions for the log back until
    it is set.
    """

    def __init__(self, clock: ManualClock | None = None) -> None:
        self.clock = clock or ManualClock()
        self.rows: list[StoredEvent] = []
        self.entities: list[ChangedEntity] = []
        self.too_many = False
        self.sockets: list[MemoryEventSocket] = []
        self.version = "1.16.0"
        self.started_at = self.clock.now() - 1000
        self.down = self.refuses = self.deaf = self.closed = False
        self.paused = asyncio.Event()
        self.paused.set()
        self.asked: list[str] = []
        self.defects: dict[str, Exception] = {}
        """By question: what it raises once, against its contract."""
        self._ids = 0

    def dispatch(self, topic: str, *, store: bool = True, **event: Any) -> str:
        """As upstream does: into the log, then to those who listen."""
        self._ids += 1
        at = datetime.fromtimestamp(self.clock.now(), UTC).isoformat()
        row = {"id": f"{self._ids:032x}", "topic": topic, "createdAt": at, "updatedAt": at, **event}
        if store and not topic.startswith("log."):
            self.rows.append(StoredEvent(row["id"], at, at, row, len(self.rows) + 1))
        self.say({**row, "store": store})
        return str(row["id"])

    def say(self, message: Mapping[str, Any]) -> None:
        for socket in self.sockets:
            if socket.authorized and not self.deaf:
                socket.messages_sent.put_nowait(message)

    def hang_up(self, code: int | None = None) -> None:
        """All sockets end."""
        for socket in self.sockets:
            socket.close_code = code
            socket.messages_sent.put_nowait(None)
        self.sockets.clear()

    def _ask(self, what: str) -> float:
        self.asked.append(what)
        if what in self.defects:
            raise self.defects.pop(what)
        if self.refuses:
            raise KeyRefused("upstream does not accept the service key")
        if self.down:
            raise FeedFailed("upstream does not answer the feed")
        return self.clock.now()

    async def info(self) -> UpstreamInfo:
        now = self._ask("info")
        return UpstreamInfo(self.version, "schema", now - self.started_at, now)

    async def prove(self, topic: str) -> None:
        self._ask("prove")
        self.dispatch(topic, store=False)

    async def end(self, event_id: str | None) -> LogEnd:
        now = self._ask("end")
        newest = max((each.order or 0 for each in self.rows), default=None)
        return LogEnd(newest, any(each.id == event_id for each in self.rows), now)

    async def after(self, order: int) -> LogPage:
        await self.paused.wait()
        now = self._ask("after")
        later = [each for each in self.rows if (each.order or 0) > order]
        return LogPage(tuple(later[:PAGE]), now)

    async def updated_since(self, since: float) -> tuple[StoredEvent, ...] | None:
        self._ask("updated")
        text = datetime.fromtimestamp(max(since, 0), UTC).isoformat()
        return None if self.too_many else tuple(e for e in self.rows if e.updated_at > text)

    async def now(self) -> float:
        return self._ask("now")

    async def since(
        self, project: str, since: float
    ) -> AsyncIterator[tuple[ChangedEntity, ...] | None]:
        self._ask("scan")
        text = datetime.fromtimestamp(max(since, 0), UTC).isoformat()
        yield tuple(e for e in self.entities if e.project == project and e.updated_at > text)
        if self.too_many:
            yield None

    async def open(self) -> OpenEventSocket:
        self._ask("open")
        if self.closed:
            raise FeedFailed("the socket can't be opened")
        self.sockets.append(MemoryEventSocket(authorizes=not self.refuses))
        return self.sockets[-1]
