"""Heads and bodies come through, and a body that is not whole is never taken for whole."""

from __future__ import annotations

import asyncio
import gzip
import zlib

import pytest

from ayon_proxy.errors import UpstreamBroke
from ayon_proxy.policy.message import Request
from ayon_proxy.upstream.response import HttpResponse
from tests.support.raw_server import Connection, Script, serving
from tests.upstream.conftest import Connect

BODY = bytes(range(256)) * 1025


async def read(response: HttpResponse) -> bytes:
    return b"".join([chunk async for chunk in response.chunks()])


def answering(data: bytes) -> Script:
    """Sends these bytes as the answer to each request, then hangs up."""

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(data)

    return script


async def test_a_body_is_streamed_as_it_arrives(connect: Connect) -> None:
    seen = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nabc")
        await seen.wait()
        await connection.send(b"def")

    async with serving(script) as server:
        response = await connect(server.url).send(Request("GET", b"/"))
        stream = response.chunks()
        assert await anext(stream) == b"abc"
        assert response.wire_bytes == 3
        seen.set()
        assert await anext(stream) == b"def"
        assert response.wire_bytes == 6
        assert [chunk async for chunk in stream] == []


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_large_body_is_whole(connect: Connect, chunked: bool) -> None:
    head = b"HTTP/1.1 200 OK\r\nX-A: 1\r\nDate: now\r\nX-A: 2\r\nConnection: x-hop\r\nX-Hop: 1\r\n"
    if chunked:
        parts = [BODY[at : at + 70_001] for at in range(0, len(BODY), 70_001)]
        framed = b"".join(b"%x\r\n%b\r\n" % (len(part), part) for part in parts)
        both = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
        data = head + both + framed + b"0\r\n\r\n"
    else:
        data = head + b"Content-Length: %d\r\n\r\n" % len(BODY) + BODY
    async with serving(answering(data)) as server:
        response = await connect(server.url).send(Request("GET", b"/"))
        assert await read(response) == BODY
    length = () if chunked else ((b"content-length", b"%d" % len(BODY)),)
    assert response.head.fields == ((b"x-a", b"1"), (b"date", b"now"), (b"x-a", b"2"), *length)


@pytest.mark.parametrize(
    "data",
    [
        b"Content-Length: 10\r\n\r\nabc",
        b"Content-Length: 10\r\n\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
        b"Transfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
    ],
)
async def test_a_cut_body_breaks(connect: Connect, data: bytes) -> None:
    async with serving(answering(b"HTTP/1.1 200 OK\r\n" + data)) as server:
        response = await connect(server.url).send(Request("GET", b"/?token=secret"))
        with pytest.raises(UpstreamBroke) as caught:
            await read(response)
        await response.aclose()
    assert "secret" not in str(caught.value)


