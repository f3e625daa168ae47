"""A demo server with the small film, and sockets that listen to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect

from ayon_proxy.demo.clock import Pace
from ayon_proxy.demo.film import PASSWORDS, SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio

SENTINEL = "test.sentinel"
SECONDS = 5.0
QUIET = Pace(unauthorized=60.0, quiet=60.0, heartbeat=60.0)
"""No heartbeat and no closing during a test."""


@dataclass
class Listener:
    """A socket of the demo server."""

    socket: ClientConnection
    studio: Studio

    async def ask(self, token: str, subscribe: Any = ("*",), project: str | None = None) -> None:
        """Send an authorization, and wait until the server has read it."""
        order = {"topic": "auth", "token": token, "subscribe": subscribe, "project": project}
        await self.say(json.dumps(order))

    async def say(self, text: str) -> None:
        """Send a message, and wait until the server has read it: it answers pings in order."""
        await self.socket.send(text)
        await (await self.socket.ping())

    async def heard(self) -> list[dict[str, Any]]:
        """What came until now, for a socket that hears everything."""
        self.studio.events.dispatch(SENTINEL, store=False)
        found = []
        while (message := await self.next())["topic"] != SENTINEL:
            found.append(message)
        return found

    async def next(self) -> dict[str, Any]:
        """The next message."""
        message: dict[str, Any] = json.loads(await asyncio.wait_for(self.socket.recv(), SECONDS))
        return message


@dataclass
class Stage:
    """The server, a client with the service key, and access tokens by user."""

    demo: DemoServer
    client: httpx.AsyncClient
    tokens: dict[str, str]

    @property
    def studio(self) -> Studio:
        """The film."""
        return self.demo.studio

    @asynccontextmanager
    async def listening(
        self, token: str | None = SERVICE_KEY, subscribe: Any = ("*",), project: str | None = None
    ) -> AsyncIterator[Listener]:
        """An authorized socket; None leaves it unauthorized."""
        async with connect(self.demo.url.replace("http", "ws") + "/ws") as socket:
            listener = Listener(socket, self.studio)
            if token is not None:
                await listener.ask(token, subscribe, project)
            yield listener

    async def patch(self, path: str, body: Any, status: int = 204) -> None:
        """PATCH below the film's project."""
        answer = await self.client.patch(f"/api/projects/little_film{path}", json=body)
        assert answer.status_code == status, answer.text


@asynccontextmanager
async def stage(pace: Pace = QUIET, *, upstream_caches: bool = False) -> AsyncIterator[Stage]:
    """A running server, with everybody logged in and a session for the service key."""
    studio = small_film(upstream_caches=upstream_caches)
    studio.pace = pace
    async with (
        DemoServer(studio) as demo,
        httpx.AsyncClient(base_url=demo.url, headers={"x-api-key": SERVICE_KEY}) as client,
    ):
        await client.get("/api/users/me")
        tokens = {}
        for name, password in PASSWORDS.items():
            login = {"name": name, "password": password}
            answer = await client.post("/api/auth/login", json=login)
            tokens[name] = answer.json()["token"]
        yield Stage(demo, client, tokens)
