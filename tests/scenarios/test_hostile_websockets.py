"""Garbage on websockets: that one ends, with the code that says why, and nothing of it is relayed.

Broken once, to see the tests fail: fragments kept one by one, pings answered to a client that does
not read, text relayed before it is known to be UTF-8, own paths asked upstream, messages read while
nobody takes them.
"""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.support.attacked import SECRET, quiet_log
from tests.support.proxy_process import ProxyProcess, proxy_process
from tests.support.running_proxy import running_proxy
from tests.support.websocket_bytes import (
    BINARY,
    CLOSE,
    CONTINUATION,
    HANDSHAKE,
    PING,
    TEXT,
    asked,
    close_code,
    connected,
    frame,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 15.0
MIB = 1024 * 1024
BYSTANDER = "I am still here"


class Upstream:
    """Echoes, and notes what it was told."""

    def __init__(self) -> None:
        self.told: list[str | bytes] = []
        self._something = asyncio.Event()
        self.handshakes = 0

    async def script(self, connection: ServerConnection) -> None:
        self.handshakes += 1
        with suppress(ConnectionClosed):
            async for message in connection:
                if message != BYSTANDER:
                    self.told.append(message)
                    self._something.set()
                await connection.send(message)

    async def first_told(self) -> str | bytes:
        """What it was told first, as soon as it was."""
        await self._something.wait()
        return self.told[0]

    def clear(self) -> None:
        self.told.clear()
        self._something.clear()


class Attacked:
    def __init__(self, port: int, upstream: Upstream, bystander: ClientConnection) -> None:
        self.port = port
        self.upstream = upstream
        self._bystander = bystander

    async def bystander_is_answered(self) -> None:
        async with asyncio.timeout(DEADLINE):
            await self._bystander.send(BYSTANDER)
            assert await self._bystander.recv() == BYSTANDER


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def running(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Attacked]:
    upstream = Upstream()
    data_dir = tmp_path_factory.mktemp("sockets") / "data"
    async with serve(upstream.script, "127.0.0.1", 0, max_size=None) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with (
            running_proxy(f"http://127.0.0.1:{port}", data_dir) as proxy,
            connect(f"ws://127.0.0.1:{proxy.port}/ws") as bystander,
        ):
            yield Attacked(proxy.port, upstream, bystander)


@pytest_asyncio.fixture(loop_scope="module")
async def attacked(running: Attacked, caplog: pytest.LogCaptureFixture) -> AsyncIterator[Attacked]:
    running.upstream.clear()
    with quiet_log(caplog.records):
        await running.bystander_is_answered()
        yield running
        await running.bystander_is_answered()


def bomb() -> bytes:
    """A compressed message of 64 MiB."""
    packer = zlib.compressobj(wbits=-12)
    packed = packer.compress(bytes(64 * MIB)) + packer.flush(zlib.Z_SYNC_FLUSH)
    return frame(TEXT, packed[:-4], reserved=4)


KEY = b'{"topic": "auth", "token": "' + SECRET + b'"}'

GARBAGE = {
    "not masked": (1002, frame(TEXT, KEY, masked=False)),
    "an opcode that is none": (1002, frame(0x3, KEY)),
    "a control that is none": (1002, frame(0xB, KEY[:100])),
    "reserved bits": (1002, frame(TEXT, KEY, reserved=2)),
    "compressed without consent": (1002, frame(TEXT, KEY, reserved=4)),
    "a ping in pieces": (1002, frame(PING, b"x", final=False)),
    "a long ping": (1002, frame(PING, bytes(126))),
    "the rest of nothing": (1002, frame(CONTINUATION, KEY)),
    "a text within a text": (1002, frame(TEXT, KEY, final=False) + frame(TEXT, KEY)),
    "a frame of 8 EiB": (1009, frame(BINARY, KEY, length=2**63)),
    "a frame of 17 MiB": (1009, frame(BINARY, KEY, length=17 * MIB)),
    "17 MiB in pieces": (
        1009,
        frame(BINARY, bytes(MIB), final=False)
        + frame(CONTINUATION, bytes(MIB), final=False) * 15
        + frame(CONTINUATION, bytes(MIB)),
    ),
    "text that is not UTF-8": (1007, frame(TEXT, b"\xff\xfe" + KEY)),
    "a character in pieces that is none": (
        1007,
        frame(TEXT, "caf\xe9".encode()[:-1], final=False) + frame(CONTINUATION, KEY),
    ),
    "half a character at the end": (1007, frame(TEXT, "caf\xe9".encode()[:-1])),
    "a close of one byte": (1002, frame(CLOSE, b"\x03")),
    "a close code that no frame carries": (1002, frame(CLOSE, b"\x03\xed")),
    "a close code that is none": (1002, frame(CLOSE, b"\xff\xff")),
    "a close reason that is not UTF-8": (1007, frame(CLOSE, b"\x03\xe8\xff")),
    "a request": (1002, b"GET /api/smuggled HTTP/1.1\r\nHost: proxy\r\n\r\n" * 3),
    "zeros": (1002, bytes(100_000)),
}


@pytest.mark.parametrize(("code", "garbage"), GARBAGE.values(), ids=list(GARBAGE))
async def test_garbage_ends_the_socket_with_its_reason(
    attacked: Attacked, code: int, garbage: bytes
) -> None:
    async with asyncio.timeout(DEADLINE), connected(attacked.port) as (reader, writer):
        writer.write(garbage)
        # What was sent beyond the fault resets the connection, and the code may be lost by that.
        assert await close_code(reader) in (code, None if len(garbage) > 1000 else code)
        with suppress(ConnectionError):
            assert await reader.read() == b""
    assert attacked.upstream.told == []


async def test_a_compressed_bomb_does_not_unfold(attacked: Attacked) -> None:
    extension = b"Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits=12"
    async with (
        asyncio.timeout(DEADLINE),
        connected(attacked.port, b"/ws", extension) as (reader, writer),
    ):
        writer.write(bomb())
        assert await close_code(reader) == 1009
    assert attacked.upstream.told == []


async def test_what_is_cut_oddly_but_well_formed_is_relayed_whole(attacked: Attacked) -> None:
    text = "caf\xe9 \U0001f3ac".encode()
    pieces = [frame(CONTINUATION, bytes([byte]), final=False) for byte in text[1:-1]]
    whole = [
        frame(TEXT, text[:1], final=False),
        *pieces,
        frame(PING, b"in between"),
        frame(CONTINUATION, text[-1:]),
    ]
    async with asyncio.timeout(DEADLINE), connected(attacked.port) as (_, writer):
        for byte in b"".join(whole):
            writer.write(bytes([byte]))
            await writer.drain()
        assert await attacked.upstream.first_told() == text.decode()


async def test_frames_that_come_with_the_handshake_are_not_lost(attacked: Attacked) -> None:
    async with asyncio.timeout(DEADLINE):
        _, writer = await asyncio.open_connection("127.0.0.1", attacked.port)
        writer.write(asked() + frame(TEXT, b"early"))
        assert await attacked.upstream.first_told() == "early"
        writer.close()


def without(name: bytes, *instead: bytes) -> bytes:
    kept = tuple(line for line in HANDSHAKE if not line.startswith(name))
    return asked(handshake=(*kept, *instead))


BAD_HANDSHAKES = {
    "no key": (400, without(b"Sec-WebSocket-Key")),
    "a key that is none": (400, without(b"Sec-WebSocket-Key", b"Sec-WebSocket-Key: x")),
    "two keys": (400, asked(b"/ws", b"Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==")),
    "no version": (400, without(b"Sec-WebSocket-Version")),
    "version 8": (400, without(b"Sec-WebSocket-Version", b"Sec-WebSocket-Version: 8")),
    "a line of 9,000 bytes": (400, asked(b"/ws", b"X: " + b"y" * 9000)),
    "200 fields": (400, asked(b"/ws", *[b"X: y"] * 200)),
    "after a request": (400, b"GET /-/healthy HTTP/1.1\r\nHost: proxy\r\n\r\n" + asked()),
    "our own path": (404, asked(b"/-/status")),
    "our own path in disguise": (404, asked(b"/%2d/status")),
    "our own path by dots": (404, asked(b"/ws/../-/status")),
    "another server": (421, asked(b"http://evil.example/ws")),
    "a fragment": (400, asked(b"/ws#x")),
    "CR LF in the target": (505, asked(b"/ws\r\nX: y")),
    "CR in a protocol": (400, asked(b"/ws", b"Sec-WebSocket-Protocol: a\rX: y")),
}


@pytest.mark.parametrize(("status", "bad"), BAD_HANDSHAKES.values(), ids=list(BAD_HANDSHAKES))
async def test_a_bad_handshake_is_refused_and_goes_nowhere(
    attacked: Attacked, status: int, bad: bytes
) -> None:
    before = attacked.upstream.handshakes
    async with asyncio.timeout(DEADLINE):
        reader, writer = await asyncio.open_connection("127.0.0.1", attacked.port)
        writer.write(bad)
        assert b"HTTP/1.1 %d " % status in await reader.read()
        writer.close()
    assert attacked.upstream.handshakes == before


# Memory, of a process of its own


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProxyProcess]:
    async def deaf(connection: ServerConnection) -> None:
        await connection.wait_closed()

    data_dir: Path = tmp_path_factory.mktemp("process") / "data"
    async with serve(deaf, "127.0.0.1", 0, max_queue=1, close_timeout=0.1) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        async with proxy_process(f"http://127.0.0.1:{port}", data_dir) as process:
            yield process