async def test_a_reset_body_breaks(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        await going.wait()
        connection.reset()

    going = asyncio.Event()
    async with serving(script) as server:
        response = await connect(server.url).send(Request("GET", b"/"))
        going.set()
        with pytest.raises(UpstreamBroke):
            await read(response)


async def test_a_body_that_stops_coming_breaks(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc")
        await connection.closed()

    async with serving(script) as server:
        upstream = connect(server.url, silence_seconds=0.05)
        response = await upstream.send(Request("GET", b"/"))
        with pytest.raises(UpstreamBroke, match="nothing for too long"):
            await read(response)


async def test_a_reader_that_leaves_closes_the_connection(connect: Connect) -> None:
    closed = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10000000\r\n\r\nabc")
        await connection.closed()
        closed.set()

    async with serving(script) as server:
        response = await connect(server.url).send(Request("GET", b"/"))
        stream = response.chunks()
        assert await anext(stream) == b"abc"
        await response.aclose()
        await response.aclose()
        await closed.wait()


@pytest.mark.parametrize(
    ("method", "head"),
    [
        ("HEAD", b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n"),
        ("GET", b'HTTP/1.1 304 X\r\nETag: "a"\r\nContent-Length: 1000\r\n\r\n'),
        ("GET", b"HTTP/1.1 204 X\r\n\r\n"),
        ("POST", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
    ],
)
@pytest.mark.parametrize("reading", [False, True])
async def test_an_answer_without_a_body_keeps_its_connection(
    connect: Connect, method: str, head: bytes, reading: bool
) -> None:
    async def script(connection: Connection) -> None:
        while True:
            await connection.request()
            await connection.send(head)

    async with serving(script) as server:
        upstream = connect(server.url)
        for _ in range(2):
            response = await upstream.send(Request(method, b"/"))
            if reading:
                assert await read(response) == b""
            await response.aclose()
    assert server.connections == 1


async def test_early_hints_are_not_the_answer(connect: Connect) -> None:
    data = b"HTTP/1.1 103 X\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
    async with serving(answering(data)) as server:
        response = await connect(server.url).send(Request("GET", b"/"))
        assert (response.head.status, await read(response)) == (200, b"ok")


def encoded(body: bytes, coding: bytes = b"gzip", status: int = 200) -> bytes:
    return (
        b"HTTP/1.1 %d OK\r\nContent-Encoding: %b\r\nETag: x\r\nContent-Length: %d\r\n\r\n"
        % (status, coding, len(body))
    ) + body


@pytest.mark.parametrize("coding", [b"gzip", b"X-GZIP"])
@pytest.mark.parametrize("body", [b"", b"x", BODY, b"\0" * 50_000_000])
async def test_gzip_is_undone_in_bounded_steps(
    connect: Connect, coding: bytes, body: bytes
) -> None:
    packed = gzip.compress(body, 1)
    async with serving(answering(encoded(packed, coding))) as server:
        response = await connect(server.url).send(Request("GET", b"/"), decode=True)
        assert response.head.fields == ((b"etag", b"x"),)
        received = [chunk async for chunk in response.chunks()]
    assert b"".join(received) == body
    assert max(map(len, received), default=0) <= 256 * 1024
    assert response.wire_bytes == len(packed)


async def test_several_gzip_members_are_one_body(connect: Connect) -> None:
    packed = gzip.compress(b"abc") + gzip.compress(b"def")
    async with serving(answering(encoded(packed))) as server:
        response = await connect(server.url).send(Request("GET", b"/"), decode=True)
        assert await read(response) == b"abcdef"


async def test_gzip_is_decoded_before_all_of_it_is_here(connect: Connect) -> None:
    packer = zlib.compressobj(wbits=31)
    first = packer.compress(b"abc") + packer.flush(zlib.Z_SYNC_FLUSH)
    second = packer.compress(b"def") + packer.flush()
    seen = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        data = encoded(first + second)
        await connection.send(data[: -len(second)])
        await seen.wait()
        await connection.send(second)

    async with serving(script) as server:
        response = await connect(server.url).send(Request("GET", b"/"), decode=True)
        stream = response.chunks()
        assert await anext(stream) == b"abc"
        seen.set()
        assert b"".join([chunk async for chunk in stream]) == b"def"


@pytest.mark.parametrize(
    "packed",
    [gzip.compress(BODY)[:-9], gzip.compress(BODY)[:5], b"no gzip", gzip.compress(b"") + b"x"],
    ids=["cut in the body", "cut in the header", "none", "something follows"],
)
async def test_gzip_that_is_not_whole_breaks(connect: Connect, packed: bytes) -> None:
    async with serving(answering(encoded(packed))) as server:
        response = await connect(server.url).send(Request("GET", b"/"), decode=True)
        with pytest.raises(UpstreamBroke, match="gzip"):
            await read(response)


@pytest.mark.parametrize(
    ("coding", "status", "decode"),
    [(b"br", 200, True), (b"gzip, gzip", 200, True), (b"gzip", 206, True), (b"gzip", 200, False)],
)
async def test_a_coding_that_is_not_undone_stays_in_the_head(
    connect: Connect, coding: bytes, status: int, decode: bool
) -> None:
    async with serving(answering(encoded(b"as it is", coding, status))) as server:
        response = await connect(server.url).send(Request("GET", b"/"), decode=decode)
        assert (b"content-encoding", coding) in response.head.fields
        assert (b"content-length", b"8") in response.head.fields
        assert await read(response) == b"as it is"
