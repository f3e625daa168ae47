"""Which content coding of a stored answer a client gets (RFC 9110 sections 8.4, 12.5.3, 8.8.3).

AYON codes nothing, so what is stored is the plain text, the *identity*. A variant is the same text
in one coding, with an entity tag of its own. Ranges are given of the identity alone: a piece of a
variant is of use to nobody who does not hold the rest of the very same bytes.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from ayon_proxy.policy.conditional import Outcome, outcome
from ayon_proxy.policy.fields import directives, replaced, value, values, without
from ayon_proxy.policy.message import Fields, Head, Request

IDENTITY = b"identity"
ZSTD, BR, GZIP = b"zstd", b"br", b"gzip"

LEAST_BYTES = 1024
"""What is not longer fits into a packet or two as it is."""

MOST_BYTES = 8 * 1024 * 1024
"""What is longer would take too much memory at once. RFC 9659 allows zstd no larger window."""

MOST_OF_IDENTITY = 0.9
"""A variant that is longer than this share of the identity is not worth its memory."""

_TEXT = frozenset(
    {
        b"application/ecmascript",
        b"application/graphql-response+json",
        b"application/javascript",
        b"application/json",
        b"application/x-javascript",
        b"application/xml",
        b"image/svg+xml",
    }
)

_ALSO_CALLED = {b"x-gzip": GZIP}
"""RFC 9110 section 8.4.1.3."""

_OF_THE_BYTES = frozenset({b"content-digest", b"content-md5", b"digest", b"repr-digest"})
"""Fields that hold a checksum of the identity."""

_QUALITY = re.compile(rb"[ \t]*;[ \t]*[qQ]=(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)[ \t]*")


def worth_coding(head: Head, size: int) -> bool:
    """Whether a stored answer of `size` bytes is text, long enough, and may be altered."""
    if head.status != 200 or not LEAST_BYTES < size <= MOST_BYTES:
        return False
    fields = head.fields
    media = (value(fields, b"content-type") or b"").partition(b";")[0].strip().lower()
    return (
        (media in _TEXT or media.startswith(b"text/"))
        and value(fields, b"content-encoding") is None
        and not any(name in _OF_THE_BYTES for name, _ in fields)
        and "no-transform" not in directives(fields)
    )


def acceptable(fields: Fields, offered: Sequence[bytes]) -> tuple[bytes, ...]:
    """Those of the offered codings that the client likes as well as the identity, or more: what it
    likes most first, and where that is all the same, in the order of the offer.

    Without Accept-Encoding there are none: whoever names no coding perhaps knows none. For the same
    reason `*` stands for gzip alone. A client that refuses the identity, too, and can't be given
    what it accepts gets it all the same, as AYON gives it.
    """
    likes: dict[bytes, float] = {}
    for member in values(fields, b"accept-encoding"):
        coding, semicolon, weight = member.partition(b";")
        quality = _QUALITY.fullmatch(semicolon + weight) if semicolon else None
        if semicolon and quality is None:
            continue
        name = _ALSO_CALLED.get(coding.strip().lower(), coding.strip().lower())
        like = float(quality[1]) if quality else 1.0
        likes[name] = min(like, likes.get(name, 1.0))
    if GZIP not in likes and b"*" in likes:
        likes[GZIP] = likes[b"*"]
    least = likes.get(IDENTITY, 0.0)
    liked = [coding for coding in offered if likes.get(coding, 0.0) > 0]
    return tuple(
        sorted(
            (coding for coding in liked if likes[coding] >= least),
            key=lambda coding: -likes[coding],
        )
    )


def offered_to(
    request: Request, head: Head, size: int, offered: Sequence[bytes]
) -> tuple[bytes, ...]:
    """The codings in which this client may be given the answer, best first."""
    if value(request.fields, b"accept-encoding") is None or not worth_coding(head, size):
        return ()
    if "no-transform" in directives(request.fields):
        return ()
    return acceptable(request.fields, offered)


def held(request: Request, head: Head, codings: Sequence[bytes]) -> bytes | None:
    """Which representation the request asks for beyond its Accept-Encoding: the identity, where it
    wants ranges or is told "not modified" about it, else the coding that it holds already."""
    if outcome(request, head) is Outcome.NOT_MODIFIED or value(request.fields, b"range"):
        return IDENTITY
    if value(request.fields, b"if-none-match") is None:
        return None
    for coding in codings:
        if outcome(request, coded(head, coding)) is Outcome.NOT_MODIFIED:
            return coding
    return None


def coded(head: Head, coding: bytes) -> Head:
    """The head of a variant, made of that of the identity."""
    fields = without(head.fields, (b"accept-ranges", b"content-length"))
    etag = value(fields, b"etag")
    if etag is not None:
        fields = replaced(fields, b"etag", tag_of_variant(etag, coding))
    return varying(Head(head.status, replaced(fields, b"content-encoding", coding)))


def tag_of_variant(etag: bytes, coding: bytes) -> bytes:
    """Another tag than the identity's, since the bytes are others (RFC 9110 section 8.8.3.3)."""
    opaque = etag.removesuffix(b'"')
    return opaque + b"-" + coding + etag[len(opaque) :]


def varying(head: Head) -> Head:
    """The head of an answer that another client would get in another coding.

    A client that asks for none is not told so: what it gets is right for everybody.
    """
    named = values(head.fields, b"vary")
    if b"*" in named or b"accept-encoding" in (name.lower() for name in named):
        return head
    vary = b", ".join((*named, b"Accept-Encoding"))
    return Head(head.status, replaced(head.fields, b"vary", vary))
