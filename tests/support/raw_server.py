"""A server on a real socket that speaks the bytes a test gives it, and shows the bytes it got."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from ayon_proxy.policy.message import Fields

DEADLINE = 10.0


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came: `raw` is the head, byte for byte; `body` is without its framing."""

    raw: bytes
    method: bytes
    target: bytes
    fields: Fields
    body: bytes = b""

    def values(self, name: bytes) -> list[bytes]:
        """All values of a field, in order."""
        return [value for field, value in self.fields if field.lower() == name]


class Connection:
    """The server's end of one connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def head(self) -> Received:
        """Read a request's head. Raises asyncio.IncompleteReadError when the client hung up."""
        raw = await self.reader.readuntil(b"\r\n\r\n")
        line, *fields = raw.rstrip(b"\r\n").split(b"\r\n")
        method, target, _ = line.split(b" ", 2)
        pairs = (field.split(b":", 1) for field in fields)
        return Received(raw, method, target, tuple((name, value.strip()) for name, value in pairs))

    async def request(self) -> Received:
        """Read a request with its body."""
        head = await self.head()
        if head.values(b"transfer-encoding"):
            body = b"".join([chunk async for chunk in self.chunks()])
        else:
            length = int((head.values(b"content-length") or [b"0"])[0])
            body = await self.reader.readexactly(length)
        return Received(head.raw, head.method, head.target, head.fields, body)

    async def chunks(self) -> AsyncIterator[bytes]:
        """Read a chunked body, chunk by chunk."""
        while size := int(await self.reader.readline(), 16):
            yield (await self.reader.readexactly(size + 2))[:-2]
        await self.reader.readline()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def answer(
        self, status: int = 200, body: bytes = b"", *, fields: bytes = b"", length: bool = True
    ) -> None:
        """Send a response; `fields` are whole lines."""
        sized = b"Content-Length: %d\r\n" % len(body) if length else b""
        await self.send(b"HTTP/1.1 %d X\r\n" % status + fields + sized + b"\r\n" + body)

    async def closed(self) -> bytes:
        """Wait until the client hangs up; the bytes that came before."""
        with suppress(ConnectionError):
            return await self.reader.read()
        return b""

    def close(self) -> None:
        self.writer.close()

    def reset(self) -> None:
        self.writer.transport.abort()


Script = Callable[[Connection], Awaitable[None]]


class RawServer:
    """Runs one script for each connection; a script that fails makes the test fail."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.connections = 0
        self.port = 0
        self._running: set[asyncio.Task[None]] = set()
        self.failures: list[BaseException] = []

    @property
    def authority(self) -> str:
        return f"127.0.0.1:{self.port}"

    @property
    def url(self) -> str:
        return f"http://{self.authority}"

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            await self.script(Connection(reader, writer))
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        except Exception as failure:
            self.failures.append(failure)
        finally:
            writer.close()
            self._running.discard(task)

    async def run(self, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        server = await asyncio.start_server(
            self._connected, "127.0.0.1", 0, ssl=tls, limit=1024 * 1024
        )
        self.port = server.sockets[0].getsockname()[1]
        return server

    def stop(self) -> None:
        for task in self._running:
            task.cancel()


@asynccontextmanager
async def serving(script: Script, tls: ssl.SSLContext | None = None) -> AsyncIterator[RawServer]:
    """A running server; raises what its scripts raised."""
    raw = RawServer(script)
    server = await raw.run(tls)
    try:
        async with asyncio.timeout(DEADLINE):
            yield raw
    finally:
        server.close()
        raw.stop()
    if raw.failures:
        raise raw.failures[0]
