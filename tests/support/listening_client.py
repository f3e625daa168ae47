"""A client that listens on `/ws`, through a proxy or directly."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from ayon_proxy.demo.studio import Studio

DEADLINE = 10.0
HEARTBEAT = "heartbeat"
"""Invalidates nothing, so it can be sent to see whether a socket hears already."""


@dataclass
class ListeningClient:
    """What a socket is told, heartbeats left out."""

    socket: ClientConnection

    async def next(self, topic: str) -> dict[str, Any]:
        """The next message of that topic; others before it are passed over."""
        while True:
            message: dict[str, Any] = json.loads(await self.next_frame())
            if message["topic"] == topic:
                return message

    async def next_frame(self) -> str:
        """The next frame as it came."""
        async with asyncio.timeout(DEADLINE):
            while True:
                frame = await self.socket.recv(decode=True)
                assert isinstance(frame, str)
                if json.loads(frame)["topic"] != HEARTBEAT:
                    return frame


@asynccontextmanager
async def listening(url: str, token: str, studio: Studio) -> AsyncIterator[ListeningClient]:
    """Listen to everything. The block begins when the socket hears what happens in `studio`."""
    order = {"topic": "auth", "token": token, "subscribe": ["*"]}
    async with connect(url.replace("http", "ws", 1) + "/ws") as socket:
        await socket.send(json.dumps(order))
        async with asyncio.timeout(DEADLINE):
            heard = asyncio.ensure_future(socket.recv())
            while not heard.done():
                # AYON acknowledges nothing: say something until it is heard.
                studio.events.dispatch(HEARTBEAT, store=False)
                await asyncio.wait({heard}, timeout=0.02)
        yield ListeningClient(socket)
