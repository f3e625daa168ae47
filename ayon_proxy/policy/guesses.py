"""Unknown credentials: how many may be tried, from where.

AYON refuses an address after 100 failures in 600 s (upstream/server.md 3.2); where it takes all of
a site for one address, a client that guesses would lock out all others. So guesses end here, long
before. Who is known already is never held up by it.

    refused credentials of the last WINDOW_SECONDS      unknown ones from an address are
    fewer than MOST_OF_ONE of it, MOST_OF_ALL in all    let through
    at least MOST_OF_ALL in all                         let through if none of its own was refused
    at least UTMOST in all, or MOST_OF_ONE of its own   answered 429

Upstream counts tries, though: one that was refused may be tried again only while there have been
fewer than MOST_OF_ALL of them in all, and no more than UTMOST are made in any window.
"""

from __future__ import annotations

from collections import Counter, OrderedDict, deque

WINDOW_SECONDS = 600.0
MOST_OF_ONE = 20
"""A workstation has a handful of credentials; a farm blade's key is refused once, as Bearer."""
MOST_OF_ALL = 60
UTMOST = 90


class Guesses:
    """Credentials that upstream has refused lately. To its address a credential counts once however
    often it is tried; times in seconds of any clock that does not jump."""

    def __init__(self) -> None:
        self._tries: deque[float] = deque()
        self._refused: OrderedDict[bytes, tuple[str, float]] = OrderedDict()
        self._by_address: Counter[str] = Counter()

    def refused(self, principal: bytes, address: str, now: float) -> None:
        """Upstream does not know it."""
        self._forget(now)
        self._tries.append(now)
        if principal not in self._refused:
            self._refused[principal] = address, now
            self._by_address[address] += 1

    def wait_seconds(self, principal: bytes, address: str, now: float) -> float:
        """0 where an unknown credential may be tried now, else how long its client should wait."""
        self._forget(now)
        again = principal in self._refused and len(self._tries) < MOST_OF_ALL
        if again or (principal not in self._refused and self._may(address)):
            return 0.0
        return max(1.0, self._tries[0] + WINDOW_SECONDS - now)

    def _may(self, address: str) -> bool:
        own, of_all = self._by_address[address], len(self._refused)
        if len(self._tries) >= UTMOST:
            return False
        return own < MOST_OF_ONE and (of_all < MOST_OF_ALL or not own)

    def _forget(self, now: float) -> None:
        while self._tries and not 0 <= now - self._tries[0] < WINDOW_SECONDS:
            self._tries.popleft()
        while self._refused:
            principal, (address, at) = next(iter(self._refused.items()))
            if 0 <= now - at < WINDOW_SECONDS:
                break
            del self._refused[principal]
            self._by_address[address] -= 1
            if not self._by_address[address]:
                del self._by_address[address]
