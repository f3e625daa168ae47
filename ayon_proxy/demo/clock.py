"""Time of the demo server."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Answers the present moment, in UTC."""


def wall_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)
