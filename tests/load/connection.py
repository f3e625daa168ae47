"""A keep-alive connection of a client, as light as it can be: hundreds share one core."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

PATIENCE_SECONDS = 60.0
"""Longer than any fault lasts."""


class Broken(Exception):
    """The connection ended, or could not be had, before the answer was whole; or nothing came."""


@dataclass(frozen=True, slots=True)
class Answered:
    """A whole answer. Field names in lower case."""

    status: int
    fields: dict[bytes, bytes]
    body: bytes

    @property
    def cache_status(self) -> str:
        """Its Cache-Status."""
        return self.fields.get(b"cache-status", b"").decode()

    @property
    def hit(self) -> bool:
        """Given from the store, for being fresh."""
        return self.cache_status.startswith("ayon-proxy; hit") and not self.stands_in

    @property
    def stands_in(self) -> bool:
        """Given from the store since upstream gave nothing, and marked as such."""
        return "detail=offline" in self.cache_status

    @property
    def asked(self) -> bool:
        """Upstream was asked for this very request."""
        return "fwd=" in self.cache_status and "collapsed" not in self.cache_status


class Connection:
    """Connects when it is used, and anew when it has broken."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.cut = 0
        """How often it was broken on purpose."""
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(
        self, method: bytes, target: bytes, fields: bytes = b"", body: bytes = b""
    ) -> Answered:
        """One exchange; `fields` are whole lines. Raises Broken."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                return await self._exchange(method, target, fields, body)
        except (OSError, TimeoutError, asyncio.IncompleteReadError, EOFError) as error:
            self.drop()
            raise Broken(repr(error)) from error
        except BaseException:
            self.drop()
            raise

    async def _exchange(self, method: bytes, target: bytes, fields: bytes, body: bytes) -> Answered:
        if self._streams is None:
            self._streams = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._streams
        sized = b"Content-Length: %d\r\n" % len(body) if body else b""
        line = b"%b %b HTTP/1.1\r\nHost: proxy\r\n" % (method, target)
        writer.write(b"".join((line, fields, sized, b"\r\n", body)))
        return await _answer(reader, method)

    def cut_off(self) -> None:
        """Break it as a client's machine that fails would."""
        self.cut += 1
        self.drop()

    def drop(self) -> None:
        """Break it, in whatever it is doing."""
        if self._streams is not None:
            self._streams[1].transport.abort()
            self._streams = None


async def _answer(reader: asyncio.StreamReader, method: bytes) -> Answered:
    head = await reader.readuntil(b"\r\n\r\n")
    line, *lines = head[:-4].split(b"\r\n")
    pairs = (each.split(b":", 1) for each in lines)
    fields = {name.lower(): value.strip() for name, value in pairs}
    status = int(line.split(b" ", 2)[1])
    if method == b"HEAD" or status in (204, 304):
        return Answered(status, fields, b"")
    if b"content-length" in fields:
        return Answered(status, fields, await reader.readexactly(int(fields[b"content-length"])))
    body = b""
    while size := int(await reader.readuntil(b"\r\n"), 16):
        body += (await reader.readexactly(size + 2))[:-2]
    await reader.readuntil(b"\r\n")
    return Answered(status, fields, body)
