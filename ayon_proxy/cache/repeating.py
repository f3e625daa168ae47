"""Answers again what was answered from memory, without looking for anything.

An answer was given: to this caller, whom upstream had confirmed, and of this stored response. It
may be given again while the caller is the same to us and the response is still the one that would
be found; whether it is still fresh is decided anew each time, as for any other request.
"""

from __future__ import annotations

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.callers import Callers
from ayon_proxy.cache.credentials import Credentials
from ayon_proxy.cache.deciding import Decider
from ayon_proxy.cache.delivering import Deliverer
from ayon_proxy.cache.given import Given, Repeat
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.visitor import Visitor
from ayon_proxy.policy import cache_status
from ayon_proxy.policy.decision import Deliver
from ayon_proxy.policy.freshness import age

AT_ONCE_SECONDS = 0.25
"""For so long a caller whose proof is due is given again what it has got in the ordinary way, which
renews the proof."""


class Repeater:
    """Says whether, and with what. `recheck_seconds`: see `Credentials`."""

    def __init__(
        self,
        *,
        store: Store,
        decider: Decider,
        deliverer: Deliverer,
        callers: Callers,
        credentials: Credentials,
        clock: Clock,
        recheck_seconds: float,
    ) -> None:
        self._decider = decider
        self._deliverer = deliverer
        self._callers = callers
        self._clock = clock
        self._recheck_seconds = recheck_seconds
        self._known = credentials.callers
        self._tags = decider.tags
        self._peek = store.peek

    def repeat(self, visitor: Visitor, given: Given) -> Repeat | None:
        """What may be repeated to this visitor; None where too little is known of who it is."""
        known = proof = None
        if visitor.principal != self._callers.anonymous:
            known = self._known.get(visitor.principal)
            proof = None if known is None else known.proof
            standing = visitor.standing
            if proof is None or standing is None or not standing.fresh:
                return None
            if standing.told is not proof.told:
                return None  # upstream has said something else since
        key, now = given.stored.key, self._clock.now()
        return Repeat(given, key, visitor.principal, visitor.as_of, known, proof, now)

    def stands(self, repeat: Repeat) -> bool:
        """Whether all is as it was when it was decided last. It is asked for each repeated answer,
        so it only compares."""
        known, proof = repeat.known, repeat.proof
        return (
            self._clock.now() < repeat.until
            and self._tags.sequence == repeat.sequence
            and self._peek(repeat.key) is repeat.given.stored
            and self._decider.watched() == repeat.watched
            and (
                known is None
                or (
                    known.proof is proof
                    and proof is not None
                    and proof.number >= known.good_from
                    and self._known.get(repeat.principal) is known
                )
            )
        )

    def again(self, repeat: Repeat) -> Answer | None:
        """The answer as it is from now on; None when the ordinary way has to be gone."""
        sequence, watched, now = self._tags.sequence, self._decider.watched(), self._clock.now()
        good = self._good_until(repeat, now)
        if good <= now or self._peek(repeat.key) is not repeat.given.stored:
            return None
        if self._callers.as_of_now(repeat.principal) != repeat.as_of:
            return None
        stored, wanted = repeat.given.stored, repeat.given.wanted
        decision = self._decider.decide(stored, wanted)
        if not isinstance(decision, Deliver) or decision.offline:
            return None
        repeat.sequence, repeat.watched = sequence, watched
        repeat.until = min(good, now + _unaltered_seconds(age(stored, now), decision.ttl))
        return self._deliverer.presented(
            wanted, decision, repeat.given.content, cache_status.hit(decision)
        )

    def _good_until(self, repeat: Repeat, now: float) -> float:
        """Until when who asked is known for sure. A new proof that says the same serves as well."""
        known, before = repeat.known, repeat.proof
        if known is None or before is None:
            return float("inf")
        proof = known.proof
        if proof is None or proof.number < known.good_from:
            return now
        if self._known.get(repeat.principal) is not known:
            return now
        if proof is not before and proof.told.digest != before.told.digest:
            return now
        repeat.proof = proof
        if now < proof.proved_at:
            return now  # the clock was set back
        due = proof.proved_at + self._recheck_seconds
        return max(due, min(due + self._recheck_seconds, repeat.made_at + AT_ONCE_SECONDS))


def _unaltered_seconds(age: float, ttl: float) -> float:
    """For how long Age and the ttl of Cache-Status are the same whole numbers."""
    return min(1.0 - age % 1.0, ttl % 1.0)
