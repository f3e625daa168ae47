"""Serves a studio on a real socket, inside the running event loop.

uvicorn ─► Recorder ─► /-/faults
                   └─► Faults ─► the application of `server`
"""

from __future__ import annotations

import asyncio
import socket
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ayon_proxy.demo.fault_requests import fault_routes
from ayon_proxy.demo.faults import Faults
from ayon_proxy.demo.feed_faults import FeedFaults
from ayon_proxy.demo.line import UvicornLine, transport_of
from ayon_proxy.demo.server import create_app
from ayon_proxy.demo.studio import Studio


@dataclass(slots=True)
class RecordedRequest:
    """An HTTP request that reached the server; `status` is 0 until its head has been sent."""

    method: str
    path: str
    query: str
    headers: Headers
    status: int = 0
    bytes_sent: int = 0
    """Bytes of the body handed to the socket."""


class Recorder:
    """Outermost layer: notes every HTTP request, those that a fault then breaks too."""

    def __init__(self, app: ASGIApp, orders: ASGIApp, requests: list[RecordedRequest]) -> None:
        self.app = app
        self.orders = orders
        self.requests = requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on and count what is answered."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        if scope["path"].startswith("/-/"):
            await self.orders(scope, receive, send)
            return
        recorded = RecordedRequest(
            method=scope["method"],
            path=scope["path"],
            query=scope["query_string"].decode("latin-1"),
            headers=Headers(scope=scope),
        )
        self.requests.append(recorded)

        async def counted(message: Message) -> None:
            if message["type"] == "http.response.start":
                recorded.status = message["status"]
            await send(message)
            if message["type"] == "http.response.body":
                recorded.bytes_sent += len(message.get("body", b""))

        await self.app(scope, receive, counted)


@dataclass(repr=False)
class DemoServer:
    """`async with DemoServer(studio) as demo:` serves on 127.0.0.1 until the block ends.

    `port` 0 takes a free one. `requests` has every HTTP request that arrived, in order; `faults`
    makes things go wrong with them, `feed` with events. Raises OSError when the port is taken.
    """

    studio: Studio
    port: int = 0
    host: str = "127.0.0.1"
    requests: list[RecordedRequest] = field(default_factory=list)
    faults: Faults = field(init=False)
    feed: FeedFaults = field(init=False)

    def __post_init__(self) -> None:
        self.faults = Faults(create_app(self.studio))
        self.feed = FeedFaults(self.studio, self.faults)

    @property
    def url(self) -> str:
        """Where it is served: `http://127.0.0.1:54321`."""
        return f"http://{self.host}:{self.port}"

    async def __aenter__(self) -> Self:
        """Listen; the server answers from here on."""
        # Named, so that asyncio switches Nagle's algorithm off: else small answers wait 40 ms.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind((self.host, self.port))
        except OSError:
            listener.close()
            raise
        self.port = listener.getsockname()[1]
        orders = Starlette(routes=fault_routes(self.faults))
        config = uvicorn.Config(
            Recorder(self.faults, orders, self.requests),
            lifespan="off",
            log_config=None,
            access_log=False,
            # The server reads X-Forwarded-For itself, and faults know connections by their peer.
            proxy_headers=False,
            ws="websockets-sansio",
        )
        self._server = EmbeddedServer(config)
        self.faults.line = UvicornLine(self._server)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]))
        await self._server.ready.wait()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Stop listening and drop every connection."""
        self.faults.clear()
        self.feed.clear()
        self._server.leave.set()
        await self._serving


class EmbeddedServer(uvicorn.Server):
    """uvicorn in somebody else's loop: no signals, and it is up and gone without polling."""

    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.ready = asyncio.Event()
        self.leave = asyncio.Event()

    async def serve(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve until `leave` is set."""
        await self._serve(sockets)

    async def main_loop(self) -> None:
        """Keep the `date` field right, until it is time to leave."""
        self.ready.set()
        tick = 0
        while not self.leave.is_set():
            await self.on_tick(tick)
            tick += 10
            try:
                await asyncio.wait_for(self.leave.wait(), 1.0)
            except TimeoutError:
                continue

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Close what listens, cut what is connected, and wait until nothing of it runs."""
        for server in self.servers:
            server.close()
        for listener in sockets or []:
            listener.close()
        for connection in list(self.server_state.connections):
            transport = transport_of(connection)
            if transport is not None:
                transport.abort()
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
