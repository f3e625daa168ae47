"""The proxy's own clock, that a test moves on."""

from __future__ import annotations

from ayon_proxy.system_clock import SystemClock, seconds_awake_and_asleep


class SettableClock(SystemClock):
    """Goes as fast as time does, and `advance` ahead of it."""

    def __init__(self) -> None:
        self._ahead = 0.0
        super().__init__(steady=lambda: seconds_awake_and_asleep() + self._ahead)

    def advance(self, seconds: float) -> None:
        """So many seconds have passed."""
        self._ahead += seconds
