"""Forwards requests to the AYON server (the `Upstream` port), over httpcore, httpx's own core.

httpx itself would add fields, keep cookies, decode, normalise the target and read proxies from the
environment; httpcore sends what it is given. HTTP proxies of the environment are not used.

Two pools. What may be sent twice goes over connections that idle long; should upstream have closed
one just then, the request is sent again on another. All else goes over connections that were busy a
moment ago, which no server closes, because nobody could tell whether it had already acted.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable

import httpcore

from ayon_proxy.errors import UpstreamBroke, UpstreamBusy, UpstreamUnreachable
from ayon_proxy.policy.fields import end_to_end, replaced, value, without
from ayon_proxy.policy.message import Fields, Request
from ayon_proxy.upstream import failures
from ayon_proxy.upstream.connections import EXCHANGE, READ_BYTES, Exchange
from ayon_proxy.upstream.origin import Origin, origin_and_rest, visible
from ayon_proxy.upstream.pool import ConnectionPool
from ayon_proxy.upstream.redirects import followed
from ayon_proxy.upstream.response import HttpResponse
from ayon_proxy.upstream.tls import tls_context
from ayon_proxy.upstream.upload import BodyFailed, upload

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def safe(request: Request) -> bool:
    """Whether a request may be sent twice by its method alone (RFC 9110 section 9.2.1)."""
    return request.method in SAFE_METHODS


class HttpUpstream:
    """The AYON server behind `base_url`, whose path, if any, precedes every target.

    All times are seconds. `connect_seconds` bounds name look-up, TCP and TLS; `head_seconds` the
    silence between the end of a request and the head of its answer; `silence_seconds` each pause
    within a body, in either direction. Nothing bounds a body as a whole. `idle_seconds` is how long
    an unused connection is kept for requests that are `repeatable`, `cautious_idle_seconds` for all
    others: it has to be shorter, by a round trip, than the keep-alive of upstream and of what
    stands before it (gunicorn 2 s, uvicorn 5 s). `max_connections` holds for each of the two pools,
    `free_seconds` bounds the wait for one of them.

    Raises ValueError when `base_url` is no absolute http(s) URL.
    """

    def __init__(
        self,
        base_url: str,
        *,
        connect_seconds: float = 5.0,
        head_seconds: float = 300.0,
        silence_seconds: float = 120.0,
        idle_seconds: float = 60.0,
        cautious_idle_seconds: float = 1.0,
        max_connections: int = 1000,
        free_seconds: float = 10.0,
        ssl_context: ssl.SSLContext | None = None,
        repeatable: Callable[[Request], bool] = safe,
    ) -> None:
        self._origin, prefix = origin_and_rest(base_url)
        self._prefix = visible(prefix.rstrip("/").encode())
        self._connect_seconds = connect_seconds
        self._head_seconds = head_seconds
        self._silence_seconds = silence_seconds
        self._repeatable = repeatable
        context = ssl_context or tls_context()
        self._patient, self._cautious = (
            ConnectionPool(
                context,
                max_connections=max_connections,
                idle_seconds=seconds,
                free_seconds=free_seconds,
            )
            for seconds in (idle_seconds, cautious_idle_seconds)
        )

    async def send(
        self,
        request: Request,
        body: AsyncIterator[bytes] | bytes | None = None,
        *,
        decode: bool = False,
        follow_redirects: bool = False,
    ) -> HttpResponse:
        """See the port."""
        target = visible(self._prefixed(request.target))
        fields = without(end_to_end(request.fields), (b"host", b"expect"))
        if decode:
            fields = replaced(fields, b"accept-encoding", b"gzip")
        repeatable = self._repeatable(request) and (body is None or isinstance(body, bytes))

        async def ask(origin: Origin, target: bytes, fields: Fields) -> HttpResponse:
            sent = httpcore.Request(
                method=request.method,
                url=httpcore.URL(
                    scheme=origin.scheme, host=origin.host, port=origin.port, target=target
                ),
                headers=((b"host", origin.host_field), *_framed(fields, body)),
            )
            response = await self._exchanged(sent, body, str(origin), repeatable=repeatable)
            return HttpResponse(response, host=str(origin), method=request.method, decode=decode)

        response = await ask(self._origin, target, fields)
        if follow_redirects and request.method == "GET" and body is None:
            return await followed(response, self._origin, target, fields, ask)
        return response

    @property
    def connections(self) -> int:
        """Those that are held, busy and idle ones."""
        return self._patient.connections + self._cautious.connections

    def forget_idle(self) -> None:
        """Use none of the connections again that are idle now: they may be of a line that is gone,
        and nothing would come over them until that is noticed."""
        self._patient.forget_idle()
        self._cautious.forget_idle()

    async def aclose(self) -> None:
        """Close all connections."""
        await self._patient.aclose()
        await self._cautious.aclose()

    def _prefixed(self, target: bytes) -> bytes:
        # `OPTIONS *` is about the server as a whole (RFC 9112 section 3.2.4).
        return self._prefix + target if target.startswith(b"/") else target

    async def _exchanged(
        self,
        request: httpcore.Request,
        body: AsyncIterator[bytes] | bytes | None,
        host: str,
        *,
        repeatable: bool,
    ) -> httpcore.Response:
        """Send, and send again while upstream turns out to have closed the pooled connection."""
        pool = self._patient if repeatable else self._cautious
        at_once = body is None or (isinstance(body, bytes) and len(body) <= READ_BYTES)
        while True:
            exchange = Exchange(uploading=not at_once)
            try:
                return await self._once(pool, request, body, exchange)
            except BodyFailed as failure:
                raise failure.cause from None
            except failures.FOREIGN as failure:
                if exchange.spoiled:
                    continue
                if repeatable and exchange.stale and isinstance(failure, failures.HUNG_UP):
                    continue
                sentence = failures.sentence(host, failure)
                kind = UpstreamBroke if exchange.sent else UpstreamUnreachable
                if isinstance(failure, httpcore.PoolTimeout):
                    kind = UpstreamBusy
                raise kind(sentence) from failure

    async def _once(
        self,
        pool: ConnectionPool,
        request: httpcore.Request,
        body: AsyncIterator[bytes] | bytes | None,
        exchange: Exchange,
    ) -> httpcore.Response:
        waits = {
            "connect": self._connect_seconds,
            "read": self._head_seconds,
            "write": self._silence_seconds,
        }
        stream = None if body is None or isinstance(body, bytes) else upload(body, exchange)
        before = EXCHANGE.set(exchange)
        try:
            response = await pool.send(
                httpcore.Request(
                    method=request.method,
                    url=request.url,
                    headers=request.headers,
                    content=stream or body,
                    extensions={"timeout": waits},
                )
            )
        finally:
            EXCHANGE.reset(before)
            if stream is not None:
                await stream.aclose()
        # httpcore asks for the time to wait anew at every read.
        waits["read"] = self._silence_seconds
        return response


def _framed(fields: Fields, body: AsyncIterator[bytes] | bytes | None) -> Fields:
    """The fields with the length or coding that fits the body (RFC 9112 section 6)."""
    announced = value(fields, b"content-length")
    if body is not None and not isinstance(body, bytes):
        return fields if announced else (*fields, (b"transfer-encoding", b"chunked"))
    length = b"%d" % len(body or b"")
    if announced == length or (announced is None and body is None):
        return fields
    if body is None:
        return without(fields, (b"content-length",))
    return replaced(fields, b"content-length", length)
