"""Websocket frames byte by byte, over a plain socket (RFC 6455 section 5.2)."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

CONTINUATION, TEXT, BINARY, CLOSE, PING, PONG = 0x0, 0x1, 0x2, 0x8, 0x9, 0xA

HANDSHAKE = (
    b"Connection: Upgrade",
    b"Upgrade: websocket",
    b"Sec-WebSocket-Version: 13",
    b"Sec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==",
)


def frame(
    opcode: int,
    payload: bytes = b"",
    *,
    final: bool = True,
    masked: bool = True,
    reserved: int = 0,
    length: int | None = None,
) -> bytes:
    """One frame; `length` is what it claims to hold, if that is not what it holds."""
    size = len(payload) if length is None else length
    first = (0x80 if final else 0) | reserved << 4 | opcode
    mask = 0x80 if masked else 0
    if size < 126:
        head = struct.pack("!BB", first, mask | size)
    elif size < 65536:
        head = struct.pack("!BBH", first, mask | 126, size)
    else:
        head = struct.pack("!BBQ", first, mask | 127, size)
    # The mask of zeros is one.
    return head + (bytes(4) if masked else b"") + payload


def asked(target: bytes = b"/ws", *lines: bytes, handshake: tuple[bytes, ...] = HANDSHAKE) -> bytes:
    """A handshake."""
    first = b"GET " + target + b" HTTP/1.1"
    return b"\r\n".join([first, b"Host: proxy", *handshake, *lines, b"", b""])


async def close_code(reader: asyncio.StreamReader) -> int | None:
    """The code of the close frame that comes next but for pongs; None where the connection ends."""
    try:
        while True:
            first, second = await reader.readexactly(2)
            size = second & 0x7F
            if size == 126:
                (size,) = struct.unpack("!H", await reader.readexactly(2))
            payload = await reader.readexactly(size)
            if first & 0xF == CLOSE:
                return int(struct.unpack("!H", payload[:2])[0]) if payload else 1005
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


@asynccontextmanager
async def connected(
    port: int, target: bytes = b"/ws", *lines: bytes
) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """A websocket whose handshake is done."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(asked(target, *lines))
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101 "), head
        yield reader, writer
    finally:
        writer.close()
