"""What a conditional or range request gets of a stored 200 (RFC 9110 section 13.2.2).

    If-None-Match, else If-Modified-Since    holds not → 304
    Range, with If-Range                     holds     → the range

If-Match and If-Unmodified-Since are the origin's to evaluate: a cache ignores them (RFC 9110
sections 13.1.1 and 13.1.4).
"""

from __future__ import annotations

import re
from datetime import UTC
from email.utils import parsedate_to_datetime
from enum import Enum, auto

from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Fields, Head, Request

ENTITY_TAG = re.compile(rb'(W/)?("[\x21\x23-\x7e\x80-\xff]*")[ \t]*(?:,[ \t,]*|$)')


class Outcome(Enum):
    """Which answer the conditions of a request allow."""

    FULL = auto()
    RANGE = auto()
    """The Range field counts; `byte_ranges.wanted` tells what of it exists."""
    NOT_MODIFIED = auto()


def outcome(request: Request, head: Head) -> Outcome:
    """What to give of a stored response with this head; never raises, whatever the fields hold.

    Only for a stored 200 and a GET or HEAD: anything else gets the stored response as it is.
    """
    if head.status != 200 or request.method not in ("GET", "HEAD"):
        return Outcome.FULL
    if _unmodified(request.fields, head.fields):
        return Outcome.NOT_MODIFIED
    # Range means something to GET alone (RFC 9110 section 14.2).
    if request.method == "GET" and value(request.fields, b"range") is not None:
        return Outcome.RANGE if _range_allowed(request.fields, head.fields) else Outcome.FULL
    return Outcome.FULL


def entity_tags(field: bytes) -> list[bytes]:
    """The entity tags of a list without their weakness; empty where the list is malformed."""
    tags: list[bytes] = []
    field = field.strip(b" \t,")
    position = 0
    while position < len(field):
        tag = ENTITY_TAG.match(field, position)
        if tag is None:
            return []
        tags.append(tag[2])
        position = tag.end()
    return tags


def http_date(field: bytes) -> int | None:
    """Seconds since the epoch of an HTTP-date (RFC 9110 section 5.6.7), None where it is none."""
    try:
        moment = parsedate_to_datetime(field.decode("ascii"))
        # The form of asctime names no zone, and means UTC.
        return int((moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp())
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _unmodified(asked: Fields, stored: Fields) -> bool:
    if value(asked, b"if-none-match") is not None:
        return _matches(asked, value(stored, b"etag"))
    since = http_date(value(asked, b"if-modified-since") or b"")
    modified = http_date(value(stored, b"last-modified") or b"")
    return since is not None and modified is not None and modified <= since


def _matches(asked: Fields, etag: bytes | None) -> bool:
    """If-None-Match over all its lines, by weak comparison (RFC 9110 section 8.8.3.2)."""
    lines = [line for name, line in asked if name == b"if-none-match"]
    if [line.strip() for line in lines] == [b"*"]:
        return True
    return etag is not None and any(
        tag in entity_tags(line) for tag in entity_tags(etag)[:1] for line in lines
    )


def _range_allowed(asked: Fields, stored: Fields) -> bool:
    """Whether If-Range, where there is one, names exactly what is stored (strong comparison)."""
    validator = value(asked, b"if-range")
    if validator is None:
        return True
    if validator.startswith(b'"'):
        return validator == value(stored, b"etag")
    modified = value(stored, b"last-modified")
    return modified is not None and validator == modified and _strong(stored)


def _strong(stored: Fields) -> bool:
    """Whether Last-Modified tells two versions apart: it is a second older than the answer."""
    modified = http_date(value(stored, b"last-modified") or b"")
    answered = http_date(value(stored, b"date") or b"")
    return modified is not None and answered is not None and modified < answered
