"""What upstream had when: each entity's label is a number that its one writer raises.

An answer that shows a label is right if upstream had it at some time between request and answer;
older, but never newer, where something is wrong or what was given is marked.
"""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field

EVENT_SECONDS = 1.0
"""Until what somebody else has changed is seen by all, at most: an event takes milliseconds, and
a second for a machine whose every core is busy."""

SHORT_SECONDS = 11.0
"""How far behind a stored answer may be while the feed is not live: ten, and one for the others."""

NEVER = float("inf")


@dataclass(slots=True)
class Label:
    """Of one entity. Moments are seconds of the monotonic clock; numbers only grow."""

    path: str
    entity_id: str
    began: list[tuple[float, int]] = field(default_factory=lambda: [(-NEVER, 0)])
    """When the write of a number began."""
    done: list[tuple[float, int]] = field(default_factory=lambda: [(-NEVER, 0)])
    """When upstream was known to have it."""
    own: list[tuple[float, int]] = field(default_factory=lambda: [(-NEVER, 0)])
    """The same of writes through the proxy, which every read behind it shows."""

    @property
    def last(self) -> int:
        """The number whose write began last."""
        return self.began[-1][1]

    def wrong(
        self, number: int, asked_at: float, answered_at: float, older_by: float, *, marked: bool
    ) -> str | None:
        """What is wrong with an answer, None if nothing is. `older_by`: seconds by which it may be
        behind what others did; `marked` answers may be behind in any case."""
        newest = _at(self.began, answered_at)
        if number > newest:
            return f"{number} was never written; {newest} was the last"
        if marked:
            return None
        own = _at(self.own, asked_at)
        if number < own:
            return f"{number} was given after {own} was written through the proxy"
        others = _at(self.done, asked_at - older_by)
        if number < others:
            return f"{number} was given more than {older_by} s after upstream had {others}"
        return None


def _at(written: list[tuple[float, int]], moment: float) -> int:
    return written[bisect_right(written, (moment, 1 << 60)) - 1][1]


def text(number: int) -> str:
    """The label for a number."""
    return f"take {number:06d}"


def number_of(label: object) -> int | None:
    """The number; None for what no writer has written."""
    if isinstance(label, str) and label.startswith("take "):
        return int(label[5:])
    return None
