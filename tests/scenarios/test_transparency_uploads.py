"""Uploads of any size go through as they come: bounded memory, back-pressure, early answers."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from tests.support.proxy_process import ProxyProcess, proxy_process
from tests.support.raw_server import Connection, RawServer, Received

MIB = 1024 * 1024
SIZE = 200 * MIB
PIECE = hashlib.shake_128(b"upload").digest(MIB)
TARGET = b"/api/desktop/installers/large.exe"
ALLOWED = 30_000_000

Taking = Callable[[Connection, Received], Awaitable[None]]


@asynccontextmanager
async def uploading(taking: Taking, data_dir: Path) -> AsyncIterator[ProxyProcess]:
    """A proxy before an upstream that takes uploads like this."""

    async def script(connection: Connection) -> None:
        while True:
            head = await connection.head()
            if head.method == b"GET":  # what the proxy asks at its start
                await connection.answer(200, b'{"version":"1.16.0"}')
            else:
                await taking(connection, head)

    upstream = RawServer(script)
    listening = await upstream.run()
    try:
        async with proxy_process(upstream.url, data_dir) as proxy:
            yield proxy
    finally:
        listening.close()
        upstream.stop()
    assert upstream.failures == []


def head(*, chunked: bool) -> bytes:
    framing = b"Transfer-Encoding: chunked" if chunked else b"Content-Length: %d" % SIZE
    return b"PUT %s HTTP/1.1\r\nHost: proxy\r\n%s\r\n\r\n" % (TARGET, framing)


async def sent(writer: asyncio.StreamWriter, *, chunked: bool) -> str:
    """Send the whole body; its checksum."""
    checksum = hashlib.sha256()
    for number in range(SIZE // MIB):
        piece = number.to_bytes(4, "big") + PIECE[4:]
        checksum.update(piece)
        writer.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
        await writer.drain()
    if chunked:
        writer.write(b"0\r\n\r\n")
    return checksum.hexdigest()


@pytest.mark.parametrize("chunked", [False, True])
async def test_a_large_upload_arrives_whole_in_bounded_memory(
    tmp_path: Path, chunked: bool
) -> None:
    async def take(connection: Connection, got: Received) -> None:
        checksum = hashlib.sha256()
        if got.values(b"transfer-encoding"):
            async for chunk in connection.chunks():
                checksum.update(chunk)
        else:
            left = int(got.values(b"content-length")[0])
            while left:
                piece = await connection.reader.read(min(left, MIB))
                checksum.update(piece)
                left -= len(piece)
        await connection.answer(201, checksum.hexdigest().encode())

    async with uploading(take, tmp_path) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(head(chunked=chunked))
        checksum = await sent(writer, chunked=chunked)
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 201 ")
        assert (await reader.readexactly(64)).decode() == checksum
        writer.close()
        cost = proxy.peak_bytes - proxy.idle_bytes
        print(f"an upload of {SIZE / 1e6:.0f} MB: {cost / 1e6:.1f} MB")
        assert cost < ALLOWED


async def test_an_upstream_that_takes_nothing_holds_the_client_back(tmp_path: Path) -> None:
    go_on = asyncio.Event()
    begun = asyncio.Event()

    async def take(connection: Connection, _: Received) -> None:
        begun.set()
        await go_on.wait()
        raise ConnectionResetError

    async with uploading(take, tmp_path) as proxy:
        _, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(head(chunked=False))
        sending = asyncio.create_task(sent(writer, chunked=False))
        await begun.wait()
        done, _ = await asyncio.wait({sending}, timeout=1.0)
        assert not done
        assert proxy.peak_bytes - proxy.idle_bytes < ALLOWED
        sending.cancel()
        await asyncio.wait({sending})
        writer.transport.abort()
        go_on.set()


@pytest.mark.parametrize("status", [401, 413, 507])
async def test_an_early_refusal_reaches_a_client_that_still_sends(
    tmp_path: Path, status: int
) -> None:
    refusal = b'{"code":%d,"detail":"no"}' % status

    async def take(connection: Connection, _: Received) -> None:
        await connection.reader.readexactly(10 * MIB)
        await connection.answer(status, refusal)
        await connection.closed()

    async with uploading(take, tmp_path) as proxy:
        reader, writer = await asyncio.open_connection("127.0.0.1", proxy.port)
        writer.write(head(chunked=False))
        sending = asyncio.create_task(sent(writer, chunked=False))
        assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 %d " % status)
        assert await reader.readexactly(len(refusal)) == refusal
        # Whoever reads only after all is sent finds the answer, too: nothing was reset.
        await sending
        writer.write(b"GET /api/info HTTP/1.1\r\nHost: proxy\r\nConnection: close\r\n\r\n")
        assert (await reader.read()).endswith(b'{"version":"1.16.0"}')
        writer.close()
        assert proxy.peak_bytes - proxy.idle_bytes < ALLOWED
        assert proxy.complaints() == []
