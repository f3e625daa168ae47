"""uvicorn's websocket protocol for clients that may be anything: endless, deaf, or talking garbage.

uvicorn keeps a list entry for each fragment and an answer for each ping, however many come and
whether or not they are read, and writes a traceback for text that is not UTF-8.
"""

from __future__ import annotations

from typing import Any

from uvicorn.config import Config
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from uvicorn.server import ServerState
from websockets.frames import Frame

from ayon_proxy.policy.request_head import Refusal
from ayon_proxy.web.limits import Admission
from ayon_proxy.web.refusing import answer_to_refused
from ayon_proxy.web.wary_protocol import SLICE_BYTES, TURN_SECONDS

UNREADABLE = Refusal(400, "A line or the number of lines of this handshake is too large.")
"""8 KiB and 128 fields, as in AYON itself: the library's own limits."""

NOT_UTF_8 = 1007
"""RFC 6455 section 7.4.1."""


class WebSocketProtocol(WebSocketsSansIOProtocol):
    """Takes over from `Protocol`, which has counted the connection in."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        *,
        admission: Admission,
    ) -> None:
        super().__init__(config, server_state, app_state)
        self._admission = admission
        self._held = bytearray()
        self._message = bytearray()
        self._deaf = False

    def connection_lost(self, exc: Exception | None) -> None:
        self._admission.leave(self.client[0] if self.client else None)
        self._held.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._held += data
        self._parse()

    def _parse(self) -> None:
        until = self.loop.time() + TURN_SECONDS
        while self._held and not (self.read_paused or self._deaf or self.transport.is_closing()):
            piece = bytes(self._held[:SLICE_BYTES])
            del self._held[:SLICE_BYTES]
            super().data_received(piece)
            if not self.handshake_initiated and self.conn.handshake_exc is not None:
                # uvicorn would leave the connection as it is.
                self.transport.write(answer_to_refused(UNREADABLE))
                self.transport.close()
            if self._held and self.loop.time() > until:
                self.loop.call_soon(self._go_on)
                break
        if self._held and not self.transport.is_closing():
            self.transport.pause_reading()

    async def receive(self) -> Any:
        """Reading goes on once all that had come was taken."""
        message = await super().receive()
        if not self.read_paused:
            self._go_on()
        return message

    def pause_writing(self) -> None:
        """The client does not read: until it does, it is not listened to, or its pings would pile
        up as pongs."""
        super().pause_writing()
        self._deaf = True
        self.transport.pause_reading()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._deaf = False
        self._go_on()

    def _go_on(self) -> None:
        self._parse()
        if not (self.read_paused or self._deaf or self._held or self.transport.is_closing()):
            self.transport.resume_reading()

    def handle_text(self, event: Frame) -> None:
        self.curr_msg_data_type = "text"
        self._begin(event)

    def handle_bytes(self, event: Frame) -> None:
        self.curr_msg_data_type = "bytes"
        self._begin(event)

    def _begin(self, event: Frame) -> None:
        if event.fin:
            self._told(bytes(event.data))
        else:
            self._message = bytearray(event.data)

    def handle_cont(self, event: Frame) -> None:
        self._message += event.data
        if event.fin:
            message, self._message = bytes(self._message), bytearray()
            self._told(message)

    def _told(self, message: bytes) -> None:
        if self.curr_msg_data_type == "text" and not _is_utf_8(message):
            self.conn.fail(NOT_UTF_8, "not UTF-8")
            self.handle_parser_exception()
            return
        self.frames = [message]
        self.send_receive_event_to_app()


def _is_utf_8(message: bytes) -> bool:
    try:
        message.decode()
    except UnicodeDecodeError:
        return False
    return True
