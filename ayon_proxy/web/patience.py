"""How long a client is waited for, with one timer a connection whatever comes how often."""

from __future__ import annotations

import asyncio
from collections.abc import Callable


class Patience:
    """Calls `overdue` when what is expected has not come. Seconds of the loop's own clock."""

    def __init__(self, loop: asyncio.AbstractEventLoop, overdue: Callable[[], None]) -> None:
        self._loop = loop
        self._overdue = overdue
        self._due: float | None = None
        self._timer: asyncio.TimerHandle | None = None

    def expect(self, seconds: float) -> None:
        """Something is to come within `seconds` from now; what was expected before is forgotten."""
        self._due = self._loop.time() + seconds
        if self._timer is None or self._timer.when() > self._due:
            self._arm()

    def rest(self) -> None:
        """Nothing is to come."""
        self._due = None

    def close(self) -> None:
        """Never call again."""
        self._due = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _arm(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        assert self._due is not None  # noqa: S101 - both callers have just set or seen it
        self._timer = self._loop.call_at(self._due, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._due is None:
            return
        if self._loop.time() < self._due:
            self._arm()
            return
        self._due = None
        self._overdue()
