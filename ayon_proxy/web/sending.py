"""Sends the body of an answer: what lies in a file, by the system, without being read.

A file's bytes go from the system's memory to the socket, past ASGI and the connection's transport,
which has been emptied before. Elsewhere than on Linux, over TLS, and where the length is not known,
they are read and written like all others.
"""

from __future__ import annotations

import asyncio
import os
import sys
from typing import Any

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ayon_proxy.cache.file_part import FilePart, Part
from ayon_proxy.errors import UpstreamBroke
from ayon_proxy.web.protocol import cycle_of

LOOK_BYTES = 1024 * 1024
"""From one page that is looked for to the next."""


class Sending:
    """The body of one answer, whose head has been sent. `sent` counts its bytes."""

    def __init__(self, scope: Any, send: Any) -> None:
        self.sent = 0
        self._send = send
        self._cycle = cycle_of(scope)

    async def send(self, part: Part) -> None:
        """The next part. Raises UpstreamBroke or StorageFailed where it can't be read."""
        if isinstance(part, bytes):
            await self._write(part)
            return
        with part.descriptor() as descriptor:
            if descriptor is not None and self._cycle is not None and _by_system(self._cycle):
                await self._pass(part, descriptor, self._cycle)
                return
        async for chunk in part.chunks():
            await self._write(chunk)

    async def _write(self, chunk: bytes) -> None:
        await self._send({"type": "http.response.body", "body": chunk, "more_body": True})
        self.sent += len(chunk)

    async def _pass(self, part: FilePart, descriptor: int, cycle: RequestResponseCycle) -> None:
        if not _at_hand(descriptor, part):
            async for _ in part.chunks():  # in a thread, since the loop must not wait for a disk
                pass
        await _emptied(cycle)
        if cycle.transport.is_closing():
            cycle.disconnected = True
        if cycle.disconnected:
            return
        # A number of our own: that of the transport may be another file's after any `await`.
        connection = os.dup(cycle.transport.get_extra_info("socket").fileno())
        try:
            await self._passed(part, descriptor, cycle, connection)
        except ConnectionError:
            # The transport learns it later. Until then uvicorn would miss the rest of the answer.
            cycle.disconnected = True
            cycle.transport.abort()
        finally:
            os.close(connection)

    async def _passed(
        self, part: FilePart, descriptor: int, cycle: RequestResponseCycle, connection: int
    ) -> None:
        position, stop = part.start, part.start + part.size
        while position < stop and not cycle.disconnected:
            try:
                count = os.sendfile(connection, descriptor, position, stop - position)
            except BlockingIOError:
                await _writable(connection)
                continue
            if not count:
                raise UpstreamBroke("The stored file is shorter than it was.")
            position += count
            self.sent += count
            cycle.expected_content_length -= count
        await asyncio.sleep(0)  # others have their turn


def _by_system(cycle: RequestResponseCycle) -> bool:
    return (
        sys.platform == "linux"
        and cycle.chunked_encoding is False
        and cycle.transport.get_extra_info("sslcontext") is None
    )


def _at_hand(descriptor: int, part: FilePart) -> bool:
    """Whether it is in memory, by a page here and there: the system reads ahead between them."""
    last = part.start + part.size - 1
    try:
        for position in (*range(part.start, last, LOOK_BYTES), last):
            os.preadv(descriptor, [bytearray(1)], position, os.RWF_NOWAIT)
    except OSError:  # not there, or a file system that can't tell
        return False
    return True


async def _emptied(cycle: RequestResponseCycle) -> None:
    """Return when all that was written to the transport has been sent, or never will be."""
    transport = cycle.transport
    if not transport.get_write_buffer_size():
        return
    await asyncio.sleep(0)  # uvloop writes at the end of its turn
    if transport.get_write_buffer_size():
        transport.set_write_buffer_limits(high=0)
        try:
            while transport.get_write_buffer_size() and not cycle.disconnected:
                await cycle.flow.drain()
        finally:
            transport.set_write_buffer_limits()


async def _writable(connection: int) -> None:
    loop = asyncio.get_running_loop()
    ready = loop.create_future()
    loop.add_writer(connection, _tell, ready)
    try:
        await ready
    finally:
        loop.remove_writer(connection)


def _tell(ready: asyncio.Future[None]) -> None:
    if not ready.done():
        ready.set_result(None)
