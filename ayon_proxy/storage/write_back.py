"""When the WAL is written back into the file, so that it stays short and nobody waits for it.

A reader thread does it behind the writer, at half of the length that is allowed. Whatever happens,
the writer itself does at the whole of it (`connections`), and then everybody waits.

The first commit after the WAL has been written back begins it anew, and for that SQLite syncs: 5 to
20 ms in which an invalidation may have to wait. So it should come seldom, and the WAL be long.
"""

from __future__ import annotations

PAGE_BYTES = 4096
"""SQLite's default, which this program does not change."""

SHORTEST_WAL_BYTES = 4 << 20
_LONGEST_WAL_BYTES = 64 << 20

_CHANGES_AT_FIRST = 256


def wal_bytes(max_bytes: int) -> int:
    """How long the WAL may be in a directory that may hold `max_bytes`."""
    return min(_LONGEST_WAL_BYTES, max(SHORTEST_WAL_BYTES, max_bytes // 64))


class WriteBack:
    """Counts changes, since SQLite does not say how long the WAL is before it is written back.

    How many changes it takes is learnt from how long it was the last time.
    """

    def __init__(self, wal_bytes: int) -> None:
        self._frames_wanted = wal_bytes // PAGE_BYTES // 2
        self._every = _CHANGES_AT_FIRST
        self._changes = self._counted = 0

    def due(self, changes: int) -> bool:
        """Whether it is time, with so many changes more."""
        self._changes += changes
        if self._changes < self._every:
            return False
        self._counted, self._changes = self._changes, 0
        return True

    def done(self, frames: int) -> None:
        """It was begun when `due` said so; the WAL had so many frames."""
        enough = self._counted * self._frames_wanted // max(1, frames)
        # What comes next may be larger than what came before: no more than twice as many.
        self._every = max(1, min(enough, 2 * self._every))
