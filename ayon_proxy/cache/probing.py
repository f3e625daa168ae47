"""Asks an upstream that is in doubt whether it is there: gently, one probe at a time, without a
credential. It also counts the ticks by which the line sees that nobody is answered."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ayon_proxy.cache.line import Line
from ayon_proxy.cache.ports import Clock
from ayon_proxy.policy.patience import TICK_SECONDS, probe_pause
from ayon_proxy.policy.reachability import Reachability


class Prober:
    """`chance` gives a number from 0 to 1, anew each time."""

    def __init__(self, line: Line, clock: Clock, chance: Callable[[], float]) -> None:
        self._line = line
        self._clock = clock
        self._chance = chance
        self._asking: asyncio.Task[None] | None = None
        self._asking_ticks = 0
        self._tries = 0
        self._rest = 0.0
        line.turned.append(self._begin_anew)

    async def run(self) -> None:
        """For ever; what is being asked is given up when this is cancelled."""
        try:
            while True:
                await self._line.busy.wait()
                await self._clock.sleep(TICK_SECONDS)
                self._line.tick()
                self._look()
        finally:
            await self._give_up()

    def _look(self) -> None:
        if self._asking is not None:
            self._asking_ticks += 1
            if self._asking_ticks * TICK_SECONDS >= self._line.patience.probe_seconds:
                self._asking.cancel()
        elif self._line.reachability.in_question:
            self._rest -= TICK_SECONDS
            # What is left is less than a tick: to wait for one more would be later than this.
            if self._rest < TICK_SECONDS / 2:
                self._ask()
        else:
            self._tries, self._rest = 0, 0.0

    def _ask(self) -> None:
        self._tries += 1
        self._asking_ticks = 0
        self._asking = asyncio.create_task(self._line.probe(), name="probe")
        self._asking.add_done_callback(self._asked)

    def _asked(self, _: asyncio.Task[None]) -> None:
        self._asking = None
        self._rest_before_the_next()

    def _begin_anew(self, _: Reachability) -> None:
        self._tries = 0
        self._rest_before_the_next()

    def _rest_before_the_next(self) -> None:
        doubted = self._line.reachability.online
        self._rest = probe_pause(self._tries, self._chance(), doubted=doubted)

    async def _give_up(self) -> None:
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.gather(self._asking, return_exceptions=True)
