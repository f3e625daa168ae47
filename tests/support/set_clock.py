"""The clock of a running proxy, which a test sets forward: lifetimes pass without waiting."""

from __future__ import annotations

from ayon_proxy.system_clock import SystemClock, seconds_awake_and_asleep


class SetClock(SystemClock):
    """`forward` makes everything older by so many seconds."""

    def __init__(self) -> None:
        self._ahead = 0.0
        super().__init__(steady=lambda: seconds_awake_and_asleep() + self._ahead)

    def forward(self, seconds: float) -> None:
        self._ahead += seconds
