"""Upstream's `/ws`, for the proxy's own feed (upstream/server.md 2.1)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urlsplit

import orjson
from pydantic import SecretStr
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from ayon_proxy.errors import FeedFailed
from ayon_proxy.upstream.tls import tls_context

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Upstream has no bound of its own; this one keeps memory finite."""

OPEN_SECONDS = 20.0
"""While it restarts, upstream lets connections wait for about 5 s (upstream/observed.md)."""


class EventWebSocket:
    """The `EventSocket` port. HTTP proxies of the environment are not used."""

    def __init__(
        self, url: str, key: SecretStr, *, ssl_context: ssl.SSLContext | None = None
    ) -> None:
        parts = urlsplit(url)
        scheme = "wss" if parts.scheme == "https" else "ws"
        self._uri = f"{scheme}://{parts.netloc}{parts.path.rstrip('/')}/ws"
        self._key = key
        self._tls: dict[str, Any] = {}
        if parts.scheme == "https":
            self._tls["ssl"] = ssl_context or tls_context()

    async def open(self) -> OpenedWebSocket:
        """Raises FeedFailed."""
        try:
            connection = await connect(
                self._uri,
                proxy=None,
                open_timeout=OPEN_SECONDS,
                max_size=MAX_MESSAGE_BYTES,
                **self._tls,
            )
        except (OSError, InvalidHandshake, TimeoutError) as failure:
            reason = f"upstream's event socket can't be opened ({type(failure).__name__})"
            raise FeedFailed(reason) from failure
        return OpenedWebSocket(connection, self._key)


class OpenedWebSocket:
    """The `OpenEventSocket` port."""

    def __init__(self, connection: ClientConnection, key: SecretStr) -> None:
        self._connection = connection
        self._key = key

    @property
    def close_code(self) -> int | None:
        """None where upstream has not said goodbye."""
        received = self._connection.protocol.close_rcvd
        return None if received is None else int(received.code)

    async def authenticate(self) -> None:
        """Raises FeedFailed when the socket is closed."""
        order = {"topic": "auth", "token": self._key.get_secret_value(), "subscribe": ["*"]}
        try:
            await self._connection.send(orjson.dumps(order).decode())
        except ConnectionClosed as closed:
            raise FeedFailed("upstream has closed the event socket") from closed

    async def messages(self) -> AsyncIterator[Mapping[str, Any]]:
        """What is not a JSON object is passed over."""
        while True:
            try:
                text = await self._connection.recv(decode=False)
            except ConnectionClosed:
                return
            try:
                message = orjson.loads(text)
            except ValueError:
                continue
            if isinstance(message, dict):
                yield message

    async def aclose(self) -> None:
        """Without a goodbye: who gives it up does not wait for upstream."""
        self._connection.transport.abort()
        await asyncio.sleep(0)
