"""How long a caller waits for upstream, where something stored may be given to it instead."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Coroutine, Mapping
from contextlib import asynccontextmanager
from math import inf
from typing import Any, TypeVar

from ayon_proxy.cache.fetch import SILENT_SECONDS, Fetch
from ayon_proxy.cache.line import Line
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.time_limit import at_most
from ayon_proxy.cache.turns import Turns
from ayon_proxy.policy.decision import Deliver, Forward

T = TypeVar("T")

MOST_BEHIND = 16
"""While upstream is slow, so many answers are fetched that nobody waits for; no more of them."""


class Waiting:
    """Usually for `wait_seconds`; not at all while everybody else waits, too."""

    def __init__(self, line: Line, turns: Turns, clock: Clock) -> None:
        self._line = line
        self._turns = turns
        self._clock = clock
        self._behind = 0
        self._going_on: set[asyncio.Task[Any]] = set()

    def is_vain(self, forward: Forward) -> bool:
        """Whether what is stored is given at once."""
        vain = forward.waited or self._line.reachability.slow or self._turns.crowded
        return vain and forward.meanwhile is not None

    @property
    def may_leave_behind(self) -> bool:
        """Whether one more may be fetched that nobody waits for. Where there are turns, it waits
        for its own."""
        return self._behind < MOST_BEHIND or not self._line.reachability.slow

    def seconds(self, forward: Forward) -> float:
        """How long the caller waits for what somebody else is being given."""
        patience = inf if forward.meanwhile is None else self._line.patience.wait_seconds
        return min(patience, SILENT_SECONDS)

    async def leave_behind(self, fetch: Fetch) -> None:
        """The caller who began the fetch does not wait for it."""
        self._behind += 1
        fetch.opened.add_done_callback(self._behind_no_more)
        await fetch.abandon()

    async def as_long_as(self, forwards: Collection[Forward], asking: Coroutine[Any, Any, T]) -> T:
        """What comes of asking; TimeoutError where it is time to give what is stored meanwhile for
        all of these. The asking then goes on."""
        if not forwards or not all(each.meanwhile for each in forwards):
            return await asking
        task = asyncio.create_task(asking)
        self._going_on.add(task)
        task.add_done_callback(self._went_on)
        if any(map(self.is_vain, forwards)):
            raise TimeoutError
        async with self.in_time(next(iter(forwards))):
            return await asyncio.shield(task)

    async def aclose(self) -> None:
        """What goes on behind is given up."""
        for task in self._going_on:
            task.cancel()
        await asyncio.gather(*self._going_on, return_exceptions=True)

    def _went_on(self, task: asyncio.Task[Any]) -> None:
        self._going_on.discard(task)
        if not task.cancelled():
            task.exception()  # marks it as seen: perhaps nobody waits any more

    def _behind_no_more(self, _: object) -> None:
        self._behind -= 1

    @asynccontextmanager
    async def in_time(self, forward: Forward) -> AsyncIterator[None]:
        """Raises TimeoutError when it is time to give what is stored meanwhile."""
        seconds = self._line.patience.wait_seconds
        if forward.meanwhile is None or seconds == inf:
            yield
        else:
            async with at_most(self._clock, seconds):
                yield


def meanwhile(forwards: Mapping[str, Forward]) -> dict[str, Deliver]:
    """What is stored of what upstream takes long to answer, marked as such."""
    return {
        name: Deliver(each.meanwhile, 0.0, offline=True)
        for name, each in forwards.items()
        if each.meanwhile is not None
    }
