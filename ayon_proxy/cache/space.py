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

from ayon_proxy.cache.ports import Clock
from ayon_proxy.errors import NoRoom

HIGH_WATER = 0.95
LOW_WATER = 0.90

PATIENCE_SECONDS = 10.0
"""How long a body waits for eviction before it is relayed without being stored."""


class Space:
    """Bytes used, as last measured, and bytes promised since."""

    def __init__(self, max_bytes: int, clock: Clock) -> None:
        self.max_bytes = max_bytes
        self._clock = clock
        self._measured = 0
        self._awaited = 0
        self._measured_anew = asyncio.Event()
        self.promised = 0
        """Bytes that the last measuring may not have seen."""
        self.wanted = asyncio.Event()
        """Set when eviction should look: the janitor waits for it."""

    @property
    def used(self) -> int:
        """Bytes, at most: what is promised may not have been written yet."""
        return self._measured + self.promised

    async def take(self, size: int) -> None:
        """Promise `size` bytes to a body. Raises NoRoom when there is none for them."""
        if self.used + size > self.max_bytes:
            await self._room_for(size)
        self.note(size)

    def has_room(self, size: int) -> bool:
        """Whether `size` bytes more are within the bound at this moment; else eviction is asked
        for, and what would only wait for it may as well be left out."""
        if self.used + size <= self.max_bytes:
            return True
        self.wanted.set()
        return False

    def note(self, size: int) -> None:
        """That many bytes more are, or will be, in the directory."""
        self.promised += size
        if self.excess:
            self.wanted.set()

    def measured(self, size: int, promised: int) -> None:
        """The data directory holds `size` bytes, staged files included. `promised` is what was so
        when the measuring began, and is in it now."""
        self._measured = size
        self.promised -= promised
        self._measured_anew.set()
        self._measured_anew = asyncio.Event()

    @property
    def excess(self) -> int:
        """Bytes to let go of to be back at the low water mark; 0 below the high one."""
        wanted = self.used + self._awaited
        if wanted <= HIGH_WATER * self.max_bytes:
            return 0
        return wanted - int(LOW_WATER * self.max_bytes)

    async def _room_for(self, size: int) -> None:
        out_of_patience = asyncio.create_task(self._clock.sleep(PATIENCE_SECONDS))
        self._awaited += size
        try:
            while self.used + size > self.max_bytes:
                if out_of_patience.done():
                    raise NoRoom("There is no room left in the data directory.")
                self.wanted.set()
                measured_anew = asyncio.create_task(self._measured_anew.wait())
                try:
                    await asyncio.wait(
                        {measured_anew, out_of_patience}, return_when=asyncio.FIRST_COMPLETED
                    )
                finally:
                    measured_anew.cancel()
        finally:
            self._awaited -= size
            out_of_patience.cancel()
