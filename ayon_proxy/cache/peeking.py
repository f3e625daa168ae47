"""Reads the body of an answer before it is handed on, without keeping it from anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ayon_proxy.cache.bodies import Body
from ayon_proxy.cache.file_part import Part
from ayon_proxy.errors import ProxyError


class PeekedBody:
    """The beginning that was read, then the rest as it arrives, or as it broke."""

    def __init__(self, body: Body) -> None:
        self._body = body
        self._coming = body.stream()
        self._read: list[bytes] = []
        self._broke: ProxyError | None = None
        self.length = body.length

    async def whole(self, limit: int) -> bytes | None:
        """All of it; None when it is longer than `limit` bytes, or broke off."""
        size = 0
        try:
            async for chunk in self._coming:
                self._read.append(chunk)
                size += len(chunk)
                if size > limit:
                    return None
        except ProxyError as error:
            self._broke = error
            return None
        return b"".join(self._read)

    async def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if start or end is not None:
            raise ValueError("A relayed body is relayed whole.")
        for chunk in self._read:
            yield chunk
        if self._broke is not None:
            raise self._broke
        async for chunk in self._coming:
            yield chunk

    def parts(self, start: int = 0, end: int | None = None) -> AsyncIterator[Part]:
        return self.stream(start, end)

    async def aclose(self) -> None:
        await self._body.aclose()
