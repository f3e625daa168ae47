"""How much of the data directory is used, and who has to wait for room.

    0 ────────── LOW ─── HIGH ─── max_bytes
                  ^       ^           ^
                  |       |           a body that wants more waits here, and is refused in the end
                  |       eviction begins
                  eviction stops

Only writers of files wait. Hits and start-up never do.
"""

from __future__ import annotations

import asyncio

from ayon_proxy.errors import StorageFailed

HIGH_WATER = 0.95
LOW_WATER = 0.90

PATIENCE_SECONDS = 10.0
"""How long a body waits for eviction before it is relayed without being stored."""


class Space:
    """Bytes used, as last measured, and bytes promised to bodies since."""

    def __init__(self, max_bytes: int) -> None:
        self.max_bytes = max_bytes
        self._measured = 0
        self._taken = 0
        self._measured_anew = asyncio.Event()
        self.wanted = asyncio.Event()
        """Set when eviction should look: the janitor waits for it."""

    @property
    def used(self) -> int:
        """Bytes, at most: what is taken may not have been written yet."""
        return self._measured + self._taken

    async def take(self, size: int) -> None:
        """Promise `size` bytes to a body. Raises StorageFailed when there is no room for them."""
        deadline = asyncio.get_running_loop().time() + PATIENCE_SECONDS
        while self.used + size > self.max_bytes:
            self.wanted.set()
            try:
                async with asyncio.timeout_at(deadline):
                    await self._measured_anew.wait()
            except TimeoutError:
                raise StorageFailed("There is no room left in the data directory.") from None
        self.note(size)

    def note(self, size: int) -> None:
        """That many bytes more are, or will be, in the directory."""
        self._taken += size
        if self.excess:
            self.wanted.set()

    def measured(self, size: int) -> None:
        """What the data directory holds now, staged files included: promises are in it."""
        self._measured, self._taken = size, 0
        self._measured_anew.set()
        self._measured_anew = asyncio.Event()

    @property
    def excess(self) -> int:
        """Bytes to let go of to be back at the low water mark; 0 below the high one."""
        if self.used <= HIGH_WATER * self.max_bytes:
            return 0
        return self.used - int(LOW_WATER * self.max_bytes)
