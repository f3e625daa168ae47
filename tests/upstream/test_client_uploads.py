"""Uploads are streamed, and an answer that comes early is returned early."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator

import pytest

from ayon_proxy.errors import UpstreamBroke
from ayon_proxy.policy.message import Request
from tests.support.raw_server import Connection, Script, serving
from tests.upstream.conftest import Connect

CHUNK = bytes(range(256)) * 256
LONG = 2000
"""Chunks of an upload that no socket buffer holds: 128 MB, unless it is stopped."""


async def test_chunks_reach_upstream_before_the_next_is_read(connect: Connect) -> None:
    arrived: asyncio.Queue[bytes] = asyncio.Queue()

    async def script(connection: Connection) -> None:
        await connection.head()
        async for chunk in connection.chunks():
            arrived.put_nowait(chunk)
        await connection.answer(201)

    async def body() -> AsyncIterator[bytes]:
        for chunk in (b"abc", b"def"):
            yield chunk
            assert await arrived.get() == chunk

    async with serving(script) as server:
        response = await connect(server.url).send(Request("PUT", b"/"), body())
        assert response.head.status == 201
        await response.aclose()


async def test_a_slow_upstream_slows_the_client_down(connect: Connect) -> None:
    taken = 0
    go_on = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.head()
        await go_on.wait()
        async for _ in connection.chunks():
            pass
        await connection.answer(201)

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(LONG):
            taken += 1
            yield CHUNK

    async with serving(script) as server:
        sending = asyncio.create_task(connect(server.url).send(Request("PUT", b"/"), body()))
        before = -1
        while before != taken:
            before = taken
            await asyncio.sleep(0.2)
        assert 0 < taken * len(CHUNK) < 32 * 1024 * 1024
        go_on.set()
        assert (await sending).head.status == 201
    assert taken == LONG


def refusing(*, hang_up: bool, read: int) -> Script:
    """Answers 413 after `read` chunks and takes no more; then hangs up at once, or never."""

    async def script(connection: Connection) -> None:
        await connection.head()
        for _ in range(read):
            await anext(connection.chunks())
        await connection.answer(413, b'{"code":413}')
        if not hang_up:
            await asyncio.Event().wait()

    return script


@pytest.mark.parametrize("hang_up", [False, True])
@pytest.mark.parametrize("read", [0, 3])
async def test_an_early_refusal_is_returned_while_the_client_still_sends(
    connect: Connect, hang_up: bool, read: int
) -> None:
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(LONG):
            taken += 1
            yield CHUNK

    async with serving(refusing(hang_up=hang_up, read=read)) as server:
        response = await connect(server.url).send(Request("PUT", b"/"), body())
        assert response.head.status == 413
        assert b"".join([chunk async for chunk in response.chunks()]) == b'{"code":413}'
    assert taken < LONG


async def test_an_early_refusal_is_returned_while_the_client_pauses(connect: Connect) -> None:
    left = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        try:
            yield CHUNK
            await asyncio.Event().wait()
        finally:
            left.set()

    async with serving(refusing(hang_up=False, read=1)) as server:
        response = await connect(server.url).send(Request("PUT", b"/"), body())
        assert response.head.status == 413
        await response.aclose()
    await left.wait()


async def test_an_early_refusal_of_a_large_body_in_memory_is_returned(connect: Connect) -> None:
    async with serving(refusing(hang_up=False, read=0)) as server:
        response = await connect(server.url).send(Request("POST", b"/"), CHUNK * 500)
        assert response.head.status == 413
        await response.aclose()


async def test_a_refused_upload_leaves_the_client_usable(connect: Connect) -> None:
    async def body() -> AsyncIterator[bytes]:
        for _ in range(LONG):
            yield CHUNK

    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.answer(401)

    async with serving(script) as server:
        upstream = connect(server.url)
        for _ in range(2):
            response = await upstream.send(Request("PUT", b"/"), body())
            assert response.head.status == 401
            await response.aclose()
    assert server.connections == 2


async def test_an_early_success_does_not_cut_the_upload(connect: Connect) -> None:
    whole = asyncio.get_running_loop().create_future()

    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 100 X\r\n\r\n")
        await connection.answer(200, b"early")
        whole.set_result(b"".join([chunk async for chunk in connection.chunks()]))

    async def body() -> AsyncIterator[bytes]:
        for _ in range(40):
            yield CHUNK

    async with serving(script) as server:
        response = await connect(server.url).send(Request("PUT", b"/"), body())
        assert b"".join([chunk async for chunk in response.chunks()]) == b"early"
        assert await whole == CHUNK * 40


async def test_a_client_that_fails_cuts_the_upload_and_is_not_taken_for_upstream(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    cut = asyncio.get_running_loop().create_future()

    async def script(connection: Connection) -> None:
        await connection.head()
        cut.set_result(await connection.closed())

    async def body() -> AsyncIterator[bytes]:
        yield b"abc"
        raise ConnectionResetError("the client left")

    async with serving(script) as server:
        with pytest.raises(ConnectionResetError, match="the client left"):
            await connect(server.url).send(Request("PUT", b"/"), body())
        assert await cut == b"3\r\nabc\r\n"
    gc.collect()
    assert "never retrieved" not in caplog.text


@pytest.mark.parametrize("reset", [False, True])
async def test_an_upstream_that_hangs_up_during_an_upload_broke(
    connect: Connect, reset: bool
) -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        await anext(connection.chunks())
        if reset:
            connection.reset()

    async def body() -> AsyncIterator[bytes]:
        for _ in range(LONG):
            yield CHUNK

    async with serving(script) as server:
        with pytest.raises(UpstreamBroke):
            await connect(server.url).send(Request("PUT", b"/?token=x"), body())
    assert server.connections == 1


async def test_an_upload_ends_when_upstream_says_nothing_more(connect: Connect) -> None:
    taken = 0

    async def script(connection: Connection) -> None:
        await connection.head()
        connection.writer.write_eof()
        while await connection.reader.read(65536):
            pass

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(LONG):
            taken += 1
            yield CHUNK

    async with serving(script) as server:
        with pytest.raises(UpstreamBroke):
            await connect(server.url).send(Request("PUT", b"/"), body())
    assert taken < LONG


async def test_an_upstream_that_takes_nothing_broke(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        await asyncio.Event().wait()

    async def body() -> AsyncIterator[bytes]:
        for _ in range(LONG):
            yield CHUNK

    async with serving(script) as server:
        upstream = connect(server.url, silence_seconds=0.1)
        with pytest.raises(UpstreamBroke, match="took nothing for too long"):
            await upstream.send(Request("PUT", b"/"), body())
