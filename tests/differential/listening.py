"""What upstream announces, and how it is known that the proxy has heard of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any, Protocol

import httpx
from websockets.asyncio.client import ClientConnection, connect

from tests.differential.answers import answer_of

SECONDS = 30.0
"""For what takes milliseconds on an idle machine."""
UNLISTENED = frozenset({"heartbeat"})


@dataclass
class Listener:
    """A socket of upstream's own, or of the proxy's; `heard` has every message, oldest first."""

    socket: ClientConnection
    heard: list[dict[str, Any]] = field(default_factory=list)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def listen(self) -> None:
        """Until the socket is closed."""
        async for text in self.socket:
            message = json.loads(text)
            if message["topic"] not in UNLISTENED:
                async with self._news:
                    self.heard.append(message)
                    self._news.notify_all()

    async def said(self, topic: str, word: str, since: int) -> None:
        """Wait for a message of the topic with a word in it, after the first `since`."""

        def is_there() -> bool:
            return any(
                each["topic"] == topic and word in json.dumps(each) for each in self.heard[since:]
            )

        async with asyncio.timeout(SECONDS), self._news:
            await self._news.wait_for(is_there)


@asynccontextmanager
async def listener(url: str, token: str) -> AsyncIterator[Listener]:
    """One that hears everything its token may; the token must have been used before."""
    async with connect(url.replace("http", "ws", 1) + "/ws", max_size=None) as socket:
        order = {"topic": "auth", "token": token, "subscribe": ["*"]}
        await socket.send(json.dumps(order))
        listening = Listener(socket)
        task = asyncio.create_task(listening.listen())
        try:
            yield listening
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


class Arrival(Protocol):
    """Knows when the proxy has heard what upstream has announced until now."""

    async def passed(self) -> None:
        """Wait for it."""


class AtOnce:
    """There is nothing between: the server itself is asked."""

    async def passed(self) -> None:
        """It has."""


@dataclass(frozen=True, slots=True)
class Marker:
    """An event that is not stored and true of nothing, about a folder of a project set apart.

    Messages keep their order: who has got it has got all that was announced before.
    """

    upstream: httpx.AsyncClient
    project: str
    folder: str

    @property
    def path(self) -> str:
        """Of that folder."""
        return f"/api/projects/{self.project}/folders/{self.folder}"

    async def send(self, word: str = "") -> None:
        """Have upstream announce it."""
        summary = {"entityId": self.folder, "parentId": None, "entityPath": "/", "value": word}
        order = {
            "topic": "entity.folder.label_changed",
            "project": self.project,
            "description": word,
            "summary": summary,
            "store": False,
        }
        (await self.upstream.post("/api/events", json=order)).raise_for_status()


@dataclass(frozen=True, slots=True)
class SeenInStore:
    """By the feed alone: the marker makes a stored answer about its folder unusable."""

    marker: Marker
    proxied: httpx.AsyncClient

    async def passed(self) -> None:
        """Ask for that folder until it is no hit any more."""
        async with asyncio.timeout(SECONDS):
            while not await self._is_hit():
                pass
            await self.marker.send()
            while await self._is_hit():
                pass

    async def _is_hit(self) -> bool:
        await asyncio.sleep(0.001)  # asking at full speed would hold the proxy up
        answer = answer_of(await self.proxied.get(self.marker.path))
        assert answer.status == 200, answer
        return answer.is_hit


@dataclass(frozen=True, slots=True)
class SeenOnSocket:
    """By a client's socket: the proxy hands a message on when it has been applied."""

    marker: Marker
    client: Listener
    numbers: count[int] = field(default_factory=count)

    async def passed(self) -> None:
        """Wait for the marker there."""
        word = f"marker {next(self.numbers)}."
        since = len(self.client.heard)
        await self.marker.send(word)
        await self.client.said("entity.folder.label_changed", word, since)
