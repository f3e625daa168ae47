"""Reads of what may be stored: from the store, or from upstream once for all who wait."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

from ayon_proxy.cache.answer import Answer, RequestBody
from ayon_proxy.cache.bodies import RelayedBody, SpoolBody
from ayon_proxy.cache.deciding import Decider
from ayon_proxy.cache.delivering import Deliverer
from ayon_proxy.cache.fetch import Abandoned, Confirmed, Fetch, Opened, Owned, Plan, Shared
from ayon_proxy.cache.finding import Finder
from ayon_proxy.cache.forwarding import Forwarder
from ayon_proxy.cache.in_flight import InFlight
from ayon_proxy.cache.ports import UpstreamResponse
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.trips import Trips
from ayon_proxy.cache.waiting import Waiting
from ayon_proxy.cache.wanted import Wanted
from ayon_proxy.errors import ProxyError, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy import cache_status, presenting
from ayon_proxy.policy.cache_key import url_for_people
from ayon_proxy.policy.decision import Deliver, Forward, ForwardReason, Refuse
from ayon_proxy.policy.fields import content_length
from ayon_proxy.policy.message import Head
from ayon_proxy.policy.routes.route import Kind, Route
from ayon_proxy.policy.storing import TRANSIENT, speaks_against
from ayon_proxy.policy.validation import unconditional


class Reader:
    """Answers GET and HEAD for the STORE and FILE rows, and GraphQL questions."""

    def __init__(
        self,
        *,
        store: Store,
        finder: Finder,
        decider: Decider,
        in_flight: InFlight,
        trips: Trips,
        forwarder: Forwarder,
        waiting: Waiting,
        deliverer: Deliverer,
        traffic: Traffic,
    ) -> None:
        self._store = store
        self._finder = finder
        self._decider = decider
        self._in_flight = in_flight
        self._trips = trips
        self._forwarder = forwarder
        self._deliverer = deliverer
        self._traffic = traffic
        self._waiting = waiting

    async def read(self, wanted: Wanted, body: RequestBody) -> Answer:
        """Answer from the store where policy says so, else from upstream."""
        request = wanted.request
        decision = await self._finder.decision(wanted)
        if isinstance(decision, Deliver):
            answer = await self._deliverer.delivered(wanted, decision)
            if answer is not None:
                return answer
            decision = self._decider.decide(None, wanted)
        away = isinstance(decision, Refuse) and decision.offline_since is not None
        if away and await self._forwarder.perhaps_back():
            decision = await self._finder.decision(wanted)
        if isinstance(decision, Refuse):
            return self._forwarder.refusal(request, only_if_cached=decision.offline_since is None)
        assert isinstance(decision, Forward)  # noqa: S101
        # A HEAD of what is stored validates it as a GET would; AYON itself answers it wrongly.
        if not decision.may_store or (request.method == "HEAD" and decision.current is None):
            return await self._alone(wanted, decision, body)
        return await self._fetched(wanted, decision, body)

    async def _fetched(self, wanted: Wanted, forward: Forward, body: RequestBody) -> Answer:
        vain = self._waiting.is_vain(forward)
        if vain and not self._waiting.may_leave_behind:
            return await self._meanwhile(wanted, forward, body)
        plan = Plan(
            request=unconditional(wanted.request, wanted.route),
            route=wanted.route,
            key=wanted.key,
            tags=wanted.tags,
            url=url_for_people(wanted.request),
            current=forward.current,
            question=wanted.question,
            scope_tags=wanted.scope_tags,
            sharing=wanted.sharing,
            elsewhere=wanted.elsewhere,
        )
        fetch, first = self._in_flight.join(
            wanted.joined_by,
            lambda: self._trips.begin(plan),
            anew=wanted.deciding or forward.reason is ForwardReason.REQUEST,
        )
        if vain and not fetch.opened.done():
            if first:
                await self._waiting.leave_behind(fetch)
            return await self._meanwhile(wanted, forward, body)
        growing = SpoolBody(fetch.spool)
        try:
            async with self._waiting.in_time(forward):
                opened = await self._opened(fetch, growing, first=first)
        except TimeoutError:
            return await self._meanwhile(wanted, forward, body)
        except Abandoned:
            return await self._alone(wanted, forward, body)
        except (UpstreamUnreachable, UpstreamBroke) as error:
            return await self._without_upstream(wanted, forward, error)
        answer = await self._shown(wanted, opened, growing, forward, first=first)
        return answer or await self._alone(wanted, forward, body)

    async def _meanwhile(self, wanted: Wanted, forward: Forward, body: RequestBody) -> Answer:
        """What is stored, since upstream takes long; the fetch goes on."""
        assert forward.meanwhile is not None  # noqa: S101
        deliver = Deliver(forward.meanwhile, 0.0, offline=True)
        answer = await self._deliverer.delivered(wanted, deliver)
        return answer or await self._alone(wanted, forward, body)

    async def _shown(
        self,
        wanted: Wanted,
        opened: Opened,
        growing: SpoolBody,
        forward: Forward,
        *,
        first: bool,
    ) -> Answer | None:
        """What a fetch brings to one who waited for it; None where that is nothing."""
        match opened:
            case Confirmed(stored):
                return await self._deliverer.delivered(wanted, Deliver(stored, 0.0), forward.reason)
            case Shared():
                return self._shared(wanted.route, opened, growing, forward, first=first)
            case Owned(response) if first:
                return await self._owned(wanted, response, forward)
            case Owned(response) if _may_be_stood_in_for(response, forward):
                return await self._stood_in_for(wanted, response, forward)
            case _:
                return None

    async def _opened(self, fetch: Fetch, growing: SpoolBody, *, first: bool) -> Opened:
        """What the fetch brings. `growing` stays joined where it is to be the answer's body."""
        async with AsyncExitStack() as joined:
            joined.push_async_callback(growing.aclose)
            fetch.waiting += 1
            try:
                opened = await asyncio.shield(fetch.opened)
            except asyncio.CancelledError:
                if first:
                    await fetch.abandon()
                raise
            finally:
                fetch.waiting -= 1
            if isinstance(opened, Shared):
                growing.length = await self._length(fetch, opened)
                joined.pop_all()
            return opened

    async def _length(self, fetch: Fetch, shared: Shared) -> int | None:
        if shared.length is not None or fetch.plan.route.kind is not Kind.FILE:
            return shared.length
        # A download without Content-Length fails in the client (upstream/clients.md, fact 8), so
        # it waits for the end; but for one that will not be kept there is no waiting.
        await fetch.spool.finished()
        return fetch.spool.size if fetch.spool.done else None

    def _shared(
        self,
        route: Route,
        shared: Shared,
        growing: SpoolBody,
        forward: Forward,
        *,
        first: bool,
    ) -> Answer:
        self._traffic.misses += first
        self._traffic.collapsed += not first
        return Answer(
            Head(
                shared.head.status,
                presenting.forwarded_fields(route, shared.head),
            ),
            growing,
            cache_status.forwarded(forward.reason, stored=True, collapsed=not first),
            selectable=route.kind is Kind.FILE,
        )

    async def _alone(self, wanted: Wanted, forward: Forward, body: RequestBody) -> Answer:
        """Upstream's answer to this very request, for this caller only."""
        request, route = wanted.request, wanted.route
        try:
            instead = await self._trips.before(request)
            response = instead or await self._forwarder.send(
                request, body, follow_redirects=route.follow_redirects
            )
        except (UpstreamUnreachable, UpstreamBroke) as error:
            return await self._without_upstream(wanted, forward, error)
        current = forward.current
        # What is shared is not one caller's to take away (`cache.sharing`).
        own = current is not None and current.key == wanted.key
        gone = own and speaks_against(route, response.head)
        # Upstream answers 404 to HEAD where GET finds something (upstream/observed.md, Headers).
        if current is not None and request.method == "GET" and gone:
            try:
                await self._store.forget(current.key, current.begun_seq)
            except BaseException:
                await response.aclose()
                raise
        return await self._owned(wanted, response, forward)

    async def _owned(self, wanted: Wanted, response: UpstreamResponse, forward: Forward) -> Answer:
        if _may_be_stood_in_for(response, forward):
            await response.aclose()
            return await self._stood_in_for(wanted, response, forward)
        head = response.head
        self._traffic.misses += 1
        return Answer(
            Head(head.status, presenting.forwarded_fields(wanted.route, head)),
            RelayedBody(response, content_length(head.fields)),
            cache_status.forwarded(forward.reason),
        )

    async def _stood_in_for(
        self, wanted: Wanted, response: UpstreamResponse, forward: Forward
    ) -> Answer:
        error = UpstreamUnreachable(f"Upstream answered {response.head.status}.")
        return await self._without_upstream(wanted, forward, error)

    async def _without_upstream(
        self, wanted: Wanted, forward: Forward, error: ProxyError
    ) -> Answer:
        instead = self._decider.after_failure(forward)
        if isinstance(instead, Deliver):
            answer = await self._deliverer.delivered(wanted, instead)
            if answer is not None:
                return answer
        return self._forwarder.failure(wanted.request, error)


def _may_be_stood_in_for(response: UpstreamResponse, forward: Forward) -> bool:
    return response.head.status in TRANSIENT and forward.fallback is not None
