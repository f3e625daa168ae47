"""Where something waits until a test lets it go on: tests put things in order without sleeping."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field


@dataclass(eq=False)
class Barrier:
    """`await barrier.reached()` returns once somebody waits; they go on after `release()`.

    `arrived` counts those who came.
    """

    arrived: int = field(default=0, init=False)
    _arrival: asyncio.Condition = field(default_factory=asyncio.Condition, init=False)
    _released: asyncio.Event = field(default_factory=asyncio.Event, init=False)

    def release(self) -> None:
        """Let all that wait here go on, and all later ones pass."""
        self._released.set()

    async def reached(self, arrivals: int = 1) -> None:
        """Return once that many in all have arrived at this point."""
        async with self._arrival:
            await self._arrival.wait_for(lambda: self.arrived >= arrivals)

    async def arrive(self) -> None:
        """Wait here."""
        async with self._arrival:
            self.arrived += 1
            self._arrival.notify_all()
        await self._released.wait()
