"""When to connect again: waits that double, up to a longest one that depends on what went wrong."""

from __future__ import annotations

from ayon_proxy.policy.feed.bounds import RECONNECT_SECONDS, REFUSED_SECONDS

_DOUBLINGS = 10
"""More of them than lead to the longest wait."""


class Reconnecting:
    """`spread` (0 to 1) lengthens the waits: many proxies do not come back in step."""

    def __init__(self, now: float, spread: float) -> None:
        self._spread = spread
        self._attempts = 0
        self._at = now
        self.under_way = False
        """An attempt has begun, and the socket is neither open nor refused yet."""

    def due(self, now: float) -> bool:
        """Whether to begin an attempt."""
        return not self.under_way and now >= self._at

    def lost(self, now: float, *, refused: bool) -> None:
        """The attempt failed, or the socket was lost. `refused`: upstream does not accept the
        key."""
        first, longest = RECONNECT_SECONDS
        if refused:
            longest = REFUSED_SECONDS
        wait = first * 2 ** min(self._attempts, _DOUBLINGS) * (1 + self._spread)
        self._attempts += 1
        self._at = now + min(wait, longest)
        self.under_way = False

    def hurry(self, now: float) -> None:
        """Upstream is there again: an attempt that began before waits for nothing."""
        self._attempts = 0
        self._at = now
        self.under_way = False

    def proved(self) -> None:
        """It has led to a live feed: the next wait is the first again."""
        self._attempts = 0
