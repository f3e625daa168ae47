"""The sockets under a running uvicorn server, for the faults that need to break them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import cast

import uvicorn


class UvicornLine:
    """The listening socket and the connections of one uvicorn server (a `faults.Line`)."""

    def __init__(self, server: uvicorn.Server) -> None:
        self._server = server
        self._address: tuple[str, int] | None = None

    def hang_up(self, client: tuple[str, int], *, abruptly: bool) -> None:
        """Close the connection of the client with that address and port, if it is still open."""
        for connection in list(self._server.server_state.connections):
            transport = transport_of(connection)
            if transport is not None and _same(transport.get_extra_info("peername"), client):
                _close(transport, abruptly=abruptly)

    def go_down(self) -> None:
        """Close the listening socket and reset every connection: a machine that is gone."""
        for listener in self._server.servers:
            if listener.sockets:
                self._address = listener.sockets[0].getsockname()[:2]
            listener.close()
        for connection in list(self._server.server_state.connections):
            transport = transport_of(connection)
            if transport is not None:
                _close(transport, abruptly=True)

    async def come_back(self) -> None:
        """Listen again where the server listened before it went down.

        Raises RuntimeError if it has never been down.
        """
        if self._address is None:
            raise RuntimeError("the server is not down")
        host, port = self._address
        self._address = None
        listener = await asyncio.get_running_loop().create_server(
            self._new_connection,
            host=host,
            port=port,
            backlog=self._server.config.backlog,
        )
        self._server.servers = [listener]

    def _new_connection(self) -> asyncio.Protocol:
        # As in uvicorn.Server.startup, which has no way to listen a second time.
        new = cast("Callable[..., asyncio.Protocol]", self._server.config.http_protocol_class)
        return new(
            config=self._server.config,
            server_state=self._server.server_state,
            app_state=self._server.lifespan.state,
        )


def transport_of(connection: object) -> asyncio.Transport | None:
    """The transport of one of uvicorn's protocols; uvloop's are no subclass of asyncio's."""
    return cast("asyncio.Transport | None", getattr(connection, "transport", None))


def _same(peer: object, client: tuple[str, int]) -> bool:
    return isinstance(peer, tuple) and tuple(peer[:2]) == tuple(client[:2])


def _close(transport: asyncio.Transport, *, abruptly: bool) -> None:
    if abruptly:
        transport.abort()
    else:
        transport.close()
