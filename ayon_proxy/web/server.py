"""uvicorn's server, that says where it listens and comes to an end in bounded time."""

from __future__ import annotations

import asyncio
import socket

import structlog
import uvicorn

from ayon_proxy.web.protocol import Protocol

log = structlog.get_logger(__name__)

GRACEFUL_SECONDS = 10
"""How long transfers may go on after a request to stop."""


class Server(uvicorn.Server):
    """Its tasks are never cancelled while they answer: whom they answer is cut off, and they end
    as they do when a client leaves."""

    def __init__(
        self, config: uvicorn.Config, *, graceful_seconds: float = GRACEFUL_SECONDS
    ) -> None:
        super().__init__(config)
        self._graceful_seconds = graceful_seconds

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Accept connections."""
        await super().startup(sockets)
        for host, port in dict.fromkeys(each.getsockname()[:2] for each in sockets or []):
            scheme = "https" if self.config.ssl else "http"
            log.info("listening", scheme=scheme, host=host, port=port)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Let transfers come to their end for a while, then cut them."""
        cutting = asyncio.get_running_loop().call_later(self._graceful_seconds, self._cut)
        try:
            await super().shutdown(sockets)
        finally:
            cutting.cancel()
            self._cut()  # where it was asked to stop twice
            await asyncio.gather(*self.server_state.tasks, return_exceptions=True)

    def _cut(self) -> None:
        connections = list(self.server_state.connections)
        if connections:
            log.warning("transfers_cut", connections=len(connections))
        for connection in connections:
            if isinstance(connection, Protocol):
                connection.reset()
            elif connection.transport is not None:
                connection.transport.abort()
