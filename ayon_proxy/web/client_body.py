"""A client's request body, and the news that the client has gone: ASGI has one channel for both."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from ayon_proxy.errors import ProxyError
from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Fields


class ClientLeft(ProxyError):
    """The client closed the connection in the middle of its request."""


class ClientBody:
    """Implements `RequestBody` over ASGI's `receive`. One reader."""

    def __init__(self, receive: Any, fields: Fields) -> None:
        self._receive = receive
        self._read: list[bytes] = []
        self._complete = asyncio.Event()
        self.answered = False
        """Set when all of the answer has been handed over: the client's leaving is news no more."""
        length = value(fields, b"content-length")
        self.present = value(fields, b"transfer-encoding") is not None or length not in (None, b"0")

    async def whole(self, limit: int) -> bytes | None:
        """All of it, or None when it is longer than `limit` bytes; `stream` still gives all."""
        size = 0
        while not self._complete.is_set() and size <= limit:
            chunk = await self._next()
            self._read.append(chunk)
            size += len(chunk)
        return b"".join(self._read) if size <= limit else None

    async def stream(self) -> AsyncIterator[bytes]:
        """The chunks, those that `whole` has read included. Raises ClientLeft."""
        for chunk in self._read:
            yield chunk
        while not self._complete.is_set():
            if chunk := await self._next():
                yield chunk

    async def left(self) -> None:
        """Return when the client is gone. Until the body was read, its reader learns that."""
        if not self.present:
            self._complete.set()
        await self._complete.wait()
        while (await self._receive())["type"] != "http.disconnect":
            continue

    async def _next(self) -> bytes:
        message = await self._receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft("The client left before its request was complete.")
        if not message.get("more_body", False):
            self._complete.set()
        return bytes(message.get("body", b""))
