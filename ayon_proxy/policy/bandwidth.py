"""How much of the line files may take, when, and which uploads are files. Nothing waits here.

A limit leaves the rest of the line to questions, which are never held back. Bytes are counted as a
debt that time pays off: who has just taken some waits until it is paid. So many at once get equal
parts, each its next piece after those that the others took before.

    22:00-06:00      from ten at night on, until six in the morning
    00:00-24:00      always

The times are those that the clock on the wall shows. The hour that summer time skips is in no span,
the one that comes twice is so both times: a night is an hour shorter then, or longer.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Request

CREDIT_SECONDS = 0.1
"""What was not used for so long may be made up for: who sleeps never wakes up on time."""

NO_FILE = (b"application/json", b"application/graphql", b"application/x-www-form-urlencoded")
"""Media types of what is asked and told."""

Span = tuple[int, int]
"""From one minute of the day to before another, over midnight where that is not later."""


@dataclass(frozen=True, slots=True)
class Allowance:
    """`rate` in bytes a second; `debt` in bytes, as it was at `at` (seconds of any clock)."""

    rate: int
    debt: float = 0.0
    at: float = 0.0

    def taken(self, size: int, now: float) -> Allowance:
        """After `size` bytes more have been taken."""
        paid = max(0.0, now - self.at) * self.rate
        debt = max(self.debt - paid, -CREDIT_SECONDS * self.rate)
        return replace(self, debt=debt + size, at=now)

    @property
    def wait(self) -> float:
        """Seconds from `at` until the debt is paid."""
        return max(0.0, self.debt / self.rate)


def within(minute: int, spans: Iterable[Span]) -> bool:
    """Whether a minute of the day is in one of the spans."""
    return any(
        begin <= minute < end if begin < end else minute >= begin or minute < end
        for begin, end in spans
    )


def sends_file(request: Request) -> bool:
    """Whether the body of a request is one: an upload is told by its media type."""
    media = (value(request.fields, b"content-type") or b"").partition(b";")[0].strip().lower()
    return bool(media) and media not in NO_FILE and not media.endswith(b"+json")
