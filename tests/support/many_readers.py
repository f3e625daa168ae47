"""Many clients that read one file at once, each at its own pace, and check every byte of it."""

from __future__ import annotations

import asyncio

from tests.support.relay import request

BUFFER_BYTES = 1 << 20


class Reader(asyncio.BufferedProtocol):
    """Asks for `path` with `key`, and stops reading after `pause_after` bytes until `go_on`."""

    _buffer = bytearray(BUFFER_BYTES)  # for all: each looks at it before the next one reads

    def __init__(self, path: str, key: str, content: bytes, pause_after: int | None) -> None:
        loop = asyncio.get_running_loop()
        self.received = 0
        self.paused = loop.create_future()
        self.ended = loop.create_future()
        self._request = request(b"GET", path.encode(), b"X-Api-Key: " + key.encode())
        self._content = content
        self._pause_after = pause_after
        self._head: bytearray | None = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self._request)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        data = bytes(memoryview(self._buffer)[:nbytes])
        if self._head is not None:
            self._head += data
            head, mark, rest = self._head.partition(b"\r\n\r\n")
            if not mark:
                return
            assert head.startswith(b"HTTP/1.1 200 "), head
            assert b"content-length: %d" % len(self._content) in head.lower(), head
            self._head, data = None, bytes(rest)
        end = self.received + len(data)
        if not self._content.startswith(data, self.received):
            self._end(AssertionError(f"wrong bytes between {self.received} and {end}"))
        self.received = end
        if end == len(self._content):
            self._end(None)
        elif self._pause_after is not None and end >= self._pause_after:
            self._pause_after = None
            self.transport.pause_reading()
            self.paused.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self._end(exc or EOFError(f"the connection ended after {self.received} bytes"))

    def go_on(self) -> None:
        """Read on, to the end."""
        self.transport.resume_reading()

    def _end(self, failure: Exception | None) -> None:
        if not self.ended.done():
            if failure is None:
                self.ended.set_result(None)
            else:
                self.ended.set_exception(failure)
        self.transport.close()


async def reader(
    port: int, path: str, key: str, content: bytes, *, pause_after: int | None = None
) -> Reader:
    """One that has just asked."""
    loop = asyncio.get_running_loop()
    _, protocol = await loop.create_connection(
        lambda: Reader(path, key, content, pause_after), "127.0.0.1", port
    )
    return protocol
