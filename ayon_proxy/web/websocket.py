"""Relays websockets: AYON's `/ws` and those of its add-ons, message by message, both ways.

    client ── handshake ─> upstream ─┬─ accepts   the client is accepted, messages flow
                                     ├─ refuses   the client gets the refusal as it is
                                     └─ is away   504

Messages pass as they are; the events on `/ws` are applied first, and lose a secret
(web.relayed_events). What an add-on's socket says is unknown. The relay holds one message each way
at most, besides what the sockets buffer: who reads slowly slows the other side down, and each
end sees how the other one ended.
Protocol pings are each connection's own; AYON's heartbeats are messages like all others.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Collection
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import structlog
import truststore
from starlette.types import Message, Receive, Scope, Send
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus
from websockets.typing import Subprotocol

from ayon_proxy.policy.cache_key import url_for_people
from ayon_proxy.policy.fields import end_to_end, without
from ayon_proxy.policy.forwarded import Network, forwarded_fields
from ayon_proxy.policy.message import Fields, Request
from ayon_proxy.web.protocol import target_of
from ayon_proxy.web.refusing import JSON, refuse_handshake
from ayon_proxy.web.relayed_events import Apply, RelayedEvents
from ayon_proxy.web.socket_watch import SocketWatch, UntilOver

log = structlog.get_logger(__name__)

MAX_MESSAGE_BYTES = 64 * 1024 * 1024
"""Upstream has no bound of its own for what it sends; this one keeps memory finite. What a client
may send is bounded by the server that runs this application; AYON's own takes 16 MiB."""

NO_STATUS, ABNORMAL = 1005, 1006
"""Close codes that no frame carries (RFC 6455 section 7.4.1)."""

EVENTS_PATH = "/ws"
"""AYON's own socket: the only one that is known to tell events (upstream/server.md 2.1)."""

OF_THE_HANDSHAKE = (b"host", b"content-length", b"expect")
"""Fields that each side of the relay makes for itself, as all of Sec-WebSocket-*."""


class End(NamedTuple):
    """How one side ended the connection."""

    code: int
    reason: str = ""


OVER = End(1008, "The session is over, or its rights have changed.")
"""RFC 6455 section 7.4.1: a policy is violated. Clients connect anew, and upstream decides then."""


class WebSocketRelay:
    """The ASGI application for websockets.

    `upstream_url` is AYON's http(s) address; of `trusted` proxies X-Forwarded-For is believed.
    Upstream has `open_seconds` to accept: while it restarts, AYON lets connections wait for some
    seconds (upstream/observed.md). HTTP proxies of the environment are not used. `apply` carries
    out what an event tells of; without it events pass like everything else. `until_over` tells when
    the session of a socket is over: then it is closed.
    """

    def __init__(
        self,
        upstream_url: str,
        trusted: Collection[Network] = (),
        *,
        apply: Apply | None = None,
        until_over: UntilOver | None = None,
        open_seconds: float = 30.0,
        ssl_context: ssl.SSLContext | None = None,
    ) -> None:
        parts = urlsplit(upstream_url)
        self._uri = f"{'wss' if parts.scheme == 'https' else 'ws'}://{parts.netloc}"
        self._prefix = parts.path.rstrip("/")
        self._trusted = trusted
        self._until_over = until_over
        self._events = None if apply is None else RelayedEvents(apply)
        self._open_seconds = open_seconds
        self._tls: dict[str, Any] = {}
        if parts.scheme == "https":
            self._tls["ssl"] = ssl_context or truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await receive()
        try:
            upstream = await self._connected(scope)
        except InvalidStatus as refusal:
            response = refusal.response
            fields = [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in response.headers.raw_items()
            ]
            body = bytes(response.body)
            await refuse_handshake(
                scope, receive, send, response.status_code, _own(tuple(fields)), body
            )
            return
        except (OSError, InvalidHandshake) as failure:
            target, _, query = target_of(scope).partition(b"?")
            url = url_for_people(Request("GET", target, query))
            log.warning("websocket_unreachable", url=url, reason=type(failure).__name__)
            body = b'{"code":504,"detail":"The AYON server can\'t be reached for a websocket."}'
            await refuse_handshake(scope, receive, send, 504, (JSON,), body)
            return
        try:
            await send(_acceptance(upstream))
            if scope["path"] == EVENTS_PATH:
                await self._watched(scope, receive, send, upstream)
            else:
                await _relayed(receive, send, upstream, None, None)
        finally:
            # Whatever ended the relay in another way is an end without a close frame.
            upstream.transport.abort()

    async def _watched(
        self, scope: Scope, receive: Receive, send: Send, upstream: ClientConnection
    ) -> None:
        if self._until_over is None:
            await _relayed(receive, send, upstream, self._events, None)
            return
        watch = SocketWatch(self._until_over, _own(self._fields(scope)))
        try:
            await _relayed(receive, send, upstream, self._events, watch)
        finally:
            watch.end()

    def _fields(self, scope: Scope) -> Fields:
        peer = scope["client"][0] if scope.get("client") else None
        return forwarded_fields(end_to_end(tuple(scope["headers"])), peer, self._trusted)

    async def _connected(self, scope: Scope) -> ClientConnection:
        target = self._prefix + target_of(scope).decode("latin-1")
        fields = self._fields(scope)
        return await _Connect(
            self._uri,
            target,
            additional_headers=[
                (name.decode("latin-1"), value.decode("latin-1")) for name, value in _own(fields)
            ],
            user_agent_header=None,
            subprotocols=[Subprotocol(name) for name in scope["subprotocols"]] or None,
            proxy=None,
            open_timeout=self._open_seconds,
            # A peer that is only slow has as long as upstream itself would grant it.
            ping_timeout=40.0,
            max_size=MAX_MESSAGE_BYTES,
            max_queue=1,
            **self._tls,
        )


