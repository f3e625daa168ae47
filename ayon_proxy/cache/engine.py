"""The heart: a request comes in, policy decides, and this carries it out.

classify ─┬─ PASS, WRITE ── Forwarder
          ├─ RESOLVE ────── Resolver ── one upstream question for all that is not known
          └─ STORE, FILE ── Reader ──── from the store, or one fetch for all who wait
"""

from __future__ import annotations

from functools import partial

from ayon_proxy.cache.answer import Answer, NoBody, RequestBody
from ayon_proxy.cache.forwarding import Forwarder
from ayon_proxy.cache.reading import Reader
from ayon_proxy.cache.resolving import Resolver
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.errors import ProxyError
from ayon_proxy.policy.cache_key import cache_key, varying
from ayon_proxy.policy.classify import Classified, classify
from ayon_proxy.policy.decision import ForwardReason
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.principal import principal
from ayon_proxy.policy.routes.route import Kind


class Engine:
    """`handle` is all that the client side knows of the cache."""

    def __init__(
        self,
        reader: Reader,
        resolver: Resolver,
        forwarder: Forwarder,
        traffic: Traffic,
        secret_key: bytes,
    ) -> None:
        self._reader = reader
        self._resolver = resolver
        self._forwarder = forwarder
        self._traffic = traffic
        self._secret_key = secret_key

    async def handle(self, request: Request, body: RequestBody) -> Answer:
        """Answer one request. Raises nothing but what a body raises while it is streamed."""
        self._traffic.requests += 1
        classified = classify(request)
        match classified.route.kind:
            case Kind.STORE | Kind.FILE if not body.present:
                key = self._key(request, classified)
                return await self._reader.read(request, classified, key, body)
            case Kind.RESOLVE:
                key_of = partial(self._key, request, classified)
                lifetimes = classified.route.lifetimes
                return await self._resolver.resolve(request, lifetimes, body, key_of)
            case Kind.WRITE:
                self._traffic.writes += 1
                return await self._forwarder.write(request, body, classified.invalidates)
            case _:
                self._traffic.passed += 1
                return await self._forwarder.write(
                    request, body, classified.invalidates, ForwardReason.BYPASS
                )

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

    def _key(self, request: Request, classified: Classified, extra: bytes = b"") -> bytes:
        return cache_key(
            request.method,
            request.path,
            request.query,
            principal(request, self._secret_key),
            varying(request.fields, classified.route.vary),
            extra,
        )
