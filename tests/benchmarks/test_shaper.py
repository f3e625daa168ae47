"""The shaped line is as long and as thin as it says.

Broken once, to see the tests fail: no round trip before the first byte; no window; a rate for each
connection; bytes that are lost at the end.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.benchmarks.shaper import Shape, shaped_line

CONTENT = bytes(range(256)) * 800
"""200 KiB."""


@asynccontextmanager
async def answering() -> AsyncIterator[int]:
    """The port of a server that answers each line with the content."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.readline():
            writer.write(CONTENT)
            await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


async def asked(port: int, times: int = 1) -> list[float]:
    """Seconds for each answer on one connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    took = []
    for _ in range(times):
        began = time.perf_counter()
        writer.write(b"\n")
        assert await reader.readexactly(len(CONTENT)) == CONTENT
        took.append(time.perf_counter() - began)
    writer.write_eof()
    assert await reader.read() == b""
    writer.close()
    return took


@pytest.mark.parametrize(
    ("shape", "first", "second"),
    [
        (Shape(rate=1e9, round_trip=0.1, window=1 << 20), 0.2, 0.1),
        (Shape(rate=1e6, round_trip=0.02, window=1 << 20), 0.2, 0.2),
        (Shape(rate=1e9, round_trip=0.02, window=len(CONTENT) // 10), 0.2, 0.19),
    ],
    ids=["long", "thin", "a small window"],
)
async def test_an_answer_takes_at_least(shape: Shape, first: float, second: float) -> None:
    async with answering() as port, shaped_line(port, shape) as line:
        took = await asked(line.port, 2)
    assert took[0] >= first
    assert took[1] >= second


async def test_connections_share_the_rate() -> None:
    shape = Shape(rate=2e6, round_trip=0.0, window=1 << 20)
    async with answering() as port, shaped_line(port, shape) as line:
        began = time.perf_counter()
        await asyncio.gather(*(asked(line.port) for _ in range(3)))
    assert time.perf_counter() - began >= 3 * len(CONTENT) / 2e6
