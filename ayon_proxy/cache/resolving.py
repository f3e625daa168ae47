"""`POST /api/resolve`: one answer for each URI, stored on its own.

A farm asks one URI at a time and pays a round trip for each (ynput/ayon-usd-resolver#77). Known
URIs are answered from the store; the rest of a batch is one upstream question; what is being asked
already is waited for. The answers come back in the order of the batch.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial

import orjson

from ayon_proxy.cache.answer import Answer, RequestBody
from ayon_proxy.cache.bodies import InlineBody
from ayon_proxy.cache.deciding import Decider
from ayon_proxy.cache.forwarding import Forwarder
from ayon_proxy.cache.ports import Clock, Upstream
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.visitor import Visitor
from ayon_proxy.cache.waiting import Waiting, meanwhile
from ayon_proxy.errors import UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy import cache_status
from ayon_proxy.policy.decision import Deliver, Forward, ForwardReason, Refuse
from ayon_proxy.policy.fields import directives, replaced, without
from ayon_proxy.policy.freshness import age
from ayon_proxy.policy.message import Head, Request, StoredResponse
from ayon_proxy.policy.resolve import Question, project_of, question
from ayon_proxy.policy.resolved import tags_of
from ayon_proxy.policy.routes.route import Route
from ayon_proxy.policy.storing import GONE, TRANSIENT

BODY_BYTES = 1024 * 1024
"""A longer question is relayed whole."""

JSON = Head(200, ((b"content-type", b"application/json"),))


@dataclass(frozen=True, slots=True)
class _Asking:
    """A URI that upstream is being asked about. The result is None when no answer came."""

    tags: bytes
    begun_seq: int
    answered: asyncio.Future[bytes | None]


class _NotAList(Exception):
    """Upstream answered something else than one answer for each URI: it is given as it is."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.head.status)
        self.answer = answer


