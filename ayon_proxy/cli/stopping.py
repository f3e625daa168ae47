"""A program that is asked to stop and stops has not failed."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import FrameType


@contextmanager
def until_stopped() -> Iterator[None]:
    """Run what is inside until it ends by itself, by Ctrl-C or by SIGTERM, all of them orderly."""
    before = signal.signal(signal.SIGTERM, _as_interrupt)
    try:
        with suppress(KeyboardInterrupt):
            yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _as_interrupt(_signal: int, _frame: FrameType | None) -> None:
    """An init system or a container stops a program as Ctrl-C does."""
    signal.raise_signal(signal.SIGINT)
