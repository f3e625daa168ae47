"""Where a redirect leads, and what of the request may go there (RFC 9110 section 15.4).

AYON answers `GET files/{id}` with a redirect to itself, to signed S3 URLs or to a CDN
(upstream/server.md 5.2). Clients that follow it themselves hand their API key to that host.
"""

from __future__ import annotations

from urllib.parse import urldefrag, urljoin

from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Fields, Head
from ayon_proxy.upstream.origin import Origin, origin_and_rest

MAX_REDIRECTS = 5

REDIRECTS = frozenset({301, 302, 303, 307, 308})

HARMLESS = frozenset(
    {
        b"accept",
        b"accept-encoding",
        b"accept-language",
        b"cache-control",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"range",
        b"user-agent",
    }
)
"""All that another origin is told. A list of what is allowed: AYON's add-ons invent fields, and
the next one that holds a secret must not need a change here."""


def redirected(origin: Origin, target: bytes, head: Head) -> tuple[Origin, bytes] | None:
    """The origin and target that a redirect leads to; None when there is none to follow.

    A redirect that sets cookies is for the client to follow: they are meant for its next request,
    and we keep none (upstream/server.md 5.2, the CDN links).
    """
    location = value(head.fields, b"location")
    if head.status not in REDIRECTS or location is None:
        return None
    if value(head.fields, b"set-cookie") is not None:
        return None
    base = f"{origin.scheme}://{origin}{target.decode('latin-1')}"
    try:
        absolute = urldefrag(urljoin(base, location.decode("latin-1"))).url
        there, rest = origin_and_rest(absolute)
    except ValueError:
        return None
    return there, (rest if rest.startswith("/") else "/" + rest).encode("latin-1")


def harmless(fields: Fields) -> Fields:
    """The fields that any host may see."""
    return tuple(field for field in fields if field[0] in HARMLESS)