class Resolver:
    """Answers `POST /api/resolve`."""

    def __init__(
        self,
        *,
        decider: Decider,
        traffic: Traffic,
        store: Store,
        tags: TagClock,
        upstream: Upstream,
        forwarder: Forwarder,
        waiting: Waiting,
        clock: Clock,
    ) -> None:
        self._decider = decider
        self._traffic = traffic
        self._store = store
        self._tags = tags
        self._upstream = upstream
        self._forwarder = forwarder
        self._waiting = waiting
        self._clock = clock
        self._asking: dict[bytes, _Asking] = {}

    async def resolve(
        self,
        visitor: Visitor,
        route: Route,
        body: RequestBody,
    ) -> Answer:
        """Answer the batch: from the store what is fresh there, by upstream the rest."""
        request = visitor.request
        content = await body.whole(BODY_BYTES)
        asked = question(content) if content is not None else None
        if asked is None:
            return await self._relayed(request, body)
        keys = {uri: visitor.key(route, asked.part(uri)) for uri in asked.uris}
        decisions = {uri: await self._decision(visitor, route, asked, uri) for uri in asked.uris}
        refusals = [it for it in decisions.values() if isinstance(it, Refuse)]
        if refusals:
            only_if_cached = all(it.offline_since is None for it in refusals)
            return self._forwarder.refusal(request, only_if_cached=only_if_cached)
        delivers = {uri: it for uri, it in decisions.items() if isinstance(it, Deliver)}
        unknown = {uri: it for uri, it in decisions.items() if isinstance(it, Forward)}
        try:
            asking = self._ask(request, asked, {uri: keys[uri] for uri in unknown})
            said = await self._waiting.as_long_as(unknown.values(), asking)
        except TimeoutError:
            delivers, unknown, said = {**delivers, **meanwhile(unknown)}, {}, {}
        except _NotAList as other:
            if other.answer.head.status == 200:
                return await self._relayed(request, body)
            answer = other.answer
            return await self._instead(asked, delivers, unknown, answer.head.status, lambda: answer)
        except (UpstreamUnreachable, UpstreamBroke) as error:
            refusal = partial(self._forwarder.failure, request, error)
            return await self._instead(asked, delivers, unknown, 504, refusal)
        return self._merged(asked, delivers, unknown, said)

    async def _decision(
        self, visitor: Visitor, route: Route, asked: Question, uri: str
    ) -> Deliver | Forward | Refuse:
        project = project_of(uri)
        wanted = visitor.wanted(
            route,
            tags_of(uri),
            asked.lifetimes,
            projects=() if project is None else (project,),
            extra=asked.part(uri),
        )
        stored = await self._store.lookup(wanted.key) if wanted.given else None
        return self._decider.decide(stored, wanted)

    async def _relayed(self, request: Request, body: RequestBody) -> Answer:
        self._traffic.count(())
        return await self._forwarder.relay(request, body, ForwardReason.BYPASS)

    async def _instead(
        self,
        asked: Question,
        delivers: Mapping[str, Deliver],
        unknown: Mapping[str, Forward],
        status: int,
        otherwise: Callable[[], Answer],
    ) -> Answer:
        """What is stored of those that upstream did not answer; `otherwise` where that is not all
        of them, or upstream spoke against it."""
        if status in GONE:
            for forward in unknown.values():
                if (current := forward.current) is not None:
                    await self._store.forget(current.key, current.begun_seq)
        fallbacks = {uri: self._decider.after_failure(it) for uri, it in unknown.items()}
        stood_in = {uri: it for uri, it in fallbacks.items() if isinstance(it, Deliver)}
        if status not in TRANSIENT or len(stood_in) < len(unknown):
            return otherwise()
        return self._merged(asked, {**delivers, **stood_in}, {}, {})

    def _merged(
        self,
        asked: Question,
        delivers: Mapping[str, Deliver],
        forwards: Mapping[str, Forward],
        said: Mapping[str, bytes],
    ) -> Answer:
        answers = {uri: it.stored.inline or b"null" for uri, it in delivers.items()} | dict(said)
        content = b"[" + b",".join(answers[uri] for uri in asked.uris) + b"]"
        self._traffic.count(delivers.values() if not said else ())
        if said:
            reasons = {it.reason for it in forwards.values()}
            reason = min(reasons, key=list(ForwardReason).index)
            stored = all(it.may_store for it in forwards.values())
            status = cache_status.forwarded(reason, stored=stored)
            return Answer(JSON, InlineBody(content), status)
        now = self._clock.now()
        oldest = max(age(it.stored, now) for it in delivers.values())
        head = Head(200, replaced(JSON.fields, b"age", b"%d" % oldest))
        status = cache_status.hit(min(delivers.values(), key=lambda it: it.ttl))
        return Answer(head, InlineBody(content), status)

    async def _ask(
        self, request: Request, asked: Question, keys: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """Upstream's answers to these URIs; those under way already are waited for."""
        waiting = {uri: it for uri, key in keys.items() if (it := self._under_way(key))}
        said = await self._begin(
            request, asked, {u: k for u, k in keys.items() if u not in waiting}
        )
        for uri, asking in waiting.items():
            if (answer := await asyncio.shield(asking.answered)) is not None:
                said[uri] = answer
        left = {uri: key for uri, key in keys.items() if uri not in said}
        return said | await self._begin(request, asked, left)

    def _under_way(self, key: bytes) -> _Asking | None:
        """What may be waited for: not what began before something it shows was invalidated."""
        asking = self._asking.get(key)
        if asking is None or self._tags.invalidated_since(asking.tags, asking.begun_seq):
            return None
        return asking

    async def _begin(
        self, request: Request, asked: Question, keys: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        """Ask, with others able to wait for it, and store what comes."""
        if not keys:
            return {}
        projects = {project for uri in keys if (project := project_of(uri)) is not None}
        with self._store.used_projects.arriving(projects):
            return await self._begun(request, asked, keys)

    async def _begun(
        self, request: Request, asked: Question, keys: Mapping[str, bytes]
    ) -> dict[str, bytes]:
        loop, begun_seq = asyncio.get_running_loop(), self._tags.sequence
        asking = {
            uri: _Asking(tags_of(uri, rooted=asked.rooted), begun_seq, loop.create_future())
            for uri in keys
        }
        self._asking.update({keys[uri]: it for uri, it in asking.items()})
        said: dict[str, bytes] = {}
        requested_at = self._clock.now()
        try:
            said = await self._answers(request, asked, keys)
        finally:
            for uri, it in asking.items():
                it.answered.set_result(said.get(uri))
                if self._asking.get(keys[uri]) is it:
                    del self._asking[keys[uri]]
        if "no-store" not in directives(request.fields):
            for uri, answer in said.items():
                shown = orjson.loads(answer)
                if shown.get("error") is not None:
                    await self._store.forget(keys[uri], begun_seq)
                    continue
                tags = tags_of(uri, shown, rooted=asked.rooted)
                await self._keep(keys[uri], answer, tags, begun_seq, requested_at, project_of(uri))
        return said

    async def _answers(
        self, request: Request, asked: Question, uris: Collection[str]
    ) -> dict[str, bytes]:
        """URI → its answer as JSON. Raises _NotAList, UpstreamUnreachable or UpstreamBroke."""
        body = asked.only(uris)
        fields = replaced(without(request.fields, (b"transfer-encoding",)), *_length(body))
        outgoing = Request("POST", request.path, request.query, fields)
        response = await self._upstream.send(outgoing, body, decode=True)
        try:
            content = b"".join([chunk async for chunk in response.chunks()])
        finally:
            await response.aclose()
        said = _said(content) if response.head.status == 200 else {}
        if said.keys() != set(uris):
            status = cache_status.forwarded(ForwardReason.URI_MISS)
            raise _NotAList(Answer(response.head, InlineBody(content), status))
        return said

    async def _keep(
        self,
        key: bytes,
        answer: bytes,
        tags: bytes,
        begun_seq: int,
        requested_at: float,
        project: str | None,
    ) -> None:
        await self._store.keep(
            StoredResponse(
                key=key,
                head=JSON,
                size=len(answer),
                inline=answer,
                digest=None,
                tags=tags,
                begun_seq=begun_seq,
                requested_at=requested_at,
                received_at=self._clock.now(),
                url="/api/resolve",
            ),
            () if project is None else (project,),
        )


def _said(content: bytes) -> dict[str, bytes]:
    """URI → its answer as JSON; nothing where the content is no list of such answers."""
    try:
        entries = orjson.loads(content)
        return {entry["uri"]: orjson.dumps(entry) for entry in entries}
    except (orjson.JSONDecodeError, TypeError, KeyError):
        return {}


def _length(body: bytes) -> tuple[bytes, bytes]:
    return b"content-length", b"%d" % len(body)
