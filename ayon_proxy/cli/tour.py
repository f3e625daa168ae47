"""`ayon-proxy demo`: the demo server, the proxy before it, a tour with AYON's own client library.

The tour asks what a workstation asks when it starts, twice, and shows for each request where the
answer came from; then it changes something, and then it cuts the line.
"""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from ayon_proxy.assembly import assembled
from ayon_proxy.cli.session import change_and_read, read_offline, start_up
from ayon_proxy.cli.tour_table import comparison, short
from ayon_proxy.demo.film import SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.errors import CannotStart
from ayon_proxy.server import configuration, listening, loop_factory
from ayon_proxy.settings import Settings
from ayon_proxy.web.server import Server


def run_demo(
    host: str, port: int, upstream_port: int, data_dir: Path | None, *, tour: bool
) -> None:
    """Serve both until Ctrl-C. Without `data_dir` nothing is kept. Raises CannotStart."""
    with tempfile.TemporaryDirectory(prefix="ayon-proxy-demo-") as nowhere:
        demo = _demo(host, port, upstream_port, data_dir or Path(nowhere), tour=tour)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(demo)


async def _demo(host: str, port: int, upstream_port: int, data_dir: Path, *, tour: bool) -> None:
    console = Console(highlight=False)
    with listening(host, port) as listener:
        async with _demo_server(upstream_port) as upstream:
            settings = Settings.model_validate(
                {"upstream": {"url": upstream.url}, "storage": {"data_dir": str(data_dir)}}
            )
            async with assembled(settings) as proxy:
                watched = Watched(proxy.application, upstream)
                server = Server(configuration(watched))
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                url = f"http://{host}:{listener.getsockname()[1]}"
                console.print(f"AYON demo server  [bold]{upstream.url}[/]")
                console.print(f"ayon-proxy        [bold]{url}[/]   (status: /-/status)")
                console.print(f"API key           [bold]{SERVICE_KEY}[/]\n")
                if tour:
                    touring = asyncio.create_task(_tour(console, url, upstream, watched))
                    await asyncio.wait({touring, serving}, return_when=asyncio.FIRST_COMPLETED)
                    if touring.done():
                        touring.result()
                if not serving.done():
                    console.print("Both go on until Ctrl-C.")
                await serving


@asynccontextmanager
async def _demo_server(port: int) -> AsyncIterator[DemoServer]:
    demo = DemoServer(small_film(), port=port)
    try:
        await demo.__aenter__()
    except OSError as error:
        raise CannotStart(
            f"Can't listen on 127.0.0.1:{port} for the demo server: {error.strerror}. Choose "
            "another with --upstream-port."
        ) from error
    try:
        yield demo
    finally:
        await demo.__aexit__(None, None, None)


@dataclass(slots=True)
class Seen:
    """One request as it passed the proxy. `seconds` until its answer was complete."""

    name: str
    cache_status: str = ""
    status: int = 0
    seconds: float = 0.0
    upstream_bytes: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Watched:
    """The proxy's application, with a record of what passes it."""

    application: Any
    upstream: DemoServer
    seen: list[Seen] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        query = scope["query_string"].decode()
        one = Seen(f"{scope['method']} {scope['path']}{'?' + query if query else ''}")
        self.seen.append(one)
        began, before = time.perf_counter(), len(self.upstream.requests)

        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                one.status = message["status"]
                one.cache_status = dict(message["headers"]).get(b"cache-status", b"").decode()
            await send(message)

        try:
            await self.application(scope, receive, noted)
        finally:
            one.seconds = time.perf_counter() - began
            one.upstream_bytes = sum(it.bytes_sent for it in self.upstream.requests[before:])
            one.over.set()

    async def taken(self) -> list[Seen]:
        """What passed since this was last called, each to its end."""
        seen, self.seen = self.seen, []
        for one in seen:
            await one.over.wait()
        return seen


async def _tour(console: Console, url: str, upstream: DemoServer, watched: Watched) -> None:
    """Miss, hit, own write, offline."""
    runs = []
    for _ in range(2):
        await asyncio.to_thread(start_up, url, SERVICE_KEY)
        runs.append(await watched.taken())
    console.print(comparison(*runs))

    shown = await asyncio.to_thread(change_and_read, url, SERVICE_KEY)
    console.print(
        f"\nA folder was given the label [bold]{shown}[/] through the proxy. The next read:"
    )
    _lines(console, (await watched.taken())[-1:])

    upstream.faults.go_down()
    console.print("\nThe line is cut.")
    await asyncio.to_thread(read_offline, url, SERVICE_KEY)
    _lines(console, await watched.taken())
    await upstream.faults.come_back()
    console.print("\nThe line is back.\n")


def _lines(console: Console, seen: list[Seen]) -> None:
    for one in seen:
        console.print(f"  {one.status}  {short(one.name)}  [dim]{one.cache_status}[/]")
