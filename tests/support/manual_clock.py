"""A clock that stands until a test moves it."""

from __future__ import annotations


class ManualClock:
    """The `Clock` port; seconds since the epoch."""

    def __init__(self, now: float = 1_800_000_000.0) -> None:
        self._now = now

    def now(self) -> float:
        return self._now

    def advance(self, seconds: float) -> None:
        """Let time pass; a negative number is a clock that was set back."""
        self._now += seconds
