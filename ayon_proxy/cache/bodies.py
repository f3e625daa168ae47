"""Where the bytes of an answer come from, behind one form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from ayon_proxy.cache.file_part import PART_BYTES, FilePart, Part, chunks_of
from ayon_proxy.cache.ports import Blob, UpstreamResponse
from ayon_proxy.cache.spool import Spool


class Body(Protocol):
    """The body of an answer. `stream` or `parts` is called once for each part wanted, `aclose`
    always."""

    @property
    def length(self) -> int | None:
        """Bytes in the whole body; None while nobody knows."""

    def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """Bytes `start` to before `end`. Raises UpstreamBroke or StorageFailed in the middle."""

    def parts(self, start: int = 0, end: int | None = None) -> AsyncIterator[Part]:
        """The same, and what lies in a file is not read."""

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

    def parts(self, start: int = 0, end: int | None = None) -> AsyncIterator[Part]:
        return self.stream(start, end)

    async def aclose(self) -> None:
        return None


class BlobBody:
    """A file of the blob store, read piece by piece: a slow reader costs one piece of memory."""

    def __init__(self, blob: Blob) -> None:
        self._blob = blob

    @property
    def length(self) -> int:
        return self._blob.size

    def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        return chunks_of(self.parts(start, end))

    async def parts(self, start: int = 0, end: int | None = None) -> AsyncIterator[Part]:
        stop = self._blob.size if end is None else end
        for position in range(start, stop, PART_BYTES):
            yield FilePart(self._blob, position, min(PART_BYTES, stop - position))

    async def aclose(self) -> None:
        await self._blob.aclose()


class SpoolBody:
    """A body that may still be arriving."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._reader = spool.join()
        self.length: int | None = None

    def stream(self, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        return chunks_of(self.parts(start, end))

    def parts(self, start: int = 0, end: int | None = None) -> AsyncIterator[Part]:
        return self._spool.parts(self._reader, start, end)

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

    def parts(self, start: int = 0, end: int | None = None) -> AsyncIterator[Part]:
        return self.stream(start, end)

    async def aclose(self) -> None:
        await self._response.aclose()
