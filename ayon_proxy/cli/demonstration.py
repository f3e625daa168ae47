"""`ayon-proxy demo`: the demo server, and the proxy before it, in one process."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

from rich.console import Console

from ayon_proxy import logs
from ayon_proxy.assembly import assembled
from ayon_proxy.cli.passing import Watched
from ayon_proxy.cli.stopping import until_stopped
from ayon_proxy.cli.tour import Tour
from ayon_proxy.demo.film import SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.errors import CannotStart
from ayon_proxy.server import configuration, listening, loop_factory
from ayon_proxy.settings import Settings, addresses
from ayon_proxy.web.server import Server

T = TypeVar("T")

UPSTREAM_PORT = 8081
"""Beside the proxy's own default."""


def demo(
    host: str | None,
    port: str | None,
    upstream_port: str | None,
    data_dir: str | None,
    *,
    tour: bool,
) -> int:
    """Run both until Ctrl-C; the exit status. Without `data_dir` nothing is kept.

    Raises CannotStart.
    """
    where = _checked("--host", host, addresses.host, "127.0.0.1")
    number = _checked("--port", port, addresses.port, 8080)
    other = _checked("--upstream-port", upstream_port, addresses.port, UPSTREAM_PORT)
    logs.configure("warning", "auto")
    with until_stopped(), tempfile.TemporaryDirectory(prefix="ayon-proxy-demo-") as nowhere:
        kept = Path(data_dir).expanduser() if data_dir else Path(nowhere)
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(_both(where, number, other, kept, tour=tour))
    return 0


def _checked(option: str, text: str | None, parse: Callable[[object], T], default: T) -> T:
    if text is None:
        return default
    try:
        return parse(text)
    except ValueError as error:
        raise CannotStart(f"{option} is {text!r}: {error}.", exit_status=2) from None


async def _both(host: str, port: int, upstream_port: int, data_dir: Path, *, tour: bool) -> None:
    console = Console(highlight=False)
    with listening(host, port) as listener:
        async with _demo_server(upstream_port) as upstream:
            settings = Settings.model_validate(
                {
                    "upstream": {"url": upstream.url, "api_key": SERVICE_KEY},
                    "storage": {"data_dir": str(data_dir)},
                }
            )
            async with assembled(settings) as proxy:
                watched = Watched(proxy.application, upstream)
                server = Server(configuration(watched))
                serving = asyncio.create_task(server.serve(sockets=[listener]))
                url = f"http://{host}:{listener.getsockname()[1]}"
                console.print(f"AYON demo server  [bold]{upstream.url}[/]")
                console.print(f"ayon-proxy        [bold]{url}[/]")
                console.print(f"API key           [bold]{SERVICE_KEY}[/]\n")
                if tour:
                    shown = Tour(console, url, upstream, watched, proxy.status)
                    touring = asyncio.create_task(shown.play())
                    await asyncio.wait({touring, serving}, return_when=asyncio.FIRST_COMPLETED)
                    if touring.done():
                        touring.result()
                if not serving.done():
                    console.print("Both go on until Ctrl-C. What the proxy is doing:")
                    console.print(f"  ayon-proxy status --url {url}")
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
