"""The path of a request as upstream reads it: decoded segments, or nothing when it is odd."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

_PLAIN = re.compile(rb"(?:/[A-Za-z0-9\-._~!$&'()*+,;=:@|%]*)+")
_BAD_ESCAPE = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_NOT_A_NAME = frozenset({"", ".", ".."})
_FORBIDDEN = re.compile(r"[/\\\x00-\x1f\x7f]")


def segments(path: bytes) -> list[str] | None:
    """The percent-decoded segments; none of "/".

    None when the path is odd: not absolute, empty or dot segments, an encoded slash, a broken
    escape, bytes that are not UTF-8, control characters. What such a path means is upstream's
    affair, and two programs may differ on it.
    """
    if path == b"/":
        return []
    if _PLAIN.fullmatch(path) is None or _BAD_ESCAPE.search(path) is not None:
        return None
    parts = [decoded(segment) for segment in path.split(b"/")[1:]]
    if any(part in _NOT_A_NAME or _FORBIDDEN.search(part) for part in parts):
        return None
    return parts


def decoded(segment: bytes) -> str:
    """A segment without its escapes; empty when it is not UTF-8."""
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        return ""
