"""How a row of the table is written: `stored`, `picture`, `file`, `passed` or `write`.

What a row says is a `Route`; these add the tags that every answer of its sort carries, so that a
row names only what is particular to it:

    project:{project}   all that belongs to a project, its files included
    answers:{project}   the same without its files: their ids are never reused for other bytes
                        (upstream/server.md 5.2), and fetching them again costs most
    studio, answers     the same two for the whole studio; a project's answers carry `answers` too
"""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import FILE, THUMBNAIL, Lifetimes
from ayon_proxy.policy.routes.route import Kind, Route, Share
from ayon_proxy.policy.tags import STUDIO

PROJECT = "project:{project}"
PROJECT_ANSWERS = "answers:{project}"
ANSWERS = "answers"

JSON = "application/json"
IMAGE = "image/"
HTML = "text/html"

UNSAFE = "*"
"""Stands for every method that is not safe (RFC 9110 section 9.2.1), unknown ones included."""


def stored(
    pattern: str,
    lifetimes: Lifetimes,
    *depends_on: str,
    media: str = JSON,
    vary: tuple[str, ...] = (),
    redact: tuple[str, ...] = (),
    share: Share = Share.USER,
    own_site: bool = False,
) -> Route:
    """A GET whose answer is stored; `depends_on` names what it is made of."""
    whole = (PROJECT, PROJECT_ANSWERS) if "{project}" in pattern else (STUDIO,)
    return Route(
        ("GET",),
        pattern,
        Kind.STORE,
        lifetimes=lifetimes,
        tags=(*whole, ANSWERS, *depends_on),
        media=media,
        vary=vary,
        redact=redact,
        share=share,
        own_site=own_site,
    )


def picture(
    pattern: str, *depends_on: str, lifetimes: Lifetimes = THUMBNAIL, share: Share = Share.USER
) -> Route:
    """A GET of a thumbnail or an avatar: it changes behind one URL, so it is no file."""
    return stored(pattern, lifetimes, *depends_on, media=IMAGE, share=share)


def file(
    pattern: str,
    *depends_on: str,
    listed_in: str | None = None,
    follow_redirects: bool = False,
    named_by_id: bool = False,
    share: Share = Share.USER,
) -> Route:
    """A GET of a file."""
    return Route(
        ("GET",),
        pattern,
        Kind.FILE,
        lifetimes=FILE,
        tags=(PROJECT if "{project}" in pattern else STUDIO, *depends_on),
        listed_in=listed_in,
        follow_redirects=follow_redirects,
        named_by_id=named_by_id,
        share=share,
    )


def passed(methods: str, pattern: str, reason: str, *, safe: bool | None = None) -> Route:
    """Deliberately passed on; `methods` are divided by spaces."""
    return Route(tuple(methods.split()), pattern, Kind.PASS, reason=reason, safe=safe)


def asked_by_post(pattern: str) -> Route:
    """A read whose question is too long for a URL."""
    return passed("POST", pattern, "a read asked by POST: not stored yet", safe=True)


def write(methods: str, pattern: str) -> Route:
    """A change; what may show it stands in the table of writes (`policy.writes`)."""
    return Route(tuple(methods.split()), pattern, Kind.WRITE)
