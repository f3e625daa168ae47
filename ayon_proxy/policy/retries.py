"""How long to wait before a read that met trouble is tried again, and whether to."""

from __future__ import annotations

from ayon_proxy.policy.fields import value, whole_number
from ayon_proxy.policy.message import Head

LONGEST_RETRY_AFTER = 1
"""Seconds. Who is told to stay away for longer (RFC 9110 section 10.2.3) is not kept waiting."""


def retry_pause(planned: float, chance: float, head: Head | None) -> float | None:
    """Seconds to wait, about as long as `planned`; None when it is not to be tried again.

    `head` is the answer, where there was one; `chance` is 0 to 1: many do not come back in step.
    """
    pause = planned * (0.5 + chance)
    said = None if head is None else value(head.fields, b"retry-after")
    if said is None:
        return pause
    seconds = whole_number(said)
    if seconds is None or seconds > LONGEST_RETRY_AFTER:
        return None
    return max(pause, float(seconds))
