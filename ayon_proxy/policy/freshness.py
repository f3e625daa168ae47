"""Age, time to live and validators of a stored response (RFC 9111 section 4.2)."""

from __future__ import annotations

from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Head, StoredResponse


def age(stored: StoredResponse, now: float) -> float:
    """Seconds since upstream answered; never negative, whatever the clock did."""
    return max(0.0, now - stored.received_at)


def ttl(stored: StoredResponse, lifetime: float, now: float) -> float:
    """Seconds it is still fresh, of the `lifetime` it has; negative when stale.

    A response from the future (the clock was set back) is stale: its age cannot be known.
    """
    if stored.received_at > now + CLOCK_TOLERANCE:
        return now - stored.received_at
    return lifetime - age(stored, now)


def strong_etag(head: Head) -> bytes | None:
    """Upstream's strong entity tag, which stands for these very bytes (RFC 9110 section 8.8.1): a
    range request with it tells whether they are current."""
    etag = value(head.fields, b"etag")
    return etag if etag is not None and etag.startswith(b'"') else None


CLOCK_TOLERANCE = 1.0
"""Seconds by which a response may seem to come from the future: clocks are slewed, too."""
