"""The heart: a request comes in, policy decides, and this carries it out.

who is it? ── Doorkeeper
classify ─┬─ PASS, WRITE ── Writer
          ├─ QUESTION ───── Asker ──┐
          ├─ RESOLVE ────── Resolver ── one upstream question for all that is not known
          └─ STORE, FILE ── Reader ──── from the store, or one fetch for all who wait
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ayon_proxy.cache import registrations
from ayon_proxy.cache.answer import Answer, NoBody, RequestBody
from ayon_proxy.cache.asking import Asker
from ayon_proxy.cache.doorkeeper import Doorkeeper
from ayon_proxy.cache.finding import Finder
from ayon_proxy.cache.reading import Reader
from ayon_proxy.cache.repeating import Repeater
from ayon_proxy.cache.resolving import Resolver
from ayon_proxy.cache.standing import NOBODY
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.visitor import Visitor
from ayon_proxy.cache.wanted import Wanted
from ayon_proxy.cache.writing import Writer
from ayon_proxy.errors import ProxyError
from ayon_proxy.policy import tags
from ayon_proxy.policy.classify import Classified, classify
from ayon_proxy.policy.decision import ForwardReason
from ayon_proxy.policy.fields import without
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Kind
from ayon_proxy.policy.sharing import sharing

SITES = tags.pack({"sites"})


class Engine:
    """`handle` is all that the client side knows of the cache."""

    def __init__(
        self,
        doorkeeper: Doorkeeper,
        finder: Finder,
        reader: Reader,
        repeater: Repeater,
        asker: Asker,
        resolver: Resolver,
        writer: Writer,
        traffic: Traffic,
    ) -> None:
        self._doorkeeper = doorkeeper
        self._finder = finder
        self._reader = reader
        self._repeater = repeater
        self._asker = asker
        self._resolver = resolver
        self._writer = writer
        self._traffic = traffic

    async def handle(self, request: Request, body: RequestBody) -> Answer:
        """Answer one request. Raises nothing but what a body raises while it is streamed."""
        self._traffic.requests += 1
        classified = classify(request)
        visitor = await self._doorkeeper.let_in(request, classified)
        if isinstance(visitor, Answer):
            return visitor
        answer = await self._answer(visitor, classified, body)
        if answer.given is not None and visitor.request is request:
            answer = replace(answer, repeat=self._repeater.repeat(visitor, answer.given))
        try:
            return await self._doorkeeper.answered(visitor, classified, answer)
        except BaseException:
            await answer.body.aclose()
            raise

    async def _answer(self, visitor: Visitor, classified: Classified, body: RequestBody) -> Answer:
        route = classified.route
        match route.kind:
            case Kind.STORE | Kind.FILE if not body.present:
                return await self._stored(visitor, classified, body)
            case Kind.QUESTION:
                return await self._asker.ask(visitor, route, body)
            case Kind.RESOLVE:
                return await self._resolver.resolve(visitor, route, body)
            case Kind.WRITE:
                self._traffic.writes += 1
                return await self._writer.write(visitor.request, classified, body)
            case _:
                self._traffic.passed += 1
                reason = ForwardReason.BYPASS
                return await self._writer.write(visitor.request, classified, body, reason)

    async def _stored(self, visitor: Visitor, classified: Classified, body: RequestBody) -> Answer:
        route, project = classified.route, classified.params.get("project")
        asked, carried = route.pattern == registrations.ASKED, classified.tags
        if asked and visitor.standing is NOBODY:
            # Nobody's workstation is written down, and strangers are told of no sites.
            visitor, carried = visitor.nowhere(), tags.without(carried, SITES)
        wanted = visitor.wanted(
            route,
            carried,
            route.lifetimes,
            share=sharing(route, visitor.request),
            projects=() if project is None else (project,),
        )
        if not asked:
            return await self._reader.read(wanted, body)
        return await self._signed_in(
            visitor, classified, body, replace(wanted, elsewhere=visitor.elsewhere)
        )

    async def _signed_in(
        self, visitor: Visitor, classified: Classified, body: RequestBody, wanted: Wanted
    ) -> Answer:
        """Upstream is to hear of the site, unless it has; what it says then is stored like any
        other answer."""
        sites, fields = self._writer.sites, visitor.request.fields
        async with sites.one_at_a_time(fields):
            if sites.changes(fields) and not await self._finder.holds_still(wanted):
                read = partial(self._reader.read, replace(wanted, deciding=True), body)
                return await self._writer.write(visitor.request, classified, body, send=read)
        answer = await self._reader.read(wanted, body)
        return replace(answer, given=None)  # where somebody works is to be looked at each time

    async def content(self, request: Request) -> bytes | None:
        """The whole body of a 200 to one of the proxy's own questions, else None; uncoded, whatever
        the client accepts whose fields it is asked with."""
        plain = replace(request, fields=without(request.fields, (b"accept-encoding",)))
        answer = await self.handle(plain, NoBody())
        try:
            if answer.head.status != 200:
                return None
            return b"".join([chunk async for chunk in answer.body.stream()])
        except ProxyError:
            return None
        finally:
            await answer.body.aclose()