class _Connect(connect):
    """websockets' client for one handshake with a target of ours."""

    def __init__(self, uri: str, target: str, **settings: Any) -> None:
        super().__init__(uri, **settings)
        self._target = target

    async def open_tcp_connection(self) -> ClientConnection:
        """As before, but the target is sent as it is: parsing it as a URL would lose parts."""
        connection = await super().open_tcp_connection()
        connection.protocol.uri = replace(connection.protocol.uri, path=self._target, query="")
        return connection

    def process_redirect(self, exc: Exception) -> Exception | str:
        """A redirect is an answer for the client."""
        return exc


def _own(fields: Fields) -> Fields:
    """The fields that are about more than this one handshake."""
    own = without(end_to_end(fields), OF_THE_HANDSHAKE)
    return tuple(field for field in own if not field[0].startswith(b"sec-websocket-"))


def _acceptance(upstream: ClientConnection) -> Message:
    response = upstream.response
    raw = response.headers.raw_items() if response is not None else ()
    fields = tuple((name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in raw)
    return {
        "type": "websocket.accept",
        "subprotocol": upstream.subprotocol,
        "headers": list(_own(fields)),
    }


async def _relayed(
    receive: Receive,
    send: Send,
    upstream: ClientConnection,
    events: RelayedEvents | None,
    watch: SocketWatch | None,
) -> None:
    """Pass messages on until one side ends, then end the other in the same way; both when the
    session is over."""
    upwards = asyncio.create_task(_upwards(receive, upstream, watch))
    downwards = asyncio.create_task(_downwards(upstream, send, events))
    over = asyncio.create_task(asyncio.Event().wait() if watch is None else watch.over.wait())
    try:
        await asyncio.wait({upwards, downwards, over}, return_when=asyncio.FIRST_COMPLETED)
        if over.done():
            # First the client: until upstream answers its close it goes on telling events.
            downwards.cancel()
            await asyncio.gather(downwards, return_exceptions=True)
            with suppress(OSError):
                await send({"type": "websocket.close", "code": OVER.code, "reason": OVER.reason})
            await upstream.close()
            return
        ended, other = (upwards, downwards) if upwards.done() else (downwards, upwards)
        if (end := await ended) is None:
            # This direction met a closed door; the other one knows why.
            ended, end = other, await other
        if end is None or end.code == ABNORMAL:
            return
        if ended is upwards:
            downwards.cancel()
            await upstream.close(end.code, end.reason)
        else:
            with suppress(OSError):
                await send({"type": "websocket.close", "code": end.code, "reason": end.reason})
    finally:
        tasks = (upwards, downwards, over)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _upwards(
    receive: Receive, upstream: ClientConnection, watch: SocketWatch | None
) -> End | None:
    """The client's messages to upstream, until the client ends; None when upstream has."""
    while True:
        message = await receive()
        if message["type"] == "websocket.disconnect":
            code = message.get("code", NO_STATUS)
            # uvicorn gives a reason, an empty one too, with every close frame and only then.
            if code in (NO_STATUS, ABNORMAL):
                code = ABNORMAL if message.get("reason") is None else 1000
            return End(code, message.get("reason") or "")
        text = message.get("text")
        if watch is not None and text is not None:
            watch.sees(text)
        try:
            await upstream.send(message["bytes"] if text is None else text)
        except ConnectionClosed:
            return None


async def _downwards(
    upstream: ClientConnection, send: Send, events: RelayedEvents | None
) -> End | None:
    """Upstream's messages to the client, until upstream ends; None when the client has."""
    while True:
        try:
            message = await upstream.recv()
        except ConnectionClosed as closed:
            if closed.rcvd is None:
                return End(ABNORMAL)
            code = closed.rcvd.code
            return End(1000 if code == NO_STATUS else code, closed.rcvd.reason)
        if events is not None and isinstance(message, str):
            message = await events.told(message)
        kind = "text" if isinstance(message, str) else "bytes"
        try:
            await send({"type": "websocket.send", kind: message})
        except OSError:
            return None
