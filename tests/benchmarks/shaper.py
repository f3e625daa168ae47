"""A long, thin line in this process: a TCP relay that is as slow as it is told to be.

    client ──▶ handshake ──▶ window ──▶ one queue for all, at `rate` ──▶ half a trip ──▶ server

Both directions have the rate to themselves. A connection has no more on its way than `window`, as
TCP has, and costs a round trip before its first byte; nothing is lost and no start is slow, so what
really is a long line is somewhat slower than this.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

PIECE_BYTES = 8 * 1024
"""What others wait for at most, before their own next piece: 3 ms at 20 Mbit/s."""


@dataclass(frozen=True, slots=True)
class Shape:
    """`rate` in bytes a second, `round_trip` in seconds, `window` in bytes."""

    rate: float
    round_trip: float
    window: int

    @classmethod
    def of(cls, megabits: float, milliseconds: float, window: int) -> Shape:
        """As people name them."""
        return cls(megabits * 1e6 / 8, milliseconds / 1000, window)


@dataclass
class _Queue:
    """One direction: when the line is through with what was sent so far."""

    rate: float
    free_at: float = 0.0

    def passed(self, size: int, now: float) -> float:
        """When `size` bytes more have left."""
        self.free_at = max(now, self.free_at) + size / self.rate
        return self.free_at


@dataclass
class ShapedLine:
    """`port` is where the other end is found."""

    upstream_port: int
    shape: Shape
    port: int = 0
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._there, self._back = (_Queue(self.shape.rate) for _ in range(2))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._relay(reader, writer))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(self.shape.round_trip)
        there, back = await asyncio.open_connection("127.0.0.1", self.upstream_port)
        try:
            # When one end has gone, nothing of the other's takes the line any more.
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, back, self._there))
                both.create_task(self._pass(there, writer, self._back))
        except* OSError:
            pass
        finally:
            back.transport.abort()
            writer.close()

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, queue: _Queue
    ) -> None:
        loop, half = asyncio.get_running_loop(), self.shape.round_trip / 2
        on_its_way = 0
        moved = asyncio.Event()
        arriving: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        def acknowledged(size: int) -> None:
            nonlocal on_its_way
            on_its_way -= size
            moved.set()

        async def deliver() -> None:
            while True:
                due, data = await arriving.get()
                await asyncio.sleep(due - loop.time())
                if not data:
                    with suppress(OSError):
                        writer.write_eof()
                    return
                writer.write(data)
                await writer.drain()
                loop.call_later(half, acknowledged, len(data))

        delivering = asyncio.create_task(deliver())
        try:
            while data := await reader.read(PIECE_BYTES):
                while on_its_way + len(data) > self.shape.window:
                    moved.clear()
                    await moved.wait()
                if writer.transport.is_closing():
                    raise ConnectionResetError
                on_its_way += len(data)
                left = queue.passed(len(data), loop.time())
                arriving.put_nowait((left + half, data))
                # Whoever sends next gets its turn, and the line is no place to pile up on.
                await asyncio.sleep(max(0.0, left - loop.time() - 2 * PIECE_BYTES / queue.rate))
            arriving.put_nowait((loop.time() + half, b""))
            await delivering
        finally:
            delivering.cancel()
            await asyncio.gather(delivering, return_exceptions=True)

    async def aclose(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


@asynccontextmanager
async def shaped_line(upstream_port: int, shape: Shape) -> AsyncIterator[ShapedLine]:
    """A line to that port of this machine."""
    line = ShapedLine(upstream_port, shape)
    server = await asyncio.start_server(line.connected, "127.0.0.1", 0, limit=PIECE_BYTES)
    line.port = server.sockets[0].getsockname()[1]
    try:
        yield line
    finally:
        server.close()
        await line.aclose()
