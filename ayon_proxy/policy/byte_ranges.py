"""Parts of a body: what a Range field asks for, and the answer that gives it (RFC 9110 section 14).

wanted ─┬─ None   no range we honour: give the whole body, 200
        ├─ ()     nothing in it exists: `unsatisfiable`, 416
        └─ ranges `partial`, 206: one as it is, several as multipart/byteranges
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from ayon_proxy.policy.message import Fields

MAX_RANGES = 64
"""A field that asks for more is ignored, as RFC 9110 section 14.2 allows against abuse."""

LARGEST_POSITION = 10**18
"""Larger positions mean this one: beyond every body, and cheap to read and to compute with."""


class Slice(NamedTuple):
    """Bytes of a body from `start` up to, not including, `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PartialAnswer:
    """How to answer a range request.

    `fields` replace those of the same name of the stored head. The body is the `pieces` in order:
    bytes as they stand, and slices of the stored body.
    """

    status: int
    fields: Fields
    pieces: tuple[bytes | Slice, ...] = ()


def wanted(field: bytes, size: int) -> tuple[Slice, ...] | None:
    """The parts of a body of `size` bytes that a Range field asks for; never raises.

    None: not `bytes`, malformed or too many, so the field is ignored. Empty: nothing that exists.
    Ranges that overlap or touch are merged, and are then in ascending order.
    """
    unit, separator, ranges_set = field.partition(b"=")
    if not separator or unit.strip(b" \t").lower() != b"bytes":
        return None
    specs = [spec for part in ranges_set.split(b",") if (spec := part.strip(b" \t"))]
    if not 0 < len(specs) <= MAX_RANGES:
        return None
    found: list[Slice] = []
    for spec in specs:
        part = _positions(spec, size)
        if part is None:
            return None
        if part.start < part.end:
            found.append(part)
        elif size == 0 and spec.startswith(b"-") and spec.strip(b"-0"):
            # The last bytes of nothing: satisfiable, yet no Content-Range can name them.
            return None
    return _merged(found)


def partial(
    ranges: tuple[Slice, ...], size: int, content_type: bytes, boundary: bytes
) -> PartialAnswer:
    """The 206 that gives these ranges of a body of `size` bytes.

    `boundary` must not occur in the body: take enough random letters and digits.
    """
    if len(ranges) == 1:
        (only,) = ranges
        fields = (
            (b"content-range", _content_range(only, size)),
            (b"content-length", b"%d" % (only.end - only.start)),
        )
        return PartialAnswer(206, fields, (only,))
    pieces: list[bytes | Slice] = []
    for part in ranges:
        pieces.append(
            (b"\r\n" if pieces else b"")
            + b"--%b\r\nContent-Type: %b\r\n" % (boundary, content_type)
            + b"Content-Range: %b\r\n\r\n" % _content_range(part, size)
        )
        pieces.append(part)
    pieces.append(b"\r\n--%b--\r\n" % boundary)
    fields = (
        (b"content-type", b"multipart/byteranges; boundary=" + boundary),
        (b"content-length", b"%d" % sum(_length(piece) for piece in pieces)),
    )
    return PartialAnswer(206, fields, tuple(pieces))


def unsatisfiable(size: int) -> PartialAnswer:
    """The 416 that tells how long the body is."""
    return PartialAnswer(416, ((b"content-range", b"bytes */%d" % size), (b"content-length", b"0")))


def _positions(spec: bytes, size: int) -> Slice | None:
    """One range-spec; an empty slice when nothing of it exists, None when it is malformed."""
    first, dash, last = spec.partition(b"-")
    if not dash or not (first or last):
        return None
    if not all(position.isdigit() for position in (first, last) if position):
        return None
    if not first:
        return Slice(max(0, size - _number(last)), size)
    start, end = _number(first), _number(last) + 1 if last else size
    if last and _digits(last) < _digits(first):
        return None
    return Slice(min(start, size), max(min(start, size), min(end, size)))


def _number(digits: bytes) -> int:
    length, significant = _digits(digits)
    return LARGEST_POSITION if length > 18 else int(significant or b"0")


def _digits(digits: bytes) -> tuple[int, bytes]:
    """Digits in a form that compares like the number they spell, however many they are."""
    significant = digits.lstrip(b"0")
    return len(significant), significant


def _merged(ranges: list[Slice]) -> tuple[Slice, ...]:
    merged: list[Slice] = []
    for part in sorted(ranges):
        if merged and part.start <= merged[-1].end:
            merged[-1] = Slice(merged[-1].start, max(merged[-1].end, part.end))
        else:
            merged.append(part)
    # Without an overlap the client's own order stands (RFC 9110 section 15.3.7.2).
    return tuple(ranges if len(merged) == len(ranges) else merged)


def _content_range(part: Slice, size: int) -> bytes:
    return b"bytes %d-%d/%d" % (part.start, part.end - 1, size)


def _length(piece: bytes | Slice) -> int:
    return piece.end - piece.start if isinstance(piece, Slice) else len(piece)
