"""Asking upstream whether what is stored is current, and taking up a body that broke.

AYON ignores If-None-Match on its files but honours a range with If-Range (upstream/observed.md,
Headers). So a file is validated with both conditions and a range of one byte: 304 or 206 confirm
it, 200 brings the new one, and neither costs a second trip (RFC 9110 sections 13.1.2, 13.1.5).

Videos of a project come without an entity tag. Their ids never stand for other bytes, so it is
enough that upstream still has a file of that length for this caller: a HEAD tells (server.md 5.2).
"""

from __future__ import annotations

from dataclasses import replace

from ayon_proxy.policy.fields import content_length, replaced, value, without
from ayon_proxy.policy.freshness import strong_etag
from ayon_proxy.policy.message import Head, Request, StoredResponse
from ayon_proxy.policy.routes.route import Kind, Route


def possible(route: Route, current: StoredResponse) -> bool:
    """Whether upstream gave the stored response a validator that it will understand."""
    if route.kind is Kind.FILE:
        return route.named_by_id or (strong_etag(current.head) is not None and current.size > 0)
    return value(current.head.fields, b"etag") is not None


def conditional(request: Request, route: Route, current: StoredResponse) -> Request:
    """The request that a validation sends."""
    if route.named_by_id and strong_etag(current.head) is None:
        return replace(request, method="HEAD", path=request.path.removesuffix(b"/payload"))
    etag = value(current.head.fields, b"etag") or b""
    conditions = [(b"if-none-match", etag)]
    if route.kind is Kind.FILE:
        conditions += [(b"if-range", etag), (b"range", b"bytes=0-0")]
    return _with_fields(request, *conditions)


def confirmed(asked: Request, head: Head, current: StoredResponse) -> bool:
    """Whether the answer to `asked` says that the stored response is current."""
    if asked.method == "HEAD":
        return head.status == 200 and content_length(head.fields) == current.size
    if head.status == 304:
        return True
    etag = strong_etag(current.head)
    return (
        head.status == 206
        and etag is not None
        and value(head.fields, b"etag") == etag
        and value(head.fields, b"content-range") == b"bytes 0-0/%d" % current.size
    )


def undecided(asked: Request, head: Head, current: StoredResponse) -> bool:
    """An answer without the whole that does not confirm either: the whole has to be asked for."""
    partial = asked.method == "HEAD" or head.status in (206, 416)
    return partial and not confirmed(asked, head, current)


def remainder(request: Request, head: Head, received: int, length: int | None) -> Request | None:
    """The request for what is missing of a body; None where nothing vouches for its sameness."""
    etag = strong_etag(head)
    if etag is None or length is None or not 0 < received < length:
        return None
    return _with_fields(request, (b"if-range", etag), (b"range", b"bytes=%d-" % received))


def part(request: Request, etag: bytes, start: int, end: int) -> Request:
    """The request for bytes `start` to before `end` of the body that the tag vouches for."""
    return _with_fields(request, (b"if-range", etag), (b"range", b"bytes=%d-%d" % (start, end - 1)))


def continues(head: Head, begun: Head, received: int, length: int | None) -> bool:
    """Whether a partial answer goes on exactly where the body that `begun` announced broke."""
    return length is not None and is_part(head, begun, received, length, length)


def is_part(head: Head, begun: Head, start: int, end: int, length: int) -> bool:
    """Whether an answer holds exactly bytes `start` to before `end` of the body that `begun`
    announced."""
    expected = b"bytes %d-%d/%d" % (start, end - 1, length)
    if head.status != 206:
        return False
    return value(head.fields, b"content-range") == expected and value(
        head.fields, b"etag"
    ) == value(begun.fields, b"etag")


def _with_fields(request: Request, *fields: tuple[bytes, bytes]) -> Request:
    return replace(request, fields=(*request.fields, *fields))


def unconditional(request: Request, route: Route) -> Request:
    """What a fetch sends for a client's request: all of it, whatever the client holds or wants.

    Files are asked for without a content coding: ranges and lengths are those of the file.
    """
    fields = without(request.fields, _SELECTING)
    if route.kind is Kind.FILE:
        fields = replaced(fields, b"accept-encoding", b"identity")
    method = "GET" if request.method == "HEAD" else request.method
    return Request(method, request.path, request.query, fields)


_SELECTING = frozenset(
    {
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"if-unmodified-since",
        b"range",
    }
)
