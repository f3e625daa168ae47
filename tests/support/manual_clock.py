"""A clock that stands until a test moves it."""

from __future__ import annotations

import asyncio


class ManualClock:
    """The `Clock` port; seconds since the epoch."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now
        self._passed = 0.0
        self._sleepers: list[tuple[float, asyncio.Event]] = []
        self._asleep = asyncio.Condition()

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass; a negative number is a clock that was set back, in which nobody wakes."""
        self._now += seconds
        self._passed += max(0.0, seconds)
        for wakes_at, awake in self._sleepers:
            if wakes_at <= self._passed:
                awake.set()

    async def sleep(self, seconds: float) -> None:
        sleeper = (self._passed + seconds, asyncio.Event())
        self._sleepers.append(sleeper)
        try:
            async with self._asleep:
                self._asleep.notify_all()
            await sleeper[1].wait()
        finally:
            self._sleepers.remove(sleeper)

    async def sleeping(self, count: int = 1) -> list[float]:
        """Wait until so many sleep; the seconds that each of them has left."""
        async with self._asleep:
            await self._asleep.wait_for(lambda: len(self._sleepers) >= count)
        return [wakes_at - self._passed for wakes_at, _ in self._sleepers]
