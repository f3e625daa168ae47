"""Is upstream there, and when may it be tried again?

    ONLINE --failed--> OFFLINE --(try_again_at passes: one request is let through)--> …
      ^------------------ answered ------------------'

A value, replaced on every outcome: nothing here waits or asks.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

RETRY_SECONDS = 0.25
"""While offline, one request in this many seconds is let through to see: a line that was away for
a moment is noticed at once, and a server that is coming up is not stormed."""


@dataclass(frozen=True, slots=True)
class Reachability:
    """`since` and `try_again_at` are seconds since the epoch."""

    online: bool = True
    since: float = 0.0
    try_again_at: float = 0.0
    last_error: str | None = None

    def answered(self, now: float) -> Reachability:
        """Upstream gave a response, whatever its status."""
        return self if self.online else Reachability(online=True, since=now)

    def failed(self, now: float, error: str) -> Reachability:
        """Upstream gave none."""
        since = now if self.online else self.since
        return Reachability(
            online=False, since=since, try_again_at=now + RETRY_SECONDS, last_error=error
        )

    def may_try(self, now: float) -> bool:
        """Whether the next request may go to upstream. A clock set back does not lock it out."""
        return (
            self.online or now >= self.try_again_at or now < self.try_again_at - 2 * RETRY_SECONDS
        )

    def trying(self, now: float) -> Reachability:
        """One request is under way to see; the others need not wait for it."""
        return self if self.online else replace(self, try_again_at=now + RETRY_SECONDS)
