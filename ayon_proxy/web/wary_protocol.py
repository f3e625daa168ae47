"""uvicorn's HTTP protocol for clients that may be anything: slow, endless, ambiguous, too many.

    bytes ─► held ─► a slice at a time ─► parser ─► head: refused, or a request begins
                 └─ while a request before is being answered, nothing is parsed, or read

A request that is refused gets its answer after those before it, as JSON, and its connection ends:
where two programs could differ about the end of a request, whatever follows it is nobody's.
"""

from __future__ import annotations

import asyncio
from typing import Any, cast

import httptools
import structlog
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from ayon_proxy.policy.request_head import (
    MALFORMED,
    Refusal,
    authorities,
    origin_form,
    refusal,
)
from ayon_proxy.web.held_flow import HeldFlow
from ayon_proxy.web.limits import Admission
from ayon_proxy.web.patience import Patience
from ayon_proxy.web.refusing import answer_to_refused

log = structlog.get_logger(__name__)

SLICE_BYTES = 4096
"""So much is parsed at once: room for 200 requests of the smallest size, which wait in memory."""

TURN_SECONDS = 0.005
"""How long one client's bytes are parsed before others have their turn."""

LINGER_SECONDS = 2.0
"""How long a client that is still sending is listened to after its refusal: closing at once would
reset the connection, and the answer with it."""

HEAD_TOO_LARGE = Refusal(431, "The head of the request is larger than this proxy reads.")
FRAMING_TOO_LARGE = Refusal(400, "There is more between the chunks of this body than in them.")
HEAD_TOO_SLOW = Refusal(408, "The head of the request did not arrive in time.")
BODY_TOO_SLOW = Refusal(408, "The body of the request came to a halt.")
NOT_ALONE = Refusal(400, "A handshake for a websocket is a GET without a body, after all answers.")


class _Refused(Exception):
    """Stops the parser, in the middle of its callbacks."""


