"""Reads small files whole, each once for all who ask for it meanwhile."""

from __future__ import annotations

import asyncio

from ayon_proxy.cache.ports import Blob
from ayon_proxy.errors import StorageFailed


class ReadOnce:
    """Reads under way, by digest."""

    def __init__(self) -> None:
        self._under_way: dict[bytes, asyncio.Task[bytes | None]] = {}

    async def content(self, digest: bytes, blob: Blob) -> bytes | None:
        """All of it; None when it can't be read. The blob is closed."""
        reading = self._under_way.get(digest)
        if reading is None:
            reading = asyncio.create_task(whole(blob), name="read whole")
            self._under_way[digest] = reading
            reading.add_done_callback(lambda _: self._under_way.pop(digest, None))
        else:
            await blob.aclose()
        return await asyncio.shield(reading)


async def whole(blob: Blob) -> bytes | None:
    """All of it; None when it can't be read. The blob is closed."""
    try:
        content = await blob.read(0, blob.size)
    except StorageFailed:
        return None
    finally:
        await blob.aclose()
    return content if len(content) == blob.size else None
