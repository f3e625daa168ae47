"""Gives what is stored."""

from __future__ import annotations

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.bodies import Body, InlineBody
from ayon_proxy.cache.given import Given
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.variants import Presented, Variants
from ayon_proxy.cache.wanted import Wanted
from ayon_proxy.policy import cache_status, presenting
from ayon_proxy.policy.decision import Deliver, ForwardReason
from ayon_proxy.policy.freshness import age
from ayon_proxy.policy.routes.route import Kind


class Deliverer:
    """Makes answers of stored responses."""

    def __init__(self, store: Store, variants: Variants, clock: Clock, traffic: Traffic) -> None:
        self._store = store
        self._variants = variants
        self._clock = clock
        self._traffic = traffic

    async def delivered(
        self, wanted: Wanted, deliver: Deliver, reason: ForwardReason | None = None
    ) -> Answer | None:
        """The stored answer; None when its file is gone. `reason`: upstream has confirmed it."""
        shown = self._shown(wanted, deliver)
        body = shown.body or await self._store.body(deliver.stored)
        if body is None:
            return None
        if reason is not None:
            self._traffic.count(())
            return _answer(wanted, shown, body, cache_status.forwarded(reason))
        self._traffic.count((deliver,))
        given = Given.of(wanted, deliver, body, coded=shown.body is not None)
        return _answer(wanted, shown, body, cache_status.hit(deliver), given)

    def presented(
        self, wanted: Wanted, deliver: Deliver, content: bytes | None, status: bytes
    ) -> Answer | None:
        """The answer as it is at this moment, out of memory. `content` is the stored body, where
        that is there; None where nothing is that this client could be given."""
        shown = self._shown(wanted, deliver)
        body = shown.body or (None if content is None else InlineBody(content))
        return None if body is None else _answer(wanted, shown, body, status)

    def _shown(self, wanted: Wanted, deliver: Deliver) -> Presented:
        stored = deliver.stored
        seconds = age(stored, self._clock.now())
        head = presenting.stored_answer(wanted.route, stored, seconds)
        return self._variants.presented(wanted.request, stored, head)


def _answer(
    wanted: Wanted, shown: Presented, body: Body, status: bytes, given: Given | None = None
) -> Answer:
    selectable = wanted.route.kind is not Kind.QUESTION
    return Answer(shown.head, body, status, selectable=selectable, given=given)
