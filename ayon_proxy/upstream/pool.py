"""Keeps connections open between requests, however many there are.

httpcore's own pool looks at each pair of its idle connections for each request: that is 17 ms a
request with 200 of them, which a farm wave leaves behind. This one takes the connection that was
busy last, so its cost does not depend on their number, and the others grow old and are closed.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial

import httpcore

from ayon_proxy.upstream.connections import SOCKET_OPTIONS, ListeningBackend
from ayon_proxy.upstream.pooled import PooledConnection


class ConnectionPool:
    """HTTP/1.1 connections to any origin, at most `max_connections` in use at once.

    An unused one is kept for `idle_seconds`, unless anything arrives on it before, its end or bytes
    that nobody asked for. HTTP/2 is not
    offered: httpcore 1.0 never tells a server that a stream was given up, so a client that leaves
    would not stop its request, and each download that is dropped would shrink the window of its
    connection until nothing moves any more.
    """

    def __init__(
        self,
        ssl_context: ssl.SSLContext,
        *,
        max_connections: int,
        idle_seconds: float,
        free_seconds: float,
    ) -> None:
        self._ssl_context = ssl_context
        self._free_seconds = free_seconds
        self._idle_seconds = idle_seconds
        self._free = asyncio.Semaphore(max_connections)
        self._idle: defaultdict[str, list[PooledConnection]] = defaultdict(list)
        self._busy: set[PooledConnection] = set()

    @property
    def connections(self) -> int:
        """Those that are held, busy and idle ones."""
        return len(self._busy) + sum(map(len, self._idle.values()))

    async def send(self, request: httpcore.Request) -> httpcore.Response:
        """Send on a connection that is free, waiting for one for `free_seconds` at most.

        The response holds it until it is closed. Raises what httpcore's connections raise, and
        httpcore.PoolTimeout.
        """
        try:
            async with asyncio.timeout(self._free_seconds):
                await self._free.acquire()
        except TimeoutError:
            raise httpcore.PoolTimeout from None
        connection = None
        try:
            connection = await self._taken(request.url.origin)
            response = await connection.handle_async_request(request)
        except BaseException:
            await self._give_back(connection, request.url.origin)
            raise
        body = _Body(response, partial(self._give_back, connection, request.url.origin))
        return httpcore.Response(response.status, headers=response.headers, content=body)

    def forget_idle(self) -> None:
        """None that is idle now is used again."""
        for idle in self._idle.values():
            for connection in idle:
                connection.forgotten = True

    async def aclose(self) -> None:
        """Close all connections, the busy ones too."""
        connections = [*self._busy, *(one for idle in self._idle.values() for one in idle)]
        self._idle.clear()
        for connection in connections:
            await connection.aclose()

    async def _taken(self, origin: httpcore.Origin) -> PooledConnection:
        """The connection that was busy last, or a new one."""
        idle = self._idle[str(origin)]
        connection = None
        while idle and connection is None:
            connection = idle.pop()
            if not connection.usable():
                await connection.aclose()
                connection = None
        if connection is None:
            connection = PooledConnection(
                origin,
                ssl_context=self._ssl_context,
                keepalive_expiry=self._idle_seconds,
                network_backend=ListeningBackend(),
                socket_options=SOCKET_OPTIONS,
            )
        self._busy.add(connection)
        return connection

    async def _give_back(
        self, connection: PooledConnection | None, origin: httpcore.Origin
    ) -> None:
        self._free.release()
        if connection is None:
            return
        self._busy.discard(connection)
        idle = self._idle[str(origin)]
        if connection.rest():
            idle.append(connection)
        else:
            await connection.aclose()
        # The oldest come first.
        while idle and not idle[0].usable():
            await idle.pop(0).aclose()
        if not idle:
            self._idle.pop(str(origin), None)


class _Body:
    """A response's body; `released` is called once, when it is closed."""

    def __init__(
        self, response: httpcore.Response, released: Callable[[], Awaitable[None]]
    ) -> None:
        self._response = response
        self._released = released
        self._closed = False

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._response.aiter_stream()

    async def aclose(self) -> None:
        if not self._closed:
            self._closed = True
            try:
                await self._response.aclose()
            finally:
                await self._released()
