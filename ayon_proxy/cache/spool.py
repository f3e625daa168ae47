"""A body on its way in: written once, read by everyone who waits as it grows.

    append ──> memory ──(over INLINE_BYTES)──> staged file ──(disk refuses, or too large)──> window
                                append_ahead ──┘ what is not next; taken up when it is

In memory and on disk the body is kept whole, so a reader may begin at any time and read at its own
speed. In the window only the next few MiB are kept: the writer then waits for the slowest reader,
nobody may join any more, and nothing will be stored.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator

from ayon_proxy.cache.file_part import PART_BYTES, READ_BYTES, FilePart, Part, chunks_of
from ayon_proxy.cache.ports import BlobStore, StagedBlob
from ayon_proxy.cache.space import Space
from ayon_proxy.errors import NoRoom, StorageFailed, UpstreamBroke

INLINE_BYTES = 64 * 1024
"""Bodies up to this size stay in memory and are stored in the index itself."""

TAKEN_UP_BYTES = 1024 * 1024
"""What was written ahead is read back, for its digest, in pieces of that size."""

WINDOW_BYTES = 4 * 1024 * 1024

GROWTH_SECONDS = 0.02
"""How long readers of a file may not be told that it has grown: two hundred of them that wait for a
package would be woken for each small piece of it."""


class NobodyReads(Exception):
    """The last reader left a body that is not going to be stored."""


class Spool:
    """One writer calls `append` and then `finish`; readers `join`, `follow` and `leave`."""

    def __init__(
        self, blobs: BlobStore, space: Space, *, inline_bytes: int, on_disk: bool = True
    ) -> None:
        self._blobs = blobs
        self._space = space
        self._inline_bytes = inline_bytes
        self._on_disk = on_disk
        self._memory = bytearray()
        self._staged: StagedBlob | None = None
        self._kept = 0
        self._window: deque[bytes] = deque()
        self._window_start = 0
        self._positions: dict[int, int] = {}
        self._readers_so_far = 0
        self._closing = False
        self._growth: asyncio.TimerHandle | None = None
        self._changed = asyncio.Event()
        self.size = 0
        self.done = False
        self.error: Exception | None = None
        self.refused: StorageFailed | None = None
        """Why the body will not be stored; None while it may be."""

    @property
    def joinable(self) -> bool:
        """Whether a reader may still begin: everything is kept, and will be."""
        return self.refused is None and self.error is None and not self._closing

    @property
    def keeps_ahead(self) -> bool:
        """Whether what is not next may come, too."""
        return self._staged is not None and self.refused is None

    @property
    def staged(self) -> StagedBlob | None:
        """The file, once the body has outgrown memory."""
        return self._staged

    @property
    def memory(self) -> bytes:
        """The whole body, as long as it is in memory."""
        return bytes(self._memory)

    async def append(self, chunk: bytes) -> None:
        """Add to the body. Raises NobodyReads; a failing disk is no error but the window."""
        if self.refused is None:
            try:
                await self._keep(chunk)
            except StorageFailed as failure:
                self._refuse(failure)
        if self.refused is not None:
            self._window.append(chunk)
        self.size += len(chunk)
        if self._staged is None or self.refused is not None:
            self._announce()
        elif self._growth is None:
            loop = asyncio.get_running_loop()
            self._growth = loop.call_later(GROWTH_SECONDS, self._announce)
        while self.refused is not None and self.size - self._window_start > WINDOW_BYTES:
            await self._slowest_reader_moves()

    async def append_ahead(self, start: int, chunk: bytes) -> None:
        """Keep what is not next, while `keeps_ahead`. A failing disk is no error but the window."""
        staged = self._staged
        if staged is None or self.refused is not None:
            return
        try:
            await self._space.take(len(chunk))
            await staged.write_ahead(start, chunk)
        except StorageFailed as failure:
            self._refuse(failure)

    async def take_up(self, end: int) -> None:
        """All to before `end` was kept ahead: let readers have it, too."""
        while self._staged is not None and self.refused is None and self.size < end:
            size = min(TAKEN_UP_BYTES, end - self.size)
            try:
                await self._staged.take_up(size)
            except StorageFailed as failure:
                self._refuse(failure)
                return
            self._kept += size
            self.size += size
            self._announce()

    def finish(self, error: Exception | None = None) -> None:
        """No more comes: the body is whole, or `error` tells why it is not."""
        self.done = True
        self.error = error
        self._announce()

    def join(self) -> int:
        """Become a reader: what is not read yet is kept for it until it leaves."""
        self._readers_so_far += 1
        self._positions[self._readers_so_far] = 0
        return self._readers_so_far

    async def leave(self, reader: int) -> None:
        """The reader wants no more. Harmless when it has left already."""
        if self._positions.pop(reader, None) is not None:
            self._announce()
            await self._close_when_unused()

    def follow(self, reader: int, start: int = 0, end: int | None = None) -> AsyncIterator[bytes]:
        """The bytes from `start` to before `end`, waiting for what has not arrived.

        Raises UpstreamBroke when the body ended before its end, StorageFailed when what was
        written can't be read back.
        """
        return chunks_of(self.parts(reader, start, end))

    async def parts(
        self, reader: int, start: int = 0, end: int | None = None
    ) -> AsyncIterator[Part]:
        """The same, and what lies in the file is not read."""
        position = self._positions[reader] = start
        while end is None or position < end:
            await self._arrival_past(position)
            if position >= self.size:
                self._raise_unless_whole()
                return
            part = self._part(position, end)
            position = self._positions[reader] = position + len(part)
            if self.refused is not None:
                self._announce()
            yield part

    async def finished(self) -> None:
        """Wait until the body is whole, or until it is clear that not all of it will be kept.
        Raises UpstreamBroke when it never will be whole."""
        while not self.done and self.refused is None:
            await self._change()
        self._raise_unless_whole()

    async def close_when_read(self) -> None:
        """The writer has done with the file: close it as soon as the last reader has, too."""
        self._closing = True
        await self._close_when_unused()

    def _raise_unless_whole(self) -> None:
        if self.error is not None:
            raise UpstreamBroke(str(self.error)) from self.error

    def _refuse(self, failure: StorageFailed) -> None:
        self.refused = failure
        self._window_start = self._kept

    async def _keep(self, chunk: bytes) -> None:
        if self._staged is None and self.size + len(chunk) <= self._inline_bytes:
            self._memory += chunk
        else:
            if self._staged is None:
                self._staged = await self._stage()
            await self._space.take(len(chunk))
            await self._staged.write(chunk)
        self._kept += len(chunk)

    async def _stage(self) -> StagedBlob:
        if not self._on_disk:
            raise NoRoom("The body is too large to be kept in memory.")
        await self._space.take(len(self._memory))
        staged = await self._blobs.stage()
        try:
            await staged.write(bytes(self._memory))
        except BaseException:
            await staged.aclose()
            raise
        return staged

    def _part(self, start: int, end: int | None) -> Part:
        there = (self.size if end is None else min(end, self.size)) - start
        if start < self._kept and self._staged is not None:
            return FilePart(self._staged, start, min(PART_BYTES, there, self._kept - start))
        size = min(READ_BYTES, there)
        if start < self._kept:
            return bytes(self._memory[start : start + size])
        position = self._window_start
        for chunk in self._window:
            if position <= start < position + len(chunk):
                return chunk[start - position :][:size]
            position += len(chunk)
        raise StorageFailed("What this reader needs has left the window.")

    async def _slowest_reader_moves(self) -> None:
        """Let go of what every reader has passed; wait when that is nothing."""
        if not self._positions:
            raise NobodyReads
        slowest = min(self._positions.values())
        if not self._window or self._window_start + len(self._window[0]) > slowest:
            await self._change()
        else:
            self._window_start += len(self._window.popleft())

    async def _arrival_past(self, position: int) -> None:
        while self.size <= position and not self.done:
            await self._change()

    async def _change(self) -> None:
        await self._changed.wait()

    def _announce(self) -> None:
        if self._growth is not None:
            self._growth.cancel()
            self._growth = None
        self._changed.set()
        self._changed = asyncio.Event()

    async def _close_when_unused(self) -> None:
        if self._closing and not self._positions and self._staged is not None:
            await self._staged.aclose()
