"""The time of day without its jumps.

The wall clock may be set, by an operator or by NTP, hours forwards or back while the proxy runs:
then nothing stored may seem young or old that isn't, no proof of a caller good or over, and no
timer early or late. So it is read once, at the start; from there on a clock counts that nobody can
set, the time that a machine was asleep included.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


def seconds_awake_and_asleep() -> float:
    """Seconds since some moment, never set and never standing still.

    `time.monotonic` stands still while Linux or macOS sleep: what the proxy has missed meanwhile
    would not be noticed. Linux counts that in CLOCK_BOOTTIME, macOS in CLOCK_MONOTONIC, Windows in
    every clock.
    """
    return _UNSET() if _CLOCK is None else time.clock_gettime(_CLOCK)


_UNSET = time.monotonic
_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", getattr(time, "CLOCK_MONOTONIC", None))


class SystemClock:
    """The `Clock` port. `wall` gives seconds since the epoch and is asked once for it.

    Where the wall clock was wrong at the start and is put right later, times that are shown to
    people (in the log, in /-/status) are off by that until the next start.
    """

    def __init__(
        self,
        wall: Callable[[], float] = time.time,
        steady: Callable[[], float] = seconds_awake_and_asleep,
    ) -> None:
        self.steady = steady
        """Seconds since some moment that nobody can set."""
        self._wall = wall
        self._epoch = wall() - steady()

    def now(self) -> float:
        """Seconds since the epoch; it never goes back."""
        return self._epoch + self.steady()

    def minute_of_day(self) -> int:
        """What the clock on the wall shows now, in this place (`TZ`), as it may have been set: for
        hours that people name, and for nothing else."""
        local = time.localtime(self._wall())
        return 60 * local.tm_hour + local.tm_min

    async def sleep(self, seconds: float) -> None:
        """Return when that many seconds have passed."""
        await asyncio.sleep(seconds)
