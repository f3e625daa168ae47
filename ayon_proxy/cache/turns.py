"""Whose turn it is to ask upstream, when everybody wants to at once: just after it came back.

    narrow ── for a while only so many reads at a time: first what most wait for, then what came
              first; what nobody waits for comes last
    wide ──── everybody at once, as ever: again when the while is over and nobody waits any more

Writes do not wait.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from ayon_proxy.cache.ports import Clock

AT_A_TIME = 16
"""Reads. A server that has just started answers its first ones slowly."""

NARROW_SECONDS = 10.0
"""How long after the return."""


@dataclass(eq=False, slots=True)
class _Wanting:
    """One that waits. `waiting` is how many callers do with it."""

    waiting: Callable[[], int]
    comes: asyncio.Future[None]


class Turn:
    """One read under way; `over` may be called more than once."""

    def __init__(self, over: Callable[[], None]) -> None:
        self._over: Callable[[], None] | None = over

    def over(self) -> None:
        """Somebody else may ask."""
        ended, self._over = self._over, None
        if ended is not None:
            ended()


def _nothing() -> None:
    """A turn that was nobody else's."""


class Turns:
    """All reads ask for a turn before they are sent."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._since: float | None = None
        self._under_way = 0
        self._wanting: list[_Wanting] = []

    @property
    def crowded(self) -> bool:
        """Whether whoever comes now would wait for long."""
        return len(self._wanting) >= AT_A_TIME

    def narrow(self) -> None:
        """Upstream has come back."""
        self._since = self._clock.now()

    @asynccontextmanager
    async def taken(self, waiting: Callable[[], int]) -> AsyncIterator[Turn]:
        """A turn, over at the latest when the block is."""
        turn = await self.next(waiting)
        try:
            yield turn
        finally:
            turn.over()

    async def next(self, waiting: Callable[[], int]) -> Turn:
        """Wait for a turn. `waiting` tells at any moment how many callers wait for its answer."""
        if self._is_wide():
            return Turn(_nothing)
        if self._under_way < AT_A_TIME:
            self._under_way += 1
            return Turn(self._ended)
        wanting = _Wanting(waiting, asyncio.get_running_loop().create_future())
        self._wanting.append(wanting)
        try:
            await wanting.comes
        except asyncio.CancelledError:
            if wanting in self._wanting:
                self._wanting.remove(wanting)
            else:
                self._ended()
            raise
        return Turn(self._ended)

    def _is_wide(self) -> bool:
        if self._since is None:
            return True
        passed = self._clock.now() - self._since
        if not self._wanting and not 0 <= passed < NARROW_SECONDS:
            self._since = None
        return self._since is None

    def _ended(self) -> None:
        self._under_way -= 1
        if self._wanting and self._under_way < AT_A_TIME:
            # The first of the greatest: they stand in the order in which they came.
            wanting = max(self._wanting, key=lambda each: each.waiting())
            self._wanting.remove(wanting)
            self._under_way += 1
            wanting.comes.set_result(None)
