"""What this process knows of one caller."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from ayon_proxy.cache.proof import Proof
from ayon_proxy.policy.message import Request

MOST_CALLERS = 10_000
"""Callers remembered; those that were used longest ago are forgotten first."""


@dataclass(slots=True)
class KnownCaller:
    """Look-ups are numbered: `begun` is the last that began, at `begun_at` seconds since the epoch,
    and those below `good_from` don't count any more, since something has changed meanwhile."""

    proof: Proof | None = None
    marks: frozenset[bytes] = frozenset()
    """HMACs of the tokens that it was looked up with last."""
    look_up: asyncio.Task[None] | None = None
    begun: int = 0
    begun_at: float = 0.0
    good_from: int = 0
    not_before: float = float("-inf")
    """When a look-up that brought nothing may be repeated."""
    throttled: float = 0.0
    """Seconds that the last look-up was put off for, since too many were refused."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    """Set, and replaced, when the caller is refused or its rights change."""
    holders: int = 0
    """Open websockets."""
    held_by: Request | None = None

    def doubt(self) -> None:
        """What upstream has said until now does not count any more."""
        self.good_from = self.begun + 1

    def tell_changed(self) -> None:
        """Whoever holds it is told."""
        self.changed.set()
        self.changed = asyncio.Event()
