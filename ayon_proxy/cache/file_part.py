"""A piece of a body that lies in an open file: it may be sent without being read."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TypeAlias

from ayon_proxy.cache.ports import Blob, StagedBlob
from ayon_proxy.errors import UpstreamBroke

READ_BYTES = 128 * 1024
"""What a reader takes at once: the memory that two hundred readers cost is a multiple of it."""

PART_BYTES = 1024 * 1024
"""What is handed on at once where nothing is read."""


@dataclass(frozen=True, slots=True)
class FilePart:
    """`size` bytes from `start`; all of them are there while the file is held open."""

    blob: Blob | StagedBlob
    start: int
    size: int

    def __len__(self) -> int:
        return self.size

    def descriptor(self) -> AbstractContextManager[int | None]:
        """As the port has it."""
        return self.blob.descriptor()

    async def chunks(self) -> AsyncIterator[bytes]:
        """What is in it, read piece by piece. Raises UpstreamBroke or StorageFailed."""
        position, stop = self.start, self.start + self.size
        while position < stop:
            chunk = await self.blob.read(position, min(READ_BYTES, stop - position))
            if not chunk:
                raise UpstreamBroke("The stored file is shorter than it was.")
            position += len(chunk)
            yield chunk


Part: TypeAlias = bytes | FilePart


async def chunks_of(parts: AsyncIterator[Part]) -> AsyncIterator[bytes]:
    """All that is in the parts, read."""
    async for part in parts:
        if isinstance(part, bytes):
            yield part
        else:
            async for chunk in part.chunks():
                yield chunk
