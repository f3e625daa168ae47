"""Where a redirect leads, and what of the request may go there (RFC 9110 section 15.4).

AYON answers `GET files/{id}` with a redirect to itself, to signed S3 URLs or to a CDN
(upstream/server.md 5.2). Clients that follow it themselves hand their API key to that host, and one
that was handed another host's Location or cookies could reach it past the proxy.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from urllib.parse import urldefrag, urljoin

from ayon_proxy.errors import RedirectedNowhere, UpstreamBroke, UpstreamBusy, UpstreamUnreachable
from ayon_proxy.policy.fields import replaced, value, without
from ayon_proxy.policy.message import Fields, Head
from ayon_proxy.upstream.origin import Origin, origin_and_rest, visible
from ayon_proxy.upstream.response import HttpResponse

MAX_REDIRECTS = 5

SET_COOKIE = b"set-cookie"

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


Ask = Callable[[Origin, bytes, Fields], Awaitable[HttpResponse]]
"""Sends a GET: origin, target, fields."""


async def followed(
    response: HttpResponse, origin: Origin, target: bytes, fields: Fields, ask: Ask
) -> HttpResponse:
    """The answer at the end of the redirects that begin with `response`.

    Cookies that a redirect sets go along to where it leads, as CDN links need it. Another origin's
    cookies are not in the answer: the client would take them for the proxy's.

    Raises UpstreamBroke when a redirect can't be followed, or its target can't be reached: upstream
    itself did answer.
    """
    own, left = origin, MAX_REDIRECTS
    while True:
        try:
            there = redirected(origin, target, response.head)
        except UpstreamBroke:
            await response.discard()
            raise
        if there is None:
            break
        fields = onward_fields(fields, response.head, same_origin=there[0] == origin)
        await response.discard()
        if not left:
            raise RedirectedNowhere(f"{own} redirected more than {MAX_REDIRECTS} times.")
        origin, target, left = there[0], visible(there[1]), left - 1
        try:
            response = await ask(origin, target, fields)
        except UpstreamBusy:
            raise
        except UpstreamUnreachable as failure:
            raise UpstreamBroke(str(failure)) from failure
    if origin != own:
        head = response.head
        response.head = Head(head.status, without(head.fields, (SET_COOKIE,)))
    return response


def redirected(origin: Origin, target: bytes, head: Head) -> tuple[Origin, bytes] | None:
    """The origin and target that a redirect leads to; None when the answer is none.

    Raises UpstreamBroke when it leads nowhere: not to http(s), or its Location is malformed.
    """
    location = value(head.fields, b"location")
    if head.status not in REDIRECTS or location is None:
        return None
    base = f"{origin.scheme}://{origin}{target.decode('latin-1')}"
    try:
        absolute = urldefrag(urljoin(base, location.decode("latin-1"))).url
        there, rest = origin_and_rest(absolute)
    except ValueError:
        raise RedirectedNowhere(f"{origin} sent a redirect that leads nowhere.") from None
    return there, (rest if rest.startswith("/") else "/" + rest).encode("latin-1")


def onward_fields(fields: Fields, redirect: Head, *, same_origin: bool) -> Fields:
    """What the request tells a redirect's target.

    To another origin only what any host may see. Of a cookie that the redirect sets, its name and
    value (RFC 6265 section 4.2.1); where to and how long it may be sent does not matter, it is sent
    once.
    """
    kept = fields if same_origin else tuple(field for field in fields if field[0] in HARMLESS)
    fresh = _pairs(line.partition(b";")[0] for name, line in redirect.fields if name == SET_COOKIE)
    if not fresh:
        return kept
    held = _pairs(pair for name, line in kept if name == b"cookie" for pair in line.split(b";"))
    jar = b"; ".join(b"%b=%b" % pair for pair in (held | fresh).items())
    return replaced(kept, b"cookie", jar)


def _pairs(spelled: Iterable[bytes]) -> dict[bytes, bytes]:
    """Cookies by name; what has no name is none."""
    split = (pair.partition(b"=") for pair in spelled)
    return {name.strip(): content.strip() for name, _, content in split if name.strip()}
