"""A file's bytes go to the client past ASGI and the transport, in their place and no others.

Each was broken once and seen to fail: a transport that is not emptied, a length that is not counted
down, a file that ends early. What uvicorn says of a reset that it is not told of fails in
tests/scenarios/test_bounds_readers.py.
"""

from __future__ import annotations

import asyncio
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
import uvloop
from uvicorn.protocols.http.flow_control import FlowControl

from ayon_proxy.cache.file_part import FilePart
from ayon_proxy.errors import UpstreamBroke
from ayon_proxy.storage.blob_store import FileBlobStore
from ayon_proxy.web.protocol import CYCLE
from ayon_proxy.web.sending import Sending

pytestmark = pytest.mark.skipif(not hasattr(os, "RWF_NOWAIT"), reason="sent so on Linux only")

CONTENT = bytes(range(251)) * 12_000
START, SIZE = 5, 2_900_001
PART = CONTENT[START : START + SIZE]


class Connection(asyncio.Protocol):
    """The server's side, with what uvicorn would keep of it."""

    def __init__(self) -> None:
        self.made = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.flow = FlowControl(cast("asyncio.Transport", transport))
        self.made.set_result(
            SimpleNamespace(
                transport=transport,
                flow=self.flow,
                disconnected=False,
                chunked_encoding=False,
                expected_content_length=SIZE,
            )
        )

    def pause_writing(self) -> None:
        self.flow.pause_writing()

    def resume_writing(self) -> None:
        self.flow.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        self.flow.resume_writing()


@asynccontextmanager
async def connected() -> AsyncIterator[tuple[Any, socket.socket]]:
    """uvicorn's view of a connection, and the client's socket."""
    loop = asyncio.get_running_loop()
    connection = Connection()
    server = await loop.create_server(lambda: connection, "127.0.0.1", 0)
    client = socket.socket()
    client.setblocking(False)
    try:
        await loop.sock_connect(client, server.sockets[0].getsockname())
        cycle = await connection.made
        yield cycle, client
        cycle.transport.abort()
    finally:
        client.close()
        server.close()


@asynccontextmanager
async def stored(folder: Path) -> AsyncIterator[FilePart]:
    """A part of a file of the real store."""
    store = FileBlobStore(folder)
    staged = await store.stage()
    await staged.write(CONTENT)
    digest = await staged.commit()
    await staged.aclose()
    blob = await store.open(digest)
    assert blob is not None
    yield FilePart(blob, START, SIZE)
    await blob.aclose()
    await store.aclose()


async def received(client: socket.socket, size: int) -> bytes:
    got = bytearray()
    while len(got) < size and (data := await asyncio.get_running_loop().sock_recv(client, 65536)):
        got += data
    return bytes(got)


async def never(message: Any) -> None:
    raise AssertionError(f"it was read: {len(message['body'])} bytes")


def sending(cycle: Any, send: Callable[[Any], Coroutine[Any, Any, None]] = never) -> Sending:
    return Sending({"extensions": {CYCLE: cycle}}, send)


Run = Callable[[Coroutine[Any, Any, None]], None]


@pytest.fixture(params=[asyncio.new_event_loop, uvloop.new_event_loop], ids=["asyncio", "uvloop"])
def run(request: pytest.FixtureRequest) -> Run:
    def run(coroutine: Coroutine[Any, Any, None]) -> None:
        with asyncio.Runner(loop_factory=request.param) as runner:
            runner.run(coroutine)

    return run


@pytest.mark.parametrize("before", [0, 10, 6_000_000])
def test_it_comes_after_what_was_written_before(run: Run, tmp_path: Path, before: int) -> None:
    async def test() -> None:
        async with connected() as (cycle, client), stored(tmp_path) as part:
            cycle.transport.write(b"h" * before)
            giving = sending(cycle)
            task = asyncio.create_task(giving.send(part))
            got = await received(client, before + SIZE)
            await task
            cycle.transport.write(b"end")
            assert got == b"h" * before + PART
            assert await received(client, 3) == b"end"
            assert (giving.sent, cycle.expected_content_length) == (SIZE, 0)

    run(test())


def test_it_is_read_where_its_length_is_not_known(run: Run, tmp_path: Path) -> None:
    async def test() -> None:
        written = bytearray()

        async def send(message: Any) -> None:
            written.extend(message["body"])

        async with connected() as (cycle, _), stored(tmp_path) as part:
            cycle.chunked_encoding = True
            await sending(cycle, send).send(part)
        assert written == PART

    run(test())


def test_a_client_that_resets_is_gone(run: Run, tmp_path: Path) -> None:
    async def test() -> None:
        async with connected() as (cycle, client), stored(tmp_path) as part:
            giving = sending(cycle)
            task = asyncio.create_task(giving.send(part))
            await received(client, 1)
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            client.close()
            for _ in range(20):  # until the socket's buffer, which may take all of it, is gone
                await task
                task = asyncio.create_task(giving.send(part))
            await task
            assert cycle.disconnected

    run(test())


def test_a_file_that_ends_early_is_no_end_of_the_body(run: Run, tmp_path: Path) -> None:
    async def test() -> None:
        async with connected() as (cycle, client), stored(tmp_path) as part:
            with part.descriptor() as descriptor:
                assert descriptor is not None
                os.truncate(f"/proc/self/fd/{descriptor}", START + 1000)
            task = asyncio.create_task(sending(cycle).send(part))
            with pytest.raises(UpstreamBroke):
                await task
            assert cycle.expected_content_length > 0
            client.close()

    run(test())