FLOODS = {
    "pings": frame(PING, bytes(125)) * 1000,
    "pings of nothing": frame(PING) * 10_000,
    "pieces of nothing": frame(CONTINUATION, final=False) * 10_000,
    "pieces of a byte": frame(CONTINUATION, b"x", final=False) * 10_000,
    "messages of a byte": frame(TEXT, b"x") * 10_000,
    "large messages": frame(BINARY, bytes(MIB)),
}

FLOOD_BYTES = 96 * MIB

GROWTH = 24 * MIB
"""Bytes that it may grow by: the largest message that there may be, 16 MiB, and buffers."""


@pytest.mark.parametrize("flood", FLOODS.values(), ids=list(FLOODS))
async def test_a_flood_takes_bounded_memory_and_no_turn_of_others(
    process: ProxyProcess, flood: bytes
) -> None:
    async with connect(f"ws://127.0.0.1:{process.port}/ws") as bystander:
        before = process.resident_bytes
        async with connected(process.port) as (_, writer):
            if flood[0] & 0xF == CONTINUATION:
                writer.write(frame(BINARY, final=False))
            flooding = asyncio.create_task(_flood(writer, flood))
            async with asyncio.timeout(DEADLINE):
                for _ in range(5):
                    await asyncio.sleep(0.2)
                    await (await bystander.ping())
            flooding.cancel()
            await asyncio.gather(flooding, return_exceptions=True)
            assert process.resident_bytes - before < GROWTH
    assert process.complaints() == ["upstream_unknown"]  # it is a websocket server


async def _flood(writer: asyncio.StreamWriter, flood: bytes) -> None:
    """As much as is taken, without reading anything."""
    for _ in range(FLOOD_BYTES // len(flood)):
        writer.write(flood)
        await writer.drain()
