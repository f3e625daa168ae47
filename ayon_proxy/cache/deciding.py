"""Asks policy, with the facts of the moment: the clock, the line, the tags."""

from __future__ import annotations

from collections.abc import Callable

from ayon_proxy.cache.line import Line
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.cache.wanted import Wanted
from ayon_proxy.policy import decision
from ayon_proxy.policy.decision import Deliver, Forward, Refuse, Situation
from ayon_proxy.policy.fields import directives
from ayon_proxy.policy.message import StoredResponse


class Decider:
    """`identity_grace`: seconds for which an answer may stand in for one upstream can't give.
    `watched` tells whether the event feed is LIVE."""

    def __init__(
        self,
        tags: TagClock,
        line: Line,
        clock: Clock,
        identity_grace: float,
        watched: Callable[[], bool],
    ) -> None:
        self.watched = watched
        self.tags = tags
        self._line = line
        self._clock = clock
        self._identity_grace = identity_grace

    def dropped(self, stored: StoredResponse) -> bool:
        """Whether something that it shows was invalidated after its fetch began."""
        return self.tags.invalidated_since(stored.tags, stored.begun_seq)

    def decide(self, stored: StoredResponse | None, wanted: Wanted) -> Deliver | Forward | Refuse:
        """What to do with a request for which this is stored."""
        invalidated = stored is not None and self.dropped(stored)
        return decision.decide(
            stored,
            invalidated,
            wanted.lifetimes,
            directives(wanted.request.fields),
            self._situation(watched=wanted.lasting and self.watched()),
            deciding=wanted.deciding,
        )

    def after_failure(self, forward: Forward) -> Deliver | Refuse:
        """What to do when upstream gave no answer."""
        return decision.after_failure(forward, self._situation(watched=False))

    def _situation(self, *, watched: bool) -> Situation:
        reachability, now = self._line.reachability, self._clock.now()
        return Situation(
            now=now,
            online=not reachability.offline,
            slow=reachability.slow,
            offline_since=reachability.since,
            stale_if_error=self._identity_grace,
            watched=watched,
        )
