"""A TCP line between the proxy and its upstream that goes dead without a word, and is mended.

While it is dead everybody connects and nothing comes through. What was connected before stays dead
for good, as behind a router that has forgotten its connections.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

READ_BYTES = 65536


class BreakableLine:
    """`url` is where the proxy finds its upstream."""

    def __init__(self, upstream_port: int) -> None:
        self._upstream_port = upstream_port
        self._dead = False
        self._alive: set[asyncio.Event] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._writers: set[asyncio.StreamWriter] = set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def die(self) -> None:
        """From now on nothing comes through."""
        self._dead = True
        for alive in self._alive:
            alive.clear()

    def mend(self) -> None:
        """New connections work."""
        self._dead = False
        self._alive = set()

    async def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self._writers.add(writer)
        alive = asyncio.Event()
        if not self._dead:
            alive.set()
        self._alive.add(alive)
        with suppress(OSError, asyncio.CancelledError):
            there, back = await asyncio.open_connection("127.0.0.1", self._upstream_port)
            self._writers.add(back)
            await asyncio.gather(carry(reader, back, alive), carry(there, writer, alive))

    def cut(self) -> None:
        """Nobody is connected any more."""
        for task in self._tasks:
            task.cancel()
        for writer in self._writers:
            writer.transport.abort()


async def carry(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, alive: asyncio.Event
) -> None:
    """Bytes one way, while the connection is alive."""
    while data := await reader.read(READ_BYTES):
        await alive.wait()
        writer.write(data)
        await writer.drain()
    await alive.wait()
    writer.close()


@asynccontextmanager
async def breakable_line(upstream_port: int) -> AsyncIterator[BreakableLine]:
    """A line to that port."""
    line = BreakableLine(upstream_port)
    server = await asyncio.start_server(line.connected, "127.0.0.1", 0)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        line.cut()
