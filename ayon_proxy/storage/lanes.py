"""Two waiting lines before one door: what is urgent goes first, each line keeps its order."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Lanes(Generic[T]):
    """Filled from any thread, emptied by one."""

    def __init__(self) -> None:
        self._urgent: deque[T] = deque()
        self._ordinary: deque[T] = deque()
        self._changed = threading.Condition()
        self._closed = False

    def put(self, item: T, *, urgent: bool) -> bool:
        """Whether it was taken in; nothing is after `close`."""
        with self._changed:
            if self._closed:
                return False
            (self._urgent if urgent else self._ordinary).append(item)
            self._changed.notify()
            return True

    def wait(self) -> T | None:
        """The next item, waiting for one; None when they are closed and empty."""
        with self._changed:
            while not (self._urgent or self._ordinary or self._closed):
                self._changed.wait()
        return self.next()

    def next(self, *, urgent_only: bool = False) -> T | None:
        """The next item, if there is one now."""
        with self._changed:
            if self._urgent:
                return self._urgent.popleft()
            return self._ordinary.popleft() if self._ordinary and not urgent_only else None

    def close(self) -> None:
        """Take in nothing more."""
        with self._changed:
            self._closed = True
            self._changed.notify()
