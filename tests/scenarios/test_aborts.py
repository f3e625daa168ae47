"""A client that leaves: what was done for it alone stops at once, what is everyone's goes on."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.raw_server import Connection, Received, serving
from tests.support.running_proxy import RunningProxy, running_proxy

DEADLINE = 5.0

STORED = b"/api/projects/film/folders/0123"
FILE = b"/addons/core/1.0.0/private/client.zip"
BODY = b'"' + b"0123456789" * 50_000 + b'"'
JSON = b"Content-Type: application/json\r\n"


@dataclass
class Held:
    """Upstream holds its answers to all but one path back."""

    proxy: RunningProxy
    arrived: asyncio.Queue[Received] = field(default_factory=asyncio.Queue)
    left: asyncio.Queue[bytes] = field(default_factory=asyncio.Queue)
    answer: asyncio.Event = field(default_factory=asyncio.Event)

    async def has_arrived(self) -> None:
        """A request is held."""
        await asyncio.wait_for(self.arrived.get(), DEADLINE)

    async def has_left(self) -> bytes:
        """The target of a request whose sender has left."""
        return await asyncio.wait_for(self.left.get(), DEADLINE)

    @asynccontextmanager
    async def client(self) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.proxy.port)
        try:
            yield reader, writer
        finally:
            writer.close()

    async def others_are_served(self) -> None:
        async with self.client() as (reader, writer):
            writer.write(b"GET /api/query HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n")
            assert (await asyncio.wait_for(reader.read(), DEADLINE)).endswith(b"quick")


@pytest.fixture
async def held(tmp_path: Path) -> AsyncIterator[Held]:
    async def script(connection: Connection) -> None:
        while True:
            head = await connection.head()
            if head.target == b"/api/info":
                await connection.answer(200, b'{"version":"1.16.0"}')
            elif head.target == b"/api/query":
                await connection.answer(200, b"quick")
            else:
                await hold(connection, head)

    async def hold(connection: Connection, head: Received) -> None:
        if head.values(b"content-length"):
            await connection.reader.read(1)
        held.arrived.put_nowait(head)
        answering = asyncio.create_task(held.answer.wait())
        leaving = asyncio.create_task(connection.closed())
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if leaving.done():
            held.left.put_nowait(head.target)
        else:
            leaving.cancel()
            await asyncio.wait({leaving})
            await connection.answer(200, BODY, fields=JSON)
        answering.cancel()

    async with (
        serving(script) as server,
        running_proxy(server.url, tmp_path / "data") as proxy,
    ):
        held = Held(proxy)
        yield held


def head(method: bytes, target: bytes, length: int = 0) -> bytes:
    sized = b"Content-Length: %d\r\n" % length if length else b""
    return b"%s %s HTTP/1.1\r\nHost: proxy\r\n%s\r\n" % (method, target, sized)


PASSED = [
    (b"POST", b"/api/enroll"),
    (b"GET", b"/api/events/0123"),
    (b"POST", b"/graphql"),
    (b"GET", b"/api/actions/take/0123"),
    (b"PATCH", STORED),
    (b"GET", b"/unlisted"),
    (b"HEAD", STORED),
]


@pytest.mark.parametrize(("method", "target"), PASSED)
@pytest.mark.parametrize("abruptly", [False, True])
async def test_upstream_is_told_when_the_only_client_leaves(
    held: Held, method: bytes, target: bytes, abruptly: bool
) -> None:
    async with held.client() as (_, writer):
        body = b"" if method in (b"GET", b"HEAD") else b"{}"
        writer.write(head(method, target, len(body)) + body)
        await held.has_arrived()
        if abruptly:
            writer.transport.abort()
    assert await held.has_left() == target


async def test_upstream_is_told_in_the_middle_of_the_answer_too(tmp_path: Path) -> None:
    big = b"x" * 50_000_000
    told = asyncio.Event()

    async def script(connection: Connection) -> None:
        try:
            while (await connection.head()).target == b"/api/info":
                await connection.answer(200, b'{"version":"1.16.0"}')
            await connection.answer(200, big)
        except ConnectionError:
            told.set()

    async with (
        serving(script) as server,
        running_proxy(server.url, tmp_path / "data") as proxy,
    ):
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(head(b"GET", b"/unlisted"))
        await reader.readexactly(1_000)
        writer.close()
        await asyncio.wait_for(told.wait(), DEADLINE)


@pytest.mark.parametrize("target", [STORED, FILE])
async def test_a_fetch_that_may_be_stored_goes_on(held: Held, target: bytes) -> None:
    async with held.client() as (_, writer):
        writer.write(head(b"GET", target))
        await held.has_arrived()
    await held.others_are_served()
    held.answer.set()
    await held.proxy.assembled.cache.in_flight.idle()
    async with held.client() as (reader, writer):
        writer.write(head(b"GET", target))
        answer = await reader.readuntil(b"\r\n\r\n")
        assert b"cache-status: ayon-proxy; hit; ttl=" in answer
        assert await reader.readexactly(len(BODY)) == BODY
    assert held.left.empty()


async def test_a_client_that_leaves_in_the_middle_of_its_upload_cuts_it(held: Held) -> None:
    async with held.client() as (_, writer):
        writer.write(head(b"PUT", b"/api/desktop/installers/a.exe", 10_000_000) + b"part")
        await held.has_arrived()
    assert await held.has_left() == b"/api/desktop/installers/a.exe"


async def test_clients_that_do_not_read_or_write_do_not_block_others(held: Held) -> None:
    held.answer.set()
    async with held.client() as (_, not_reading), held.client() as (_, not_writing):
        not_reading.write(head(b"GET", FILE) * 50)
        not_writing.write(head(b"PUT", b"/unlisted", 1_000_000) + b"a")
        await held.has_arrived()
        await held.has_arrived()
        for _ in range(5):
            await held.others_are_served()
