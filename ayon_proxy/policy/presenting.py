"""The head that a client is given: what the proxy adds to an answer, and the little it alters."""

from __future__ import annotations

from datetime import UTC, datetime

import xxhash

from ayon_proxy.policy.fields import directives, replaced, value
from ayon_proxy.policy.message import Fields, Head, StoredResponse
from ayon_proxy.policy.routes.route import Kind, Route

PRIVATE = b"private, no-cache"
"""Instead of upstream's `public` or `immutable` on what needs a credential and changes."""


def stored_answer(route: Route, stored: StoredResponse, age: float) -> Head:
    """The head of an answer from the store, with Age and an entity tag (RFC 9111 section 5.1)."""
    fields = forwarded_fields(route, stored.head)
    if value(fields, b"etag") is None:
        fields = (*fields, (b"etag", own_etag(stored)))
    return Head(stored.head.status, replaced(fields, b"age", b"%d" % age))


def forwarded_fields(route: Route, head: Head) -> Fields:
    """The fields of something that may be stored, safe for a cache further down.

    Upstream calls entity thumbnails `public, immutable`, though they need a credential and change
    behind one URL (upstream/observed.md, Headers). Ranges are ours to answer, of files that are
    there.
    """
    fields = head.fields
    said = directives(fields)
    if route.kind in (Kind.STORE, Kind.FILE) and ("public" in said or "immutable" in said):
        fields = replaced(fields, b"cache-control", PRIVATE)
    if route.kind is Kind.FILE and head.status in (200, 206):
        fields = replaced(fields, b"accept-ranges", b"bytes")
    return fields


def own_etag(stored: StoredResponse) -> bytes:
    """A strong entity tag for what upstream sends without one: a hash of its bytes."""
    body = stored.inline
    digest = stored.digest if body is None else xxhash.xxh3_128_digest(body)
    return b'"%s"' % (digest or b"").hex().encode()


TOO_MANY_UNKNOWN = (
    "Too many credentials that the AYON server does not know were sent from this address. "
    "Those that it knows go on working."
)

ONLY_IF_CACHED = "Not stored here, and the request asked for stored answers only."


def offline_sentence(offline_since: float | None, method: str) -> str:
    """What someone reads whose request can't be answered.

    `offline_since` is None when this request alone got no answer: upstream answers others.
    """
    if offline_since is None:
        away = "The AYON server could not be reached for this request"
    else:
        since = datetime.fromtimestamp(offline_since, UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
        away = f"The AYON server can't be reached (since {since})"
    if method in ("GET", "HEAD"):
        return f"{away} and this answer is not stored here."
    return f"{away}, so this request could not be sent. Nothing was changed."
