"""A file that many threads read while one writes, closed when its last user is done with it.

A coroutine that is cancelled leaves its thread in the middle of a read, or of opening the file.
Closing the descriptor under that thread would let it touch whatever file gets the number next.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ayon_proxy.errors import StorageFailed


class OpenFile:
    """Every method may be called from any thread, and raises OSError or StorageFailed."""

    def __init__(self) -> None:
        self._descriptor: int | None = None
        self._users = 0
        self._closed = False
        self._lock = threading.Lock()

    def open(self, path: Path, flags: int) -> int:
        """Open it, once; its size in bytes."""
        with self._lock:
            self._expect_open()
            self._descriptor = os.open(path, flags, 0o600)
            return os.fstat(self._descriptor).st_size

    def read(self, start: int, size: int) -> bytes:
        """Up to `size` bytes from `start`, fewer only at the end of the file."""
        with self.descriptor() as descriptor:
            return os.pread(descriptor, size, start)

    def write(self, chunk: bytes, start: int) -> None:
        """All of the chunk."""
        with self.descriptor() as descriptor:
            rest = memoryview(chunk)
            while rest:
                taken = os.pwrite(descriptor, rest, start)
                rest, start = rest[taken:], start + taken

    def sync(self) -> None:
        """Return when the disk has what was written."""
        with self.descriptor() as descriptor:
            os.fsync(descriptor)

    def close(self) -> None:
        """Take no new user. Harmless when repeated, and before `open`, which then fails."""
        with self._lock:
            self._closed = True
            self._close_unused()

    @contextmanager
    def descriptor(self) -> Iterator[int]:
        """Its number, which stays that of this file within the block."""
        with self._lock:
            self._expect_open()
            if self._descriptor is None:
                raise StorageFailed("the file has not been opened")
            descriptor = self._descriptor
            self._users += 1
        try:
            yield descriptor
        finally:
            with self._lock:
                self._users -= 1
                self._close_unused()

    def _expect_open(self) -> None:
        if self._closed:
            raise StorageFailed("the file has been closed")

    def _close_unused(self) -> None:
        if self._closed and self._users == 0 and self._descriptor is not None:
            descriptor, self._descriptor = self._descriptor, None
            os.close(descriptor)
