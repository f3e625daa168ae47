"""ASGI request → policy value; the engine's answer → ASGI messages.

While an answer is made and sent, the client is listened to: when it goes, what was done for it
alone is cancelled, and upstream is told (a job that `enroll` finds for nobody would be lost:
upstream/clients.md 5). Fetches belong to the cache and go on.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Collection
from contextlib import aclosing
from typing import Any

import structlog

from ayon_proxy.cache.engine import Engine
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.errors import ProxyError
from ayon_proxy.policy.cache_key import url_for_people
from ayon_proxy.policy.fields import end_to_end
from ayon_proxy.policy.forwarded import Network, forwarded_fields
from ayon_proxy.policy.message import Request
from ayon_proxy.web.client_body import ClientBody, ClientLeft
from ayon_proxy.web.protocol import UntilClosed, learn_of, reset_of, target_of
from ayon_proxy.web.response_head import BODILESS, head_fields
from ayon_proxy.web.selecting import pieces_of, select
from ayon_proxy.web.sending import Sending

log = structlog.get_logger(__name__)


class Proxy:
    """The ASGI application for everything that is AYON's."""

    def __init__(self, engine: Engine, traffic: Traffic, trusted: Collection[Network]) -> None:
        self._engine = engine
        self._traffic = traffic
        self._trusted = trusted

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        request = self._request(scope)
        body = ClientBody(receive, tuple(scope["headers"]))  # its framing ends here
        exchange = asyncio.create_task(self._exchange(scope, request, body, send))
        leaving = asyncio.create_task(body.left())
        try:
            await asyncio.wait({exchange, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not body.answered:
                exchange.cancel()
            await asyncio.gather(exchange, leaving, return_exceptions=True)
        if not exchange.cancelled() and (error := exchange.exception()) is not None:
            raise error

    def _request(self, scope: Any) -> Request:
        path, mark, query = target_of(scope).partition(b"?")
        peer = scope["client"][0] if scope.get("client") else None
        fields = forwarded_fields(end_to_end(tuple(scope["headers"])), peer, self._trusted)
        return Request(scope["method"], path, query, fields, bare_mark=mark != b"" and not query)

    async def _exchange(self, scope: Any, request: Request, body: ClientBody, send: Any) -> None:
        began = time.perf_counter()
        try:
            answer = await self._engine.handle(request, body)
        except ClientLeft:
            return
        selected = select(request, answer)
        if answer.repeat is not None:
            learn_of(scope)(request, answer.repeat)
        until_closed = UntilClosed(scope, length=selected.length)
        sending = Sending(scope, send)
        try:
            until_closed.begin()
            await send(
                {
                    "type": "http.response.start",
                    "status": selected.head.status,
                    "headers": head_fields(answer, selected),
                }
            )
            if request.method != "HEAD" and selected.head.status not in BODILESS:
                async with aclosing(pieces_of(answer.body, selected.pieces)) as pieces:
                    async for piece in pieces:
                        await sending.send(piece)
            body.answered = True
            until_closed.end()
            await send({"type": "http.response.body", "body": b""})
        except ProxyError as error:
            log.warning(
                "answer_broke", url=url_for_people(request), sent=sending.sent, reason=str(error)
            )
            if (reset := reset_of(scope)) is not None:
                reset()
        finally:
            await answer.body.aclose()
            self._traffic.bytes_to_clients += sending.sent
            log.debug(
                "request",
                method=request.method,
                url=url_for_people(request),
                status=selected.head.status,
                cache_status=answer.cache_status.decode(),
                bytes=sending.sent,
                seconds=round(time.perf_counter() - began, 6),
            )
