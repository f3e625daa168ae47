"""A line to upstream of a given bandwidth: a relay that lets so many bytes a second down."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

READ_BYTES = 64 * 1024


class _Pace:
    """All connections of a line together."""

    def __init__(self, bytes_per_second: float) -> None:
        self._per_second = bytes_per_second
        self._free_at = 0.0

    async def passed(self, size: int) -> None:
        """Return when so many bytes more have come through."""
        now = time.monotonic()
        self._free_at = max(now, self._free_at) + size / self._per_second
        await asyncio.sleep(self._free_at - now)


@asynccontextmanager
async def shaped_line(upstream_port: int, bytes_per_second: float) -> AsyncIterator[int]:
    """The port to be asked instead of upstream's."""
    pace, relaying = _Pace(bytes_per_second), set[asyncio.Task[None]]()

    async def at_once(_: int) -> None:
        return None

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        relaying.add(task)
        task.add_done_callback(relaying.discard)
        # asyncio complains about such a task where it is cancelled: it ends by itself.
        with suppress(asyncio.CancelledError):
            above = await asyncio.open_connection("127.0.0.1", upstream_port)
            await asyncio.gather(
                _passed_on(reader, above[1], at_once), _passed_on(above[0], writer, pace.passed)
            )

    server = await asyncio.start_server(relay, "127.0.0.1", 0)
    try:
        yield int(server.sockets[0].getsockname()[1])
    finally:
        server.close()
        for task in relaying:
            task.cancel()
        await asyncio.gather(*relaying, return_exceptions=True)


async def _passed_on(
    reader: asyncio.StreamReader,
    writer: asyncio.StreamWriter,
    passed: Callable[[int], Awaitable[None]],
) -> None:
    with suppress(OSError):
        while data := await reader.read(READ_BYTES):
            await passed(len(data))
            writer.write(data)
            await writer.drain()
    writer.close()