class WaryProtocol(HttpToolsProtocol):
    """Reads requests; `admission` has the limits."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        admission: Admission,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._admission = admission
        self._limits = admission.limits
        self._patience = Patience(self.loop, self._overdue)
        self._held = bytearray()
        self._going_on = False
        self._waiting_for_head = False
        self._begun = False
        """The first byte of a request has come, and not its last one."""
        self._in_head = True
        self._unread_bytes = 0
        """Of this head, or since the last byte of a body: framing."""
        self._running: RequestResponseCycle | None = None
        self._refusal: Refusal | None = None
        self._lingering = False
        self._here: frozenset[bytes] = frozenset()

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn's
        super().connection_made(transport)
        self.flow = HeldFlow(transport, self._held, self._go_on_soon)
        if self.server is not None and self.server[1] is not None:
            self._here = authorities(self.server[0], self.server[1], self.scheme or "http")
        full = self._admission.enter(self._address)
        if full is not None:
            self._refuse(full)
            return
        self._idle()

    def connection_lost(self, exc: Exception | None) -> None:
        self._admission.leave(self._address)
        self._patience.close()
        self._held.clear()
        self.pipeline.clear()
        self._unset_keepalive_if_required()
        if self._running is not None and self._running is not self.cycle:
            # uvicorn tells the last one only.
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    @property
    def _address(self) -> str | None:
        return self.client[0] if self.client else None

    def data_received(self, data: bytes) -> None:
        self._unset_keepalive_if_required()
        if self._refusal is not None:
            return
        self._held += data
        self._parse()

    def _parse(self) -> None:
        """What is held, as far as nothing before it waits for its answer, and as time allows."""
        until = self.loop.time() + TURN_SECONDS
        while self._held and not self._full:
            piece = bytes(self._held[:SLICE_BYTES])
            del self._held[:SLICE_BYTES]
            if not self._fed(piece):
                return
            if self._held and self.loop.time() > until:
                self._go_on_soon()
                break
        if self._held:
            self.flow.pause_reading()
            self._patience.rest()
            self._waiting_for_head = False
            return
        if not self._full:
            self.flow.resume_reading()
        if self._begun and self._in_head:
            if not self._waiting_for_head:
                self._waiting_for_head = True
                self._patience.expect(self._limits.head_seconds)
        elif not self._begun and not self._unanswered:
            self._idle()

    def _fed(self, piece: bytes) -> bool:
        """Give it to the parser; whether more may follow."""
        self._unread_bytes += len(piece)
        try:
            self.parser.feed_data(piece)
        except httptools.HttpParserUpgrade as upgrade:
            self._upgrade(piece[cast("int", upgrade.args[0]) :] + bytes(self._held))
            return False
        except httptools.HttpParserError:
            self._refuse(MALFORMED)
            return False
        if self._unread_bytes > self._limits.head_bytes:
            self._refuse(HEAD_TOO_LARGE if self._in_head else FRAMING_TOO_LARGE)
            return False
        return True

    @property
    def _full(self) -> bool:
        """Whether a request has to be answered first, or a body to be taken."""
        if self._in_head:
            return self._unanswered
        return len(self.cycle.body) > HIGH_WATER_LIMIT and not self.cycle.response_complete

    def _go_on_soon(self) -> None:
        """When others have had their turn."""
        if not self._going_on:
            self._going_on = True
            self.loop.call_soon(self._go_on)

    def _go_on(self) -> None:
        self._going_on = False
        if self._refusal is None and not self.transport.is_closing():
            self._parse()

    def _idle(self) -> None:
        if self.timeout_keep_alive_task is None:
            self.timeout_keep_alive_task = self.loop.call_later(
                self._limits.idle_seconds, self.timeout_keep_alive_handler
            )

    @property
    def _unanswered(self) -> bool:
        return bool(self.pipeline) or (
            self._running is not None and not self._running.response_complete
        )

    # What the parser finds

    def on_message_begin(self) -> None:
        self._begun = True
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        super().on_header(name, value)
        if len(self.headers) > self._limits.head_fields:
            self._stop(HEAD_TOO_LARGE)

    def on_headers_complete(self) -> None:
        self.url = origin_form(self.url, self._here)
        method = self.parser.get_method().decode("ascii")
        version = self.parser.get_http_version()
        refused = refusal(method, self.url, version, tuple(self.headers))
        if refused is not None:
            self._stop(refused)
        if self.parser.should_upgrade() and self._should_upgrade():
            framed = any(n in (b"content-length", b"transfer-encoding") for n, _ in self.headers)
            if method != "GET" or framed or self._unanswered:
                self._stop(NOT_ALONE)
        super().on_headers_complete()
        self._begin_body()

    def on_body(self, body: bytes) -> None:
        self._begin_body()
        super().on_body(body)

    def _begin_body(self) -> None:
        self._in_head = self._waiting_for_head = False
        self._unread_bytes = 0
        self._patience.expect(self._limits.body_seconds)

    def on_message_complete(self) -> None:
        self._begun, self._in_head = False, True
        self._unread_bytes = 0
        self._patience.rest()
        super().on_message_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._refusal is not None:
            if not self._unanswered:
                self._answer_refusal()
        elif not self.transport.is_closing():
            if self._held:
                self._unset_keepalive_if_required()
            self._parse()

    def _upgrade(self, rest: bytes) -> None:
        """Leave the connection to the websocket's protocol."""
        self._held.clear()
        if not self._should_upgrade():
            self._refuse(MALFORMED)
            return
        self._patience.close()
        self.handle_websocket_upgrade()
        if rest:
            successor = self.transport.get_protocol()
            cast("asyncio.Protocol", successor).data_received(rest)

    # What is refused

    def _stop(self, refused: Refusal) -> None:
        self._refuse(refused)
        raise _Refused

    def _refuse(self, refused: Refusal) -> None:
        """Read no further; answer when all that came before has its answer. The first counts."""
        if self._refusal is not None:
            return
        self._refusal = refused
        self._held.clear()
        self._patience.rest()
        log.debug("request_refused", status=refused.status, reason=refused.sentence)
        if not self._in_head:
            self._drop(self.cycle)
        if not self._unanswered:
            self._answer_refusal()

    def _drop(self, cycle: RequestResponseCycle) -> None:
        """End the request whose body is at fault: its application sees that the client left."""
        if self.pipeline and self.pipeline[0][0] is cycle:
            self.pipeline.popleft()
        elif cycle.response_complete:
            self.transport.close()  # its answer did not wait for its body
        elif cycle.response_started:
            self.transport.abort()  # else the answer would seem to be whole
        cycle.disconnected = cycle.response_complete = True
        cycle.message_event.set()

    def _answer_refusal(self) -> None:
        if self._lingering or self.transport.is_closing() or self._refusal is None:
            return
        self._lingering = True
        self._unset_keepalive_if_required()
        self.transport.write(answer_to_refused(self._refusal))
        if self._refusal.status == 503 or not self.transport.can_write_eof():
            self.transport.close()
            return
        self.transport.write_eof()
        self.flow.resume_reading()
        self._patience.expect(LINGER_SECONDS)

    def _overdue(self) -> None:
        if self._lingering:
            self.transport.abort()
        elif self._in_head:
            self._refuse(HEAD_TOO_SLOW)
        elif self.flow.read_paused:
            # It is we who do not read: upstream is slow to take what came.
            self._patience.expect(self._limits.body_seconds)
        else:
            self._refuse(BODY_TOO_SLOW)
