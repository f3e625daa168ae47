"""TABLE: how long upstream is waited for, and what is then thought of it. Seconds.

Everything follows from `wait_seconds`, the one setting: how long a caller waits for a slow upstream
when something stored could be given to it instead.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

TICK_SECONDS = 0.1
"""What waiting is counted in. Ticks are counted, not read off a clock: one that jumps, or a process
that was stopped for a while, makes nobody late."""

SHORTEST_SECONDS, LONGEST_SECONDS = 0.5, 10.0
"""Whatever is set: an answer within the first is never slow, one after the second always is. The
client libraries wait for 10 s (upstream/clients.md 1.5)."""

OFFLINE_SECONDS = 8.0
"""An upstream that has answered nobody for so long is away, at the least."""

IN_A_ROW = 3
"""So many quick answers, late ones, or gateway's statuses, and none of another kind between them,
are no chance."""

PROBE_PAUSES = (0.25, 0.25, 0.5, 1.0)
"""Before each probe; the last is repeated. A line that was gone for a moment is back at once."""

PROBE_SPREAD = 0.2
"""By so much of itself a pause gets longer, by chance: many proxies do not ask in step."""


class Pace(Enum):
    """How soon an answer came."""

    QUICK = "quick"
    MIDDLING = "middling"
    LATE = "late"


@dataclass(frozen=True, slots=True)
class Patience:
    """`blink_seconds`: for so long after it was lost upstream may be back any moment, and who has
    nothing stored waits for that. `retry_pauses` are those before a read is tried again, all within
    `retry_seconds` of its beginning."""

    wait_seconds: float = 2.0
    blink_seconds: float = 0.8
    retry_pauses: tuple[float, ...] = (0.2, 0.6)
    retry_seconds: float = 2.0

    @property
    def slow_seconds(self) -> float:
        """An answer that takes as long is late."""
        return min(max(self.wait_seconds, SHORTEST_SECONDS), LONGEST_SECONDS)

    @property
    def doubt_seconds(self) -> float:
        """After so long without any answer the probe is sent; an answer within it is quick."""
        return self.slow_seconds / 2

    @property
    def offline_seconds(self) -> float:
        """After so long without any answer, the probe's included, upstream is away."""
        return max(OFFLINE_SECONDS, 4 * self.slow_seconds)

    @property
    def probe_seconds(self) -> float:
        """How long one probe may take."""
        return 2 * self.slow_seconds

    def pace(self, seconds: float) -> Pace:
        """What kind of answer it is that took so long."""
        if seconds < self.doubt_seconds:
            return Pace.QUICK
        return Pace.LATE if seconds >= self.slow_seconds else Pace.MIDDLING


def probe_pause(tries: int, chance: float, *, doubted: bool) -> float:
    """How long to rest before the next probe, after so many of them. `chance` is 0 to 1. An
    upstream that is only doubted is asked at once."""
    if doubted and tries == 0:
        return 0.0
    pause = PROBE_PAUSES[min(tries, len(PROBE_PAUSES) - 1)]
    return pause * (1 + PROBE_SPREAD * chance)


AT_ONCE = Patience(wait_seconds=float("inf"), blink_seconds=0.0, retry_pauses=())
"""Nothing is tried again, and no caller is given anything but what it waits for."""
