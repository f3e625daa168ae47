"""A TCP relay between the proxy and upstream that makes the line bad, below HTTP.

proxy ──► shim ──► demo server          websockets, requests and answers alike
            │
            └ hang: nothing moves   slow: each byte is late   refuse: nobody listens
              cut: answers end after some bytes   reset: what is open breaks now
"""

from __future__ import annotations

import asyncio
import random
import socket
import struct
from collections.abc import Callable
from contextlib import suppress
from types import TracebackType
from typing import Self

READ_BYTES = 64 * 1024
WAITING_CHUNKS = 64
_LINGER_ZERO = struct.pack("ii", 1, 0)


class LineShim:
    """`async with LineShim(port) as shim:` relays `shim.port` to that port of this machine."""

    def __init__(self, upstream_port: int, chance: random.Random) -> None:
        self._upstream_port = upstream_port
        self._chance = chance
        self._open: set[asyncio.StreamWriter] = set()
        self._relaying: set[asyncio.Task[None]] = set()
        self._listening: asyncio.Server | None = None
        self._moving = asyncio.Event()
        self._moving.set()
        self.late_seconds = 0.0
        self.cutting = False
        self.port = 0

    async def __aenter__(self) -> Self:
        await self.listen()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.refuse()
        for task in self._relaying:
            task.cancel()
        await asyncio.gather(*self._relaying, return_exceptions=True)

    async def listen(self) -> None:
        """Take connections, always on the same port."""
        if self._listening is None:
            self._listening = await asyncio.start_server(self._relay, "127.0.0.1", self.port)
            self.port = self._listening.sockets[0].getsockname()[1]

    def refuse(self) -> None:
        """Take none any more, and break those that are open."""
        if self._listening is not None:
            self._listening.close()
            self._listening = None
        self.reset()

    def reset(self) -> None:
        """Break what is open."""
        for writer in self._open:
            _break(writer)

    def hang(self) -> None:
        """Nothing moves, in either direction; what was sent arrives later."""
        self._moving.clear()

    async def calm(self) -> None:
        """Nothing is wrong any more."""
        self.late_seconds, self.cutting = 0.0, False
        self._moving.set()
        await self.listen()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._relaying.add(task)
        task.add_done_callback(self._relaying.discard)
        try:
            upstream = await asyncio.open_connection("127.0.0.1", self._upstream_port)
        except OSError:
            _break(writer)
            return
        ends = {writer, upstream[1]}
        self._open |= ends
        limit = self._chance.randrange(100, 4000)
        try:
            async with asyncio.TaskGroup() as both:
                both.create_task(self._pass(reader, upstream[1], lambda _: None))
                both.create_task(self._pass(upstream[0], writer, lambda sent: self._cut_at(limit)))
        except* (OSError, _Over):
            pass
        finally:
            self._open -= ends
            for end in ends:
                end.close()

    def _cut_at(self, limit: int) -> int | None:
        return limit if self.cutting else None

    async def _pass(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        most: Callable[[int], int | None],
    ) -> None:
        """Until either side has gone; raises _Over then."""
        loop = asyncio.get_running_loop()
        late: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue(WAITING_CHUNKS)

        async def take() -> None:
            try:
                while data := await reader.read(READ_BYTES):
                    await late.put((loop.time() + self.late_seconds, data))
            except OSError:
                _break(writer)
            await late.put((loop.time() + self.late_seconds, b""))

        taking = asyncio.create_task(take())
        sent = 0
        try:
            while True:
                due, data = await late.get()
                if due > loop.time():
                    await asyncio.sleep(due - loop.time())
                await self._moving.wait()
                if writer.transport.is_closing():
                    raise _Over
                limit = most(sent)
                if not data or (limit is not None and len(data) > limit):
                    writer.write(data[: limit or 0])
                    with suppress(OSError):
                        await writer.drain()
                    if data and self._chance.random() < 0.5:
                        _break(writer)
                    raise _Over
                writer.write(data)
                await writer.drain()
                sent += len(data)
        finally:
            taking.cancel()
            await asyncio.gather(taking, return_exceptions=True)


class _Over(Exception):
    """One side has gone: so does the other."""


def _break(writer: asyncio.StreamWriter) -> None:
    connection = writer.get_extra_info("socket")
    if connection is not None:
        with suppress(OSError):
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
    writer.transport.abort()
