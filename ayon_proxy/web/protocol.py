"""uvicorn's HTTP protocol, with four things an ASGI scope does not have.

* the request target byte for byte as it was sent: upstream must get the same;
* a way to reset the connection. A body that breaks off must not end like a whole one: some clients
  take a closed connection for the end of a body (urllib3 1.26: upstream/clients.md 4);
* the connection itself, for files that are sent without being read;
* a body of unknown length for clients of HTTP/1.0, to whom uvicorn would send chunks.

uvicorn and httptools are pinned; tests/web/test_protocol.py holds what is relied on here.
"""

from __future__ import annotations

import socket
import struct
from collections.abc import Callable
from functools import partial
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from ayon_proxy.cache.given import Repeat
from ayon_proxy.policy.message import Request
from ayon_proxy.web.wary_protocol import WaryProtocol

TARGET = "ayon_proxy.target"
RESET = "ayon_proxy.reset"
TO_COME = "ayon_proxy.to_come"
LEARN = "ayon_proxy.learn"
CYCLE = "ayon_proxy.cycle"

_UNKNOWN = 2**62

_LINGER_ZERO = struct.pack("ii", 1, 0)


class Protocol(WaryProtocol):
    """Set as `http` in uvicorn's configuration."""

    def on_headers_complete(self) -> None:
        super().on_headers_complete()
        # The application's task has been made with this dict but has not begun to run.
        scope = cast("dict[str, Any]", self.scope)
        # A list of our own: trailers go on into uvicorn's, and are no header fields (RFC 9110
        # section 6.5.1). White space behind a value is not part of it (section 5.5).
        scope["headers"] = [(name, value.rstrip(b" \t")) for name, value in self.headers]
        extensions = scope.setdefault("extensions", {})
        extensions[TARGET] = self.url
        extensions[RESET] = partial(self.reset, self.cycle)
        extensions[CYCLE] = self.cycle
        if scope["http_version"] == "1.0":
            extensions[TO_COME] = partial(_expect, self.cycle)

    def reset(self, answering: RequestResponseCycle | None = None) -> None:
        """Drop the connection with RST where the platform can, instead of an orderly end."""
        connection = self.transport.get_extra_info("socket")
        if connection is not None:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _LINGER_ZERO)
        for cycle in (answering, self.cycle):
            if cycle is not None:
                # As when the client has left. Else uvicorn reports an answer without its end.
                cycle.disconnected = True
        self.transport.abort()


def _expect(cycle: RequestResponseCycle, size: int) -> None:
    """Let the cycle count on `size` bytes of body that no field announces."""
    cycle.chunked_encoding = False
    cycle.expected_content_length = size


def target_of(scope: Any) -> bytes:
    """The request target as sent; put together again where another server runs the application."""
    extensions = scope.get("extensions") or {}
    if TARGET in extensions:
        return cast("bytes", extensions[TARGET])
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope.get("query_string", b"")
    return cast("bytes", path + b"?" + query if query else path)


def reset_of(scope: Any) -> Callable[[], None] | None:
    """The way to reset this request's connection, where there is one."""
    extensions = scope.get("extensions") or {}
    return cast("Callable[[], None] | None", extensions.get(RESET))


def learn_of(scope: Any) -> Callable[[Request, Repeat], None]:
    """Where to tell that this request was answered from memory, and may be answered so again."""
    extensions = scope.get("extensions") or {}
    return cast("Callable[[Request, Repeat], None]", extensions.get(LEARN, _nobody))


def _nobody(_request: Request, _repeat: Repeat) -> None:
    pass


def cycle_of(scope: Any) -> RequestResponseCycle | None:
    """What answers this request, and knows its connection."""
    extensions = scope.get("extensions") or {}
    return cast("RequestResponseCycle | None", extensions.get(CYCLE))


class UntilClosed:
    """A body of unknown length that ends with its connection (RFC 9112 section 6.3), for clients
    that know no chunks. Does nothing for all others."""

    def __init__(self, scope: Any, *, length: int | None) -> None:
        expect = (scope.get("extensions") or {}).get(TO_COME)
        self._expect = cast("Callable[[int], None] | None", expect if length is None else None)

    def begin(self) -> None:
        """The head comes next."""
        if self._expect is not None:
            self._expect(_UNKNOWN)

    def end(self) -> None:
        """Only the end is to come."""
        if self._expect is not None:
            self._expect(0)
