"""A file of numbered records, each there whole or not at all; what was appended outlives a kill.

    record   check    what follows it, hashed (xxh3)
             number   one more than that of the record before
             length   of the content
             content

It is written over from its start, again and again: mostly in memory that already holds it, and on
blocks that it already has. What is left there from before ends the reading, since its numbers are
not the next ones. Nothing is synced: the system has it, and a power cut takes what the disk has not
got.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from pathlib import Path

import xxhash

MOST_BYTES = 1 << 20
"""Thousands of invalidations. They are carried over many times a second."""

_CHECK = struct.Struct("<Q")
_HEAD = struct.Struct("<QI")


class AheadFile:
    """Opened or created, with mode 0600. Raises OSError; `append` doesn't."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        self._end = 0

    def records(self) -> Iterator[tuple[int, bytes]]:
        """Those that are whole, with their numbers, from the start of the file on."""
        content = os.pread(self._descriptor, MOST_BYTES, 0)
        start, expected = 0, None
        while (record := _record_at(content, start)) is not None:
            number, found = record
            if expected not in {None, number}:
                return
            yield record
            start += _CHECK.size + _HEAD.size + len(found)
            expected = number + 1

    def append(self, number: int, content: bytes) -> bool:
        """Whether it was written. When it was not, the next one takes its place."""
        checked = _HEAD.pack(number, len(content)) + content
        record = _CHECK.pack(xxhash.xxh3_64_intdigest(checked)) + checked
        if self._end + len(record) > MOST_BYTES:
            return False
        try:
            written = os.pwrite(self._descriptor, record, self._end)
        except OSError:
            return False
        if written < len(record):
            return False
        self._end += written
        return True

    def begin_anew(self) -> None:
        """None of its records is needed any more: the next one goes to the start."""
        self._end = 0

    def empty(self) -> None:
        """The same, and nothing of them is left."""
        os.ftruncate(self._descriptor, 0)
        self._end = 0

    def close(self, *, remove: bool) -> None:
        """Close it, and remove it where it has nothing to keep."""
        os.close(self._descriptor)
        if remove:
            self._path.unlink(missing_ok=True)


def _record_at(content: bytes, start: int) -> tuple[int, bytes] | None:
    head_at = start + _CHECK.size
    content_at = head_at + _HEAD.size
    if content_at > len(content):
        return None
    (check,) = _CHECK.unpack_from(content, start)
    number, length = _HEAD.unpack_from(content, head_at)
    if xxhash.xxh3_64_intdigest(content[head_at : content_at + length]) != check:
        return None
    return number, content[content_at : content_at + length]
