"""Connections that listen while they send, and note how far each request got.

httpcore writes a whole request before it reads. A server that refuses an upload early, and then
reads no further or hangs up, would leave us stuck or lose us its answer. These connections read
ahead while an upload is written; an error answer ends the upload. They read on while they are idle,
too: what comes then is no answer to anything, and the connection is not used again.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Iterable
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

import httpcore

READ_BYTES = 64 * 1024

TURNS = 4
"""Turns of the event loop in which everything that had arrived at the process gets to a reader:
from the transport's queue, through TLS, to the task that reads."""

# A line that went down without a word is noticed after half a minute: by probes while we wait, by
# the missing acknowledgement while we send. Not every system has each of these options.
SOCKET_OPTIONS = [
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    *(
        (socket.IPPROTO_TCP, getattr(socket, name), setting)
        for name, setting in (
            ("TCP_KEEPIDLE", 15),
            ("TCP_KEEPINTVL", 5),
            ("TCP_KEEPCNT", 3),
            ("TCP_USER_TIMEOUT", 30_000),
        )
        if hasattr(socket, name)
    ),
]


@dataclass(slots=True)
class Exchange:
    """How far one request got on its connection. `uploading`: look for early answers."""

    uploading: bool
    connected: bool = False
    """The connection was made for this request."""
    sent: bool = False
    """From here on upstream may have acted."""
    answered: bool = False
    refused: asyncio.Event = field(default_factory=asyncio.Event)
    """Upstream has answered with an error, or hung up, before the upload's end."""
    spoiled: bool = False
    """Something had come on the idle connection; nothing was sent on it."""

    @property
    def stale(self) -> bool:
        """A pooled connection on which nothing came back: upstream may have closed it long ago."""
        return self.sent and not self.connected and not self.answered


EXCHANGE: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The request that the current task is sending: httpcore tells its connections no more."""


class ListeningStream(httpcore.AsyncNetworkStream):
    """One connection; see the module's docstring."""

    def __init__(self, inner: httpcore.AsyncNetworkStream) -> None:
        self._inner = inner
        self._ahead: asyncio.Task[bytes] | None = None
        self._uploading: Exchange | None = None

    def watch(self) -> None:
        """Nobody expects anything from here on: notice whatever comes."""
        if self._ahead is None:
            self._uploading = None
            self._ahead = self._reading_ahead()

    @property
    def silent(self) -> bool:
        """Whether nothing came since `watch`, neither bytes nor the connection's end."""
        return self._ahead is not None and not self._ahead.done()

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109 - httpcore's signature
        ahead, self._ahead = self._ahead, None
        if ahead is None:
            data = await self._inner.read(max_bytes, timeout)
        else:
            try:
                async with asyncio.timeout(timeout):
                    data = await ahead
            except TimeoutError:
                raise httpcore.ReadTimeout from None
        exchange = EXCHANGE.get()
        if exchange is not None and data:
            exchange.answered = True
        return data

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109 - httpcore's signature
        exchange = EXCHANGE.get()
        if not buffer or exchange is None:
            await self._inner.write(buffer, timeout)
            return
        if self._ahead is not None and not exchange.sent:
            await self._prove_silence(exchange)
        exchange.sent = True
        if not exchange.uploading:
            await self._inner.write(buffer, timeout)
            return
        self._uploading = exchange
        if self._ahead is None:
            self._ahead = self._reading_ahead()
        await self._write_listening(buffer, timeout, self._ahead, exchange)

    async def _prove_silence(self, exchange: Exchange) -> None:
        """Raises httpcore.ReadError when anything came while the connection was idle."""
        for _ in range(TURNS):
            await asyncio.sleep(0)
        if not self.silent or self._inner.get_extra_info("is_readable"):
            exchange.spoiled = True
            raise httpcore.ReadError("came while nothing had been asked")

    def _reading_ahead(self) -> asyncio.Task[bytes]:
        reading = asyncio.create_task(self._read_ahead())
        # Whoever waits for it may be cancelled in the turn in which it fails.
        reading.add_done_callback(_noted)
        return reading

    async def _read_ahead(self) -> bytes:
        try:
            data = await self._inner.read(READ_BYTES)
        except httpcore.NetworkError:
            if self._uploading is not None:
                self._uploading.refused.set()
            raise
        if self._uploading is not None and (not data or _refuses(data)):
            self._uploading.refused.set()
        return data

    async def _write_listening(
        self, buffer: bytes, seconds: float | None, ahead: asyncio.Task[bytes], exchange: Exchange
    ) -> None:
        writing = asyncio.create_task(self._inner.write(buffer, seconds))
        try:
            await asyncio.wait({writing, ahead}, return_when=asyncio.FIRST_COMPLETED)
            if not writing.done() and exchange.refused.is_set():
                raise httpcore.WriteError("answered before the end of the upload")
            await writing
        finally:
            await _stopped(writing)

    async def aclose(self) -> None:
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            await _stopped(ahead)
        await self._inner.aclose()

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
    ) -> httpcore.AsyncNetworkStream:
        try:
            inner = await self._inner.start_tls(ssl_context, server_hostname, timeout)
        except BaseException:
            # httpcore closes it on errors, but not when the caller gives up.
            await self.aclose()
            raise
        return ListeningStream(inner)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class ListeningBackend(httpcore.AsyncNetworkBackend):
    """Opens `ListeningStream`s over TCP."""

    def __init__(self) -> None:
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - httpcore's signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        exchange = EXCHANGE.get()
        if exchange is not None:
            exchange.connected = True
        try:
            stream = await self._inner.connect_tcp(
                host, port, timeout, local_address, socket_options
            )
        except AttributeError as error:
            # The options are set on a socket that uvloop has let go of: it was reset before a busy
            # loop got to them.
            raise httpcore.ConnectError("it was reset as soon as it was made") from error
        return ListeningStream(stream)

    async def sleep(self, seconds: float) -> None:
        await self._inner.sleep(seconds)


def _refuses(data: bytes) -> bool:
    """Whether these first bytes begin a final answer that makes the rest of an upload futile."""
    status_class = data[9:10]
    return data.startswith(b"HTTP/") and status_class in (b"3", b"4", b"5")


def _noted(task: asyncio.Task[Any]) -> None:
    """How it ended is no news to anybody who does not ask."""
    if not task.cancelled():
        task.exception()


async def _stopped(task: asyncio.Task[Any]) -> None:
    """Cancel a task that is still running; its end interests nobody."""
    if not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    elif not task.cancelled():
        task.exception()
