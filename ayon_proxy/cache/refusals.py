"""Credentials that upstream has refused lately: whoever brings one again is told so at once.

Every farm process sends its key once as a Bearer token before it sends it as what it is
(upstream/clients.md 1.2).
"""

from __future__ import annotations

from collections import OrderedDict

from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.standing import Refusal

MOST_REFUSALS = 10_000
"""Refusals remembered; of what is beyond, upstream is asked again."""


class Refusals:
    """Each is remembered for `seconds`. A key that was made meanwhile is refused by upstream itself
    for longer (upstream/server.md 3.2)."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._refused: OrderedDict[bytes, tuple[float, Refusal]] = OrderedDict()
        self.count = 0

    def of(self, principal: bytes) -> Refusal | None:
        """How upstream has refused the credential, if that is not too long ago."""
        at, refusal = self._refused.get(principal, (float("-inf"), None))
        return refusal if 0 <= self._clock.now() - at < self._seconds else None

    def again(self, principal: bytes) -> bool:
        """Upstream is not asked about it now: what it said last holds on. False if nothing."""
        _, refusal = self._refused.get(principal, (0.0, None))
        if refusal is not None:
            self._refused[principal] = self._clock.now(), refusal
        return refusal is not None

    def remember(self, principal: bytes, refusal: Refusal) -> None:
        """Upstream has refused it just now."""
        self.count += 1
        self._refused[principal] = self._clock.now(), refusal
        self._refused.move_to_end(principal)
        if len(self._refused) > MOST_REFUSALS:
            self._refused.popitem(last=False)

    def forget(self, principal: bytes) -> None:
        """Upstream knows it after all."""
        self._refused.pop(principal, None)
