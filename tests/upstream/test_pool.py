"""Connections are kept, shared out and let go."""

from __future__ import annotations

import asyncio

import pytest

from ayon_proxy.errors import UpstreamBroke
from ayon_proxy.policy.message import Request
from ayon_proxy.upstream.client import HttpUpstream
from ayon_proxy.upstream.response import HttpResponse
from tests.support.raw_server import Connection, serving
from tests.upstream.conftest import Connect

GET = Request("GET", b"/")


class Numbered:
    """Answers each request with the number of its connection; counts the connections closed."""

    def __init__(self) -> None:
        self.opened = 0
        self.closed: asyncio.Queue[int] = asyncio.Queue()

    async def __call__(self, connection: Connection) -> None:
        self.opened += 1
        number = self.opened
        try:
            while True:
                await connection.request()
                await connection.answer(200, b"%d" % number)
        finally:
            self.closed.put_nowait(number)


async def read(response: HttpResponse) -> int:
    return int(b"".join([chunk async for chunk in response.chunks()]))


async def side_by_side(upstream: HttpUpstream, count: int) -> list[int]:
    """That many requests whose connections are all in use at once."""
    responses = [await upstream.send(GET) for _ in range(count)]
    return [await read(response) for response in responses]


async def test_the_connection_that_was_busy_last_is_used_again(connect: Connect) -> None:
    async with serving(Numbered()) as server:
        upstream = connect(server.url)
        assert await side_by_side(upstream, 3) == [1, 2, 3]
        assert upstream.connections == 3
        assert [(await side_by_side(upstream, 1))[0] for _ in range(3)] == [3, 3, 3]
        assert await side_by_side(upstream, 3) == [3, 2, 1]


async def test_connections_that_nobody_needs_any_more_are_closed(connect: Connect) -> None:
    script = Numbered()
    async with serving(script) as server:
        upstream = connect(server.url, idle_seconds=0.4)
        await side_by_side(upstream, 4)
        closed: set[int] = set()
        while not closed >= {1, 2, 3}:
            await side_by_side(upstream, 1)
            while not script.closed.empty():
                closed.add(script.closed.get_nowait())
            await asyncio.sleep(0.01)


async def test_those_that_may_be_of_a_line_that_is_gone_are_not_used_again(
    connect: Connect,
) -> None:
    async with serving(Numbered()) as server:
        upstream = connect(server.url)
        busy = await upstream.send(GET)
        assert await side_by_side(upstream, 2) == [2, 3]
        upstream.forget_idle()
        assert await side_by_side(upstream, 1) == [4]
        assert await read(busy) == 1
        assert await side_by_side(upstream, 2) == [1, 4]


async def test_who_waits_for_a_connection_gets_the_next_that_is_free(connect: Connect) -> None:
    async with serving(Numbered()) as server:
        upstream = connect(server.url, max_connections=1)
        first = await upstream.send(GET)
        waiting = asyncio.create_task(upstream.send(GET))
        assert await read(first) == 1
        assert await read(await waiting) == 1


async def test_a_response_that_was_not_read_frees_its_place(connect: Connect) -> None:
    async with serving(Numbered()) as server:
        upstream = connect(server.url, max_connections=1)
        for number in range(1, 4):
            response = await upstream.send(GET)
            await response.aclose()
            await response.aclose()
            assert await read(await upstream.send(GET)) == number + 1
        first = await upstream.send(GET)
        waiting = asyncio.create_task(upstream.send(GET))
        assert await read(first) == 4
        assert await read(await waiting) == 4


async def test_a_request_that_is_given_up_frees_its_place(connect: Connect) -> None:
    asked = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        if not asked.is_set():
            asked.set()
            await connection.closed()
        await connection.answer(200, b"7")

    async with serving(script) as server:
        upstream = connect(server.url, max_connections=1)
        asking = asyncio.create_task(upstream.send(GET))
        await asked.wait()
        asking.cancel()
        assert await read(await upstream.send(GET)) == 7


async def test_a_handshake_that_is_given_up_closes_its_connection(connect: Connect) -> None:
    asked = asyncio.Event()
    closed = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.reader.read(1)
        asked.set()
        await connection.closed()
        closed.set()

    async with serving(script) as server:
        asking = asyncio.create_task(connect(f"https://{server.authority}").send(GET))
        await asked.wait()
        asking.cancel()
        await closed.wait()


async def test_closing_the_client_ends_what_is_under_way() -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 X\r\nContent-Length: 9\r\n\r\nabc")
        await connection.closed()

    async with serving(script) as server:
        upstream = HttpUpstream(server.url)
        response = await upstream.send(GET)
        stream = response.chunks()
        assert await anext(stream) == b"abc"
        await upstream.aclose()
        with pytest.raises(UpstreamBroke):
            await anext(stream)
        await response.aclose()
