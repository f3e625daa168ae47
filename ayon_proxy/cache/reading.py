"""Reads of what may be stored: from the store, or from upstream once for all who wait."""

from __future__ import annotations

import asyncio
from collections.abc import Collection

from ayon_proxy.cache.answer import Answer, RequestBody
from ayon_proxy.cache.bodies import RelayedBody, SpoolBody
from ayon_proxy.cache.fetch import Abandoned, Confirmed, Fetch, Opened, Owned, Plan, Shared
from ayon_proxy.cache.forwarding import Forwarder
from ayon_proxy.cache.in_flight import InFlight
from ayon_proxy.cache.line import Line
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.trips import Trips
from ayon_proxy.errors import ProxyError, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy import cache_status, presenting
from ayon_proxy.policy.cache_key import url_for_people
from ayon_proxy.policy.classify import Classified
from ayon_proxy.policy.decision import (
    Deliver,
    Forward,
    ForwardReason,
    Refuse,
    Situation,
    after_failure,
    decide,
)
from ayon_proxy.policy.fields import content_length, directives
from ayon_proxy.policy.freshness import age
from ayon_proxy.policy.lifetimes import Lifetimes
from ayon_proxy.policy.message import Head, Request, StoredResponse
from ayon_proxy.policy.routes.route import Kind
from ayon_proxy.policy.storing import GONE, TRANSIENT
from ayon_proxy.policy.validation import unconditional


class Reader:
    """Answers GET and HEAD for the STORE and FILE rows."""

    def __init__(
        self,
        *,
        store: Store,
        tags: TagClock,
        line: Line,
        in_flight: InFlight,
        trips: Trips,
        forwarder: Forwarder,
        clock: Clock,
        traffic: Traffic,
        identity_grace: float,
    ) -> None:
        self._store = store
        self._tags = tags
        self._line = line
        self._in_flight = in_flight
        self._trips = trips
        self._forwarder = forwarder
        self._clock = clock
        self._traffic = traffic
        self._identity_grace = identity_grace

    async def read(
        self, request: Request, classified: Classified, key: bytes, body: RequestBody
    ) -> Answer:
        """Answer from the store where policy says so, else from upstream."""
        stored = await self._store.lookup(key)
        decision = self.decision(stored, classified.route.lifetimes, request)
        if isinstance(decision, Deliver):
            answer = await self._delivered(classified, decision)
            if answer is not None:
                return answer
            decision = self.decision(None, classified.route.lifetimes, request)
        if isinstance(decision, Refuse):
            return self._forwarder.refusal(request, only_if_cached=decision.offline_since is None)
        assert isinstance(decision, Forward)  # noqa: S101
        self.count(())
        if request.method == "HEAD" or not decision.may_store:
            return await self._forwarder.relay(request, body, decision.reason)
        return await self._fetched(request, classified, key, decision, body)

    def decision(
        self, stored: StoredResponse | None, lifetimes: Lifetimes, request: Request
    ) -> Deliver | Forward | Refuse:
        """What policy says of it at this moment."""
        invalidated = stored is not None and self._tags.invalidated_since(
            stored.tags, stored.begun_seq
        )
        asked = directives(request.fields)
        return decide(stored, invalidated, lifetimes, asked, self._situation())

    def after_failure(self, forward: Forward) -> Deliver | Refuse:
        """What policy says when upstream gave no answer."""
        return after_failure(forward, self._situation())

    def count(self, delivers: Collection[Deliver]) -> None:
        """Count a request that was answered by these; by upstream where there are none."""
        stale = any(deliver.offline for deliver in delivers)
        self._traffic.stale += stale
        self._traffic.hits += bool(delivers) and not stale
        self._traffic.misses += not delivers

    async def _fetched(
        self,
        request: Request,
        classified: Classified,
        key: bytes,
        forward: Forward,
        body: RequestBody,
    ) -> Answer:
        plan = Plan(
            request=unconditional(request, classified.route),
            route=classified.route,
            key=key,
            tags=classified.tags,
            url=url_for_people(request),
            current=forward.current,
        )
        fetch, first = self._in_flight.join(key, lambda: self._trips.begin(plan))
        try:
            opened = await self._opened(fetch, first)
        except Abandoned:
            return await self._forwarder.relay(request, body, forward.reason)
        except (UpstreamUnreachable, UpstreamBroke) as error:
            return await self._without_upstream(request, classified, forward, error)
        match opened:
            case Confirmed(stored):
                confirmed = await self._delivered(classified, Deliver(stored, 0.0), forward.reason)
                if confirmed is not None:
                    return confirmed
            case Shared():
                return await self._shared(classified, opened, forward, first=first)
            case Owned() if first:
                return await self._owned(request, classified, opened, forward)
        return await self._forwarder.relay(request, body, forward.reason)

    async def _opened(self, fetch: Fetch, first: bool) -> Opened:
        try:
            return await asyncio.shield(fetch.opened)
        except asyncio.CancelledError:
            if first:
                await fetch.abandon()
            raise

    async def _shared(
        self, classified: Classified, shared: Shared, forward: Forward, *, first: bool
    ) -> Answer:
        is_file = classified.route.kind is Kind.FILE
        length = shared.length
        body = SpoolBody(shared.spool, length)
        if is_file and length is None:
            # A download without Content-Length fails in the client (upstream/clients.md, fact 8).
            await shared.spool.finished()
            body.length = shared.spool.size
        if not first:
            self._traffic.collapsed += 1
        status = cache_status.forwarded(forward.reason, stored=True, collapsed=not first)
        fields = presenting.forwarded_fields(classified.route, shared.head.fields)
        return Answer(Head(shared.head.status, fields), body, status, selectable=is_file)

    async def _owned(
        self, request: Request, classified: Classified, owned: Owned, forward: Forward
    ) -> Answer:
        head = owned.response.head
        if head.status in TRANSIENT and forward.fallback is not None:
            await owned.response.aclose()
            error = UpstreamUnreachable(f"Upstream answered {head.status}.")
            return await self._without_upstream(request, classified, forward, error)
        if head.status in GONE and forward.current is not None:
            await self._store.forget(forward.current.key)
        return Answer(
            Head(head.status, presenting.forwarded_fields(classified.route, head.fields)),
            RelayedBody(owned.response, content_length(head.fields)),
            cache_status.forwarded(forward.reason),
        )

    async def _without_upstream(
        self, request: Request, classified: Classified, forward: Forward, error: ProxyError
    ) -> Answer:
        instead = self.after_failure(forward)
        if isinstance(instead, Deliver):
            answer = await self._delivered(classified, instead)
            if answer is not None:
                return answer
        return self._forwarder.failure(request, error)

    async def _delivered(
        self, classified: Classified, deliver: Deliver, reason: ForwardReason | None = None
    ) -> Answer | None:
        """The stored answer; None when its file is gone. `reason`: upstream has confirmed it."""
        body = await self._store.body(deliver.stored)
        if body is None:
            return None
        if reason is not None:
            status = cache_status.forwarded(reason)
        else:
            status = cache_status.hit(deliver)
            self.count((deliver,))
        seconds = age(deliver.stored, self._clock.now())
        head = presenting.stored_answer(classified.route, deliver.stored, seconds)
        return Answer(head, body, status, selectable=True)

    def _situation(self) -> Situation:
        reachability, now = self._line.reachability, self._clock.now()
        return Situation(
            now=now,
            online=reachability.may_try(now),
            offline_since=reachability.since,
            stale_if_error=self._identity_grace,
        )
