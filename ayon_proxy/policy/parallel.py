"""When a large file is fetched over several connections side by side, and which part each one gets.

One connection does not always fill a line: a window that is small for a long way bounds it, or a
lossy line, or a front that gives each connection its share. Nobody can see that from here, so it
is tried: one stream more, kept if all that comes from upstream has grown by it. Looked at every
`LOOK_SECONDS`:

    no stream on trial    rate has grown by itself        → wait: it is not yet what it will be
                          it has not, and one more may be → open one, on trial
    one on trial          rate has grown by GROWTH        → kept; another one, if it may be
                          it has not                      → drop it, and be content
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto

LARGE_BYTES = 64_000_000
"""What is smaller has mostly come before it is known whether another stream helps."""

LOOK_SECONDS = 2.0
"""Long enough for a new connection to get as quick as it will, over hundreds of milliseconds."""

GROWTH = 1.2
"""By which factor one stream more has to quicken the whole."""

MOST_STREAMS = 4
"""For all large files together: more would take the line from everybody else on it."""

LEAST_PART = 4 * 1024 * 1024
"""What is not worth a request of its own."""

VAIN_SECONDS = 600.0
"""For so long nothing is tried again after it did not help: the line is likely to be the same."""


class Step(Enum):
    """What is to be done now."""

    NOTHING = auto()
    OPEN = auto()
    DROP = auto()


@dataclass(frozen=True, slots=True)
class Growth:
    """What was seen so far. `rate` is that of the last look, in bytes a second."""

    rate: float | None = None
    on_trial: bool = False
    content: bool = False

    def seen(self, rate: float, *, may_open: bool) -> tuple[Growth, Step]:
        """What a look at the rate makes of it."""
        grown = self.rate is None or rate >= GROWTH * self.rate
        if self.content:
            return self, Step.NOTHING
        if self.on_trial and not grown:
            return Growth(rate, content=True), Step.DROP
        if may_open and (self.on_trial or not grown):
            return Growth(rate, on_trial=True), Step.OPEN
        return Growth(rate), Step.NOTHING


@dataclass(eq=False, slots=True)
class Part:
    """Bytes `start` to before `end` of a body; those before `position` are there."""

    start: int
    end: int
    position: int = -1

    def __post_init__(self) -> None:
        self.position = max(self.start, self.position)

    @property
    def missing(self) -> int:
        """How many bytes."""
        return self.end - self.position


def split(parts: Iterable[Part]) -> tuple[Part, int] | None:
    """The part that another stream takes over the second half of, and where that begins; None when
    nothing is worth it."""
    largest = max(parts, key=lambda part: part.missing, default=None)
    if largest is None or largest.missing < 2 * LEAST_PART:
        return None
    return largest, largest.end - largest.missing // 2
