"""Time of the demo server, and how long it waits for things."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Answers the present moment, in UTC."""


def wall_clock() -> datetime:
    """Now."""
    return datetime.now(UTC)


def moment(text: str) -> datetime:
    """A moment as clients spell it; without a zone it is one of UTC. Raises ValueError."""
    spelled = datetime.fromisoformat(text)
    return spelled if spelled.tzinfo else spelled.replace(tzinfo=UTC)


@dataclass(slots=True)
class Pace:
    """Waiting times of the websocket in seconds, as upstream has them (server.md 2.1)."""

    unauthorized: float = 3.0
    """A socket that has not authorized itself is closed after this."""
    quiet: float = 2.0
    """No heartbeat unless nothing has happened for this long."""
    heartbeat: float = 5.0
    """And unless the last one is longer ago than this."""
