"""The heart: a request comes in, policy decides, and this carries it out.

classify ─┬─ PASS, WRITE ── Writer
          ├─ QUESTION ───── Asker ──┐
          ├─ RESOLVE ────── Resolver ── one upstream question for all that is not known
          └─ STORE, FILE ── Reader ──── from the store, or one fetch for all who wait
"""

from __future__ import annotations

from functools import partial

from ayon_proxy.cache.answer import Answer, NoBody, RequestBody
from ayon_proxy.cache.asking import Asker
from ayon_proxy.cache.callers import Callers
from ayon_proxy.cache.reading import Reader
from ayon_proxy.cache.resolving import Resolver
from ayon_proxy.cache.rights import Rights
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.cache.wanted import Wanted
from ayon_proxy.cache.writing import Writer
from ayon_proxy.errors import ProxyError, StorageFailed
from ayon_proxy.policy.cache_key import cache_key, varying
from ayon_proxy.policy.classify import Classified, classify
from ayon_proxy.policy.decision import ForwardReason
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.principal import principal
from ayon_proxy.policy.routes.route import Kind
from ayon_proxy.policy.routes.rows import JSON
from ayon_proxy.policy.storing import has_media

WHO_AM_I = b"/api/users/me"
"""What every client asks first: stored for whomever upstream has accepted."""

PROOFS = (b"/api/projects", WHO_AM_I)
"""Paths that upstream answers to nobody without a credential that it knows: an answer there proves
one. Of what it gives to anybody (`/`, `/api/info`) nothing can be learned about a caller."""


class Engine:
    """`handle` is all that the client side knows of the cache."""

    def __init__(
        self,
        reader: Reader,
        asker: Asker,
        resolver: Resolver,
        writer: Writer,
        callers: Callers,
        rights: Rights,
        store: Store,
        traffic: Traffic,
        secret_key: bytes,
    ) -> None:
        self._reader = reader
        self._asker = asker
        self._resolver = resolver
        self._writer = writer
        self._callers = callers
        self._rights = rights
        self._store = store
        self._traffic = traffic
        self._secret_key = secret_key

    async def handle(self, request: Request, body: RequestBody) -> Answer:
        """Answer one request. Raises nothing but what a body raises while it is streamed."""
        self._traffic.requests += 1
        classified = classify(request)
        caller = principal(request, self._secret_key)
        answer = await self._answer(request, classified, body, caller)
        if _refuses(answer) or (classified.route.ends_session and _went_well(answer)):
            try:
                await self._refused(request, caller)
            except BaseException:
                await answer.body.aclose()
                raise
        elif _went_well(answer) and request.path.startswith(PROOFS):
            self._callers.accepted(caller)
        if _went_well(answer) and classified.route.media == JSON:
            self._rights.renew(caller, request)
        return answer

    async def _answer(
        self, request: Request, classified: Classified, body: RequestBody, caller: bytes
    ) -> Answer:
        as_of = self._callers.as_of_now(caller)
        proved = partial(self._rights.prove, caller, as_of, request)
        match classified.route.kind:
            case Kind.STORE | Kind.FILE if not body.present:
                key = self._key(caller, request, classified)
                route = classified.route
                wanted = Wanted(request, route, key, classified.tags, route.lifetimes, proved)
                return await self._reader.read(wanted, body)
            case Kind.QUESTION:
                key_of = partial(self._key, caller, request, classified)
                return await self._asker.ask(request, classified.route, body, key_of, proved)
            case Kind.RESOLVE:
                key_of = partial(self._key, caller, request, classified)
                return await self._resolver.resolve(request, classified.route, body, key_of, proved)
            case Kind.WRITE:
                self._traffic.writes += 1
                return await self._writer.write(request, classified, body)
            case _:
                self._traffic.passed += 1
                return await self._writer.write(request, classified, body, ForwardReason.BYPASS)

    async def content(self, request: Request) -> bytes | None:
        """The whole body of a 200 to one of the proxy's own questions, else None."""
        answer = await self.handle(request, NoBody())
        try:
            if answer.head.status != 200:
                return None
            return b"".join([chunk async for chunk in answer.body.stream()])
        except ProxyError:
            return None
        finally:
            await answer.body.aclose()

    async def _refused(self, request: Request, caller: bytes) -> None:
        async def known() -> bool:
            about = Request("GET", WHO_AM_I, b"", request.fields)
            return await self._store.lookup(self._key(caller, about, classify(about))) is not None

        try:
            await self._callers.refused(caller, known)
        except StorageFailed as failure:
            self._store.report(failure)

    def _key(
        self, caller: bytes, request: Request, classified: Classified, extra: bytes = b""
    ) -> bytes:
        return cache_key(
            request.method,
            request.path,
            request.query,
            self._callers.as_of_now(caller),
            varying(request.fields, classified.route.vary),
            extra,
        )


def _refuses(answer: Answer) -> bool:
    """AYON's own 401: a page that says so is of someone in between."""
    return answer.head.status == 401 and has_media(answer.head, JSON)


def _went_well(answer: Answer) -> bool:
    return answer.head.status < 400
