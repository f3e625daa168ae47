"""May this upstream response be stored?

AYON's own Cache-Control says nothing useful (`public, immutable` on images that change, nothing on
JSON: upstream/observed.md, Headers), so the route table decides; what is asked here is whether this
one answer is what the row expects.
"""

from __future__ import annotations

from ayon_proxy.policy.fields import directives, value, whole_number, without
from ayon_proxy.policy.message import Head
from ayon_proxy.policy.routes.route import Kind, Route
from ayon_proxy.policy.routes.rows import HTML, JSON
from ayon_proxy.policy.segments import decoded

OF_ONE_EXCHANGE = frozenset(
    {
        b"age",
        b"cache-status",
        b"content-length",
        b"content-range",
        b"date",
        b"server",
        b"x-request-id",
    }
)
"""Fields that speak of one exchange, or that the proxy writes itself.

Upstream sends Content-Range with 200, too, for videos (server.md 5.2).
"""


def reason_not_to_store(route: Route, head: Head, max_bytes: int) -> str | None:
    """Why the answer is relayed only, as a word for log and metric; None when it may be stored."""
    if head.status != 200:
        return f"status {head.status}"
    length = whole_number(value(head.fields, b"content-length") or b"0")
    coding = value(head.fields, b"content-encoding") or b"identity"
    reasons = {
        "set-cookie": value(head.fields, b"set-cookie") is not None,
        "no-store": "no-store" in directives(head.fields),
        "content-type": not has_media(head, route.media),
        "content-encoding": coding != b"identity",
        "placeholder": _is_placeholder(route, head),
        "too large": length is None or length > max_bytes,
    }
    return next((reason for reason, applies in reasons.items() if applies), None)


def stored_head(head: Head) -> Head:
    """The head as it is stored: without what belongs to this one exchange."""
    return Head(head.status, without(head.fields, OF_ONE_EXCHANGE))


def _is_placeholder(route: Route, head: Head) -> bool:
    """An entity thumbnail's stand-in names neither a thumbnail nor a file (server.md 5.1)."""
    if not route.pattern.endswith("/thumbnail"):
        return False
    return not any(name in (b"x-thumbnail-id", b"x-file-id") for name, _ in head.fields)


GONE = frozenset({401, 403, 404, 410})
"""Statuses that speak against what is stored: it is forgotten, and not given offline either."""


def speaks_against(route: Route, head: Head) -> bool:
    """Whether upstream itself says that what is stored is no more, or not for this caller.

    AYON answers with JSON where the row is JSON, its errors, too (upstream/observed.md): a page
    that says 401 or 404 is of someone in between, and says nothing about what is stored.
    """
    return head.status in GONE and (route.media != JSON or has_media(head, JSON))


def is_page_instead(route: Route, head: Head, path: bytes) -> bool:
    """Whether this is a page where a file was asked for: one of a portal, of a maintenance.

    A name that ends in .htm or .html may be a page; one without an extension may be anything.
    """
    name = decoded(path.rpartition(b"/")[2]).lower()
    _, dot, extension = name.rpartition(".")
    may_be_page = not dot or extension in ("htm", "html")
    return route.kind is Kind.FILE and not may_be_page and has_media(head, HTML)


def has_media(head: Head, media: str) -> bool:
    """Whether the answer is of that media type, or of one that begins so (`Route.media`)."""
    said = (value(head.fields, b"content-type") or b"").partition(b";")[0].strip().lower()
    wanted = media.encode()
    return said.startswith(wanted) if not media or media.endswith("/") else said == wanted


GATEWAY = frozenset({502, 503, 504, *range(520, 528), 530})
"""Statuses that come from what stands before upstream; those from 520 on are a CDN's own."""

TRANSIENT = GATEWAY | {429}
"""Statuses of an upstream in trouble: a stored answer stands in where there is one."""
