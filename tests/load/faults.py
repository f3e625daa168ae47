"""What goes wrong, one after the other: `await Faults(…).happen()` is one fault and its end."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.load.upstream import Upstream

KINDS = ("hang", "slow", "refuse", "reset", "cut", "503", "429", "restart", "clients cut")


@dataclass(repr=False)
class Faults:
    """Each kind in turn, in an order of chance. `cut_clients` breaks connections of clients."""

    upstream: Upstream
    cut_clients: Callable[[], None]
    chance: random.Random
    happened: list[str] = field(default_factory=list)
    _left: list[str] = field(default_factory=list)

    async def happen(self) -> None:
        """One of them, for a few seconds, and calm afterwards."""
        if not self._left:
            self._left = self.chance.sample(KINDS, len(KINDS))
        kind = self._left.pop()
        self.happened.append(kind)
        await self._begin(kind)
        await self.upstream.order("calm")

    async def _begin(self, kind: str) -> None:
        match kind:
            case "503" | "429":
                await self.upstream.order("status", status=int(kind))
            case "slow":
                await self.upstream.order("slow", seconds=3.0)
                await asyncio.sleep(2.0)  # so that some of it comes to its end
            case "clients cut":
                self.cut_clients()
                return
            case _:
                await self.upstream.order(kind)
        await asyncio.sleep(0.1 if kind == "reset" else self.chance.uniform(1.5, 3.5))
