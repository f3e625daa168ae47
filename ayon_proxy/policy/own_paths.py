"""Whose a path is: the proxy's own lie below `/-/`, all others are AYON's.

Programs differ in how they read a path: some decode it twice, merge slashes, take a backslash for
one, resolve dots, or drop what follows a semicolon. A path that any of them would read as one of
ours, but is not spelled as one, is nobody's: it reaches neither our own paths, past a front that
keeps these from the outside, nor upstream, which may be another proxy like this one.
"""

from __future__ import annotations

import re
from enum import Enum
from urllib.parse import unquote_to_bytes

OWN = b"/-/"

MOST_DECODINGS = 4
"""How often a path is decoded at the most: once by each program on its way, and once more."""

_DROPPED = re.compile(rb"[\x00-\x20\x7f]|;[^/]*")


class Whose(Enum):
    """Who answers to a path."""

    OURS = "ours"
    AYONS = "ayon's"
    NOBODYS = "nobody's"


def whose(path: bytes) -> Whose:
    """`path` is what stands in a request line before the question mark."""
    if path.startswith(OWN):
        return Whose.OURS
    if b"-" not in path and b"%" not in path:
        return Whose.AYONS
    for _ in range(MOST_DECODINGS):
        if _first_segment(path) == b"-":
            return Whose.NOBODYS
        decoded = unquote_to_bytes(path)
        if decoded == path:
            break
        path = decoded
    return Whose.AYONS


def _first_segment(path: bytes) -> bytes:
    """Of the path without dots, as who is lenient would read it."""
    segments: list[bytes] = []
    for written in path.replace(b"\\", b"/").partition(b"?")[0].split(b"/"):
        segment = _DROPPED.sub(b"", written)
        if segment == b"..":
            segments[-1:] = []
        elif segment not in (b"", b"."):
            segments.append(segment)
    return segments[0] if segments else b""
