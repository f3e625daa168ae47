"""Gives what is stored."""

from __future__ import annotations

from ayon_proxy.cache.answer import Answer
from ayon_proxy.cache.bodies import Body
from ayon_proxy.cache.given import Given
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.wanted import Wanted
from ayon_proxy.policy import cache_status, presenting
from ayon_proxy.policy.decision import Deliver, ForwardReason
from ayon_proxy.policy.freshness import age
from ayon_proxy.policy.routes.route import Kind


class Deliverer:
    """Makes answers of stored responses."""

    def __init__(self, store: Store, clock: Clock, traffic: Traffic) -> None:
        self._store = store
        self._clock = clock
        self._traffic = traffic

    async def delivered(
        self, wanted: Wanted, deliver: Deliver, reason: ForwardReason | None = None
    ) -> Answer | None:
        """The stored answer; None when its file is gone. `reason`: upstream has confirmed it."""
        body = await self._store.body(deliver.stored)
        if body is None:
            return None
        if reason is not None:
            self._traffic.count(())
            return self.presented(wanted, deliver, body, cache_status.forwarded(reason))
        self._traffic.count((deliver,))
        return self.presented(
            wanted, deliver, body, cache_status.hit(deliver), Given.of(wanted, deliver, body)
        )

    def presented(
        self,
        wanted: Wanted,
        deliver: Deliver,
        body: Body,
        status: bytes,
        given: Given | None = None,
    ) -> Answer:
        """The answer as it is at this moment."""
        route, stored = wanted.route, deliver.stored
        seconds = age(stored, self._clock.now())
        head = presenting.stored_answer(route, stored, seconds)
        selectable = route.kind is not Kind.QUESTION
        return Answer(head, body, status, selectable=selectable, given=given)
