"""A file that many threads read while one writes, closed when its last user is done with it.

A coroutine that is cancelled leaves its thread in the middle of a read. Closing the descriptor
under that thread would let it touch whatever file gets the same number next.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from ayon_proxy.errors import StorageFailed


class OpenFile:
    """Owns the descriptor. Every method may be called from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._users = 1
        self._closing = False
        self._lock = threading.Lock()

    def read(self, start: int, size: int) -> bytes:
        """Up to `size` bytes from `start`, fewer only at the end of the file. Raises OSError."""
        with self._used() as descriptor:
            return os.pread(descriptor, size, start)

    def write(self, chunk: bytes, start: int) -> None:
        """All of the chunk. Raises OSError."""
        with self._used() as descriptor:
            rest = memoryview(chunk)
            while rest:
                taken = os.pwrite(descriptor, rest, start)
                rest, start = rest[taken:], start + taken

    def sync(self) -> None:
        """Return when the disk has what was written. Raises OSError."""
        with self._used() as descriptor:
            os.fsync(descriptor)

    def close(self) -> None:
        """Take no new user. Harmless when repeated."""
        with self._lock:
            if self._closing:
                return
            self._closing = True
        self._leave()

    def __del__(self) -> None:
        # Opened for a coroutine that had been cancelled: nobody got it, nobody else closes it.
        self.close()

    @contextmanager
    def _used(self) -> Iterator[int]:
        with self._lock:
            if self._closing:
                raise StorageFailed("the file has been closed")
            self._users += 1
        try:
            yield self._descriptor
        finally:
            self._leave()

    def _leave(self) -> None:
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last:
            os.close(self._descriptor)
