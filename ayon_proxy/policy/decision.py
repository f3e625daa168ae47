"""THE PAGE: deliver what is stored, ask upstream, or refuse.

`decide` is asked when the look-up is done, `after_failure` when upstream gave no response. What
they return is RFC 9211's vocabulary, so the decision is the Cache-Status field and the metric too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from ayon_proxy.policy.fields import whole_number
from ayon_proxy.policy.freshness import age, ttl
from ayon_proxy.policy.lifetimes import Lifetimes
from ayon_proxy.policy.message import StoredResponse


class ForwardReason(Enum):
    """Why upstream is asked: the `fwd` tokens of RFC 9211 section 2.2."""

    BYPASS = "bypass"
    METHOD = "method"
    URI_MISS = "uri-miss"
    REQUEST = "request"
    STALE = "stale"


@dataclass(frozen=True, slots=True)
class Deliver:
    """Give the stored response, fresh for `ttl` seconds more; or, with `offline`, stale and only
    because upstream gave no answer, or none in time."""

    stored: StoredResponse
    ttl: float
    offline: bool = False


@dataclass(frozen=True, slots=True)
class Forward:
    """Ask upstream. `current` is stored and could be confirmed by a validation; `fallback` is
    stored and may stand in when upstream gives no answer, `meanwhile` when it only takes long.
    `waited`: so long the caller has waited already, for somebody else's fetch."""

    reason: ForwardReason
    may_store: bool = False
    current: StoredResponse | None = None
    fallback: StoredResponse | None = None
    meanwhile: StoredResponse | None = None
    waited: bool = False


@dataclass(frozen=True, slots=True)
class Refuse:
    """504: nothing stored may be given and upstream can't be asked."""

    offline_since: float | None


Decision = Deliver | Forward | Refuse


@dataclass(frozen=True, slots=True)
class Situation:
    """What the moment is like. Times in seconds since the epoch, `stale_if_error` in seconds."""

    now: float
    online: bool
    """Upstream can be asked, be it slow."""
    offline_since: float
    stale_if_error: float
    watched: bool = False
    """The event feed is LIVE: what has changed would be known."""
    slow: bool = False
    """Nobody is answered in time at the moment."""


def decide(
    stored: StoredResponse | None,
    invalidated: bool,
    lifetimes: Lifetimes,
    directives: Mapping[str, str | None],
    at: Situation,
    *,
    deciding: bool = False,
) -> Decision:
    """What to do with a request for something that may be stored (RFC 9111 section 4).

    `invalidated` says that one of the stored response's tags was invalidated after its fetch began:
    it is never given while upstream is there, however slow, and may stand in when it is not.
    `deciding`: somebody overwrites files if the answer is old, so upstream is asked while it is
    there; what events vouch for is given meanwhile where nobody is answered in time.
    """
    may_store = "no-store" not in directives
    if stored is None:
        if not at.online:
            return Refuse(at.offline_since)
        if "only-if-cached" in directives:
            return Refuse(None)
        return Forward(ForwardReason.URI_MISS, may_store)

    left = ttl(stored, lifetimes.of(watched=at.watched), at.now)
    fresh = left > 0 and not invalidated
    welcome = "no-cache" not in directives and _young_enough(stored, directives, at.now)
    if fresh and welcome and not (deciding and at.online):
        return Deliver(stored, left)
    good = age(stored, at.now) <= at.stale_if_error
    vouched_for = not deciding or (fresh and at.watched and at.slow)
    meanwhile = good and welcome and not invalidated and vouched_for
    forward = Forward(
        ForwardReason.REQUEST if fresh else ForwardReason.STALE,
        may_store,
        current=stored,
        fallback=stored if good else None,
        meanwhile=stored if meanwhile else None,
    )
    if not at.online:
        return after_failure(forward, at)
    return Refuse(None) if "only-if-cached" in directives else forward


def after_failure(forward: Forward, at: Situation) -> Deliver | Refuse:
    """What a caller gets when upstream gave no response.

    A stored answer was given to this very credential by upstream: a proof that is good for
    `stale_if_error` seconds.
    """
    stored = forward.fallback
    if stored is None:
        return Refuse(at.offline_since)
    return Deliver(stored, 0.0, offline=True)


def _young_enough(stored: StoredResponse, directives: Mapping[str, str | None], now: float) -> bool:
    """Whether the request's own max-age admits it (RFC 9111 section 5.2.1.1)."""
    said = directives.get("max-age")
    limit = None if said is None else whole_number(said.encode())
    return limit is None or age(stored, now) <= limit
