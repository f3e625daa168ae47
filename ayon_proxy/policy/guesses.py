"""Unknown credentials: how many may be tried, from where.

AYON refuses an address after 100 unknown keys in 600 s (upstream/server.md 3.2); where it takes all
of a site for one address, a client that guesses would lock out all others. So guesses end here,
before. Who is known already is never held up by it, nor who brings a token that upstream has just
handed out.

    refused, from one address      the first BURST are tried at once, then one in EACH_SECONDS
    keys that were refused, in all no more than MOST_KEYS in KEY_SECONDS, each time counted
"""

from __future__ import annotations

from collections import OrderedDict, deque

BURST = 20
"""A workstation has a handful of credentials; a farm blade's key is refused once, as Bearer."""
EACH_SECONDS = 3.0
"""After a weekend a hundred sessions behind one address have ended: none waits long to be told."""

KEY_SECONDS = 600.0
MOST_KEYS = 80

MOST_ADDRESSES = 10_000
"""Addresses that are remembered; those that were quiet for longest are forgotten."""


class Guesses:
    """What upstream has refused lately. Times in seconds of any clock that does not jump."""

    def __init__(self) -> None:
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._keys: deque[float] = deque()

    def refused(self, address: str, now: float, *, key: bool) -> None:
        """Upstream does not know it; `key`: it was sent as an API key."""
        self._levels[address] = self._level(address, now) + 1, now
        self._levels.move_to_end(address)
        if len(self._levels) > MOST_ADDRESSES:
            self._levels.popitem(last=False)
        if key:
            self._keys.append(now)

    def wait_seconds(self, address: str, now: float, *, key: bool) -> float:
        """0 where an unknown credential may be tried now, else how long its client should wait."""
        of_address = (self._level(address, now) + 1 - BURST) * EACH_SECONDS
        return max(0.0, of_address, self._of_keys(now) if key else 0.0)

    def _level(self, address: str, now: float) -> float:
        level, at = self._levels.get(address, (0.0, now))
        return max(0.0, level - max(0.0, now - at) / EACH_SECONDS)

    def _of_keys(self, now: float) -> float:
        while self._keys and not 0 <= now - self._keys[0] < KEY_SECONDS:
            self._keys.popleft()
        return 0.0 if len(self._keys) < MOST_KEYS else self._keys[0] + KEY_SECONDS - now
