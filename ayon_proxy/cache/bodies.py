"""Where the bytes of an answer come from, behind one form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from ayon_proxy.cache.ports import Blob, UpstreamResponse
from ayon_proxy.cache.spool import READ_BYTES, Spool
from ayon_proxy.errors import UpstreamBroke


class Body(Protocol):
    """The body of an answer. `stream` is called once for each part wanted, `aclose` always."""

    @property
    def length(self) -> int | None:
        """Bytes in the whole body; None while nobody knows."""

    def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes `start` to before `end`. Raises UpstreamBroke or StorageFailed in the middle."""

    async def aclose(self) -> None:
        """Release what the body holds. Never raises."""


class InlineBody:
    """Bytes in memory."""

    def __init__(self, content: bytes) -> None:
        self.content = content

    @property
    def length(self) -> int:
        return len(self.content)

    async def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        yield self.content[start:end]

    async def aclose(self) -> None:
        return None


class BlobBody:
    """A file of the blob store, read piece by piece: a slow reader costs one piece of memory."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob

    @property
    def length(self) -> int:
        return self._blob.size

    async def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        position, stop = start, self._blob.size if end is None else end
        while position < stop:
            piece = await self._blob.read(position, min(READ_BYTES, stop - position))
            if not piece:
                raise UpstreamBroke("The stored file is shorter than it was.")
            position += len(piece)
            yield piece

    async def aclose(self) -> None:
        await self._blob.aclose()


class SpoolBody:
    """A body that may still be arriving."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._reader = spool.join()
        self.length: int | None = None

    def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        return self._spool.follow(self._reader, start, end)

    async def aclose(self) -> None:
        await self._spool.leave(self._reader)


class RelayedBody:
    """Upstream's own body, for one reader: when that one leaves, upstream is told."""

    def __init__(self, response: UpstreamResponse, length: int | None) -> None:
        self._response = response
        self.length = length

    def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        if start or end is not None:
            raise ValueError("A relayed body is relayed whole.")
        return self._response.chunks()

    async def aclose(self) -> None:
        await self._response.aclose()
