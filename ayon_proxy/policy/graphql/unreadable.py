"""Bodies that are no question the proxy can read. Upstream judges them, and nothing is stored."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Forward the body untouched. The reason is for the log; it never quotes the body."""

    reason: str


class NotAQuestion(Exception):
    """Raised while reading; its text becomes the reason of an `Unreadable`."""
