"""Applies a request's conditions and ranges to an answer that is ours to select from."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.bodies import Body
from ayon_proxy.cache.file_part import Part
from ayon_proxy.policy import byte_ranges, conditional
from ayon_proxy.policy.byte_ranges import PartialAnswer, Slice
from ayon_proxy.policy.fields import value, without
from ayon_proxy.policy.message import Fields, Head, Request


@dataclass(frozen=True, slots=True)
class Selected:
    """What goes to the client. `pieces` None stands for the whole body."""

    head: Head
    length: int | None
    pieces: tuple[bytes | Slice, ...] | None = None


def select(request: Request, answer: Answer) -> Selected:
    """The head and the parts of the body for this request (RFC 9110 sections 13 and 14)."""
    whole = Selected(answer.head, answer.body.length)
    if not answer.selectable:
        return whole
    match conditional.outcome(request, answer.head):
        case conditional.Outcome.NOT_MODIFIED:
            return Selected(Head(304, _of_304(answer.head.fields)), None, ())
        case conditional.Outcome.RANGE if answer.body.length is not None:
            return _ranged(request, answer, answer.body.length) or whole
        case _:
            return whole


def _ranged(request: Request, answer: Answer, size: int) -> Selected | None:
    ranges = byte_ranges.wanted(value(request.fields, b"range") or b"", size)
    if ranges is None:
        return None
    fields = answer.head.fields
    content_type = value(fields, b"content-type") or b"application/octet-stream"
    if ranges:
        boundary = secrets.token_hex(16).encode()
        return _partial(fields, byte_ranges.partial(ranges, size, content_type, boundary))
    return _partial(without(fields, _OF_THE_BODY), byte_ranges.unsatisfiable(size))


def _partial(fields: Fields, part: PartialAnswer) -> Selected:
    own = without(part.fields, (b"content-length",))
    length = value(part.fields, b"content-length")
    merged = (*without(fields, {name for name, _ in own}), *own)
    return Selected(Head(part.status, merged), int(length or 0), part.pieces)


def _of_304(fields: Fields) -> Fields:
    return without(fields, _OF_THE_BODY)


_OF_THE_BODY = frozenset(
    {
        b"content-disposition",
        b"content-encoding",
        b"content-length",
        b"content-range",
        b"content-type",
        b"last-modified",
    }
)


async def pieces_of(
    body: Body, pieces: tuple[bytes | Slice, ...] | None
) -> AsyncGenerator[Part, None]:
    """What has to be sent, in order. Raises UpstreamBroke or StorageFailed in the middle."""
    if pieces is None:
        async for part in body.parts():
            yield part
        return
    for piece in pieces:
        if isinstance(piece, bytes):
            yield piece
        else:
            async for part in body.parts(piece.start, piece.end):
                yield part
