"""What is measured: the proxy and its peers, each before the same upstream and on the same core."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ayon_proxy.demo.film import SERVICE_KEY
from tests.benchmarks import cores
from tests.support.proxy_process import DEADLINE, SERVE, other_process


@dataclass(frozen=True, slots=True)
class Serving:
    """A server that listens on `port` of the loopback; `pid` is the first of its processes."""

    name: str
    port: int
    pid: int


class Server(Protocol):
    """One that can be started. `missing` says in a sentence why not, if it can't be."""

    name: str

    @property
    def missing(self) -> str | None: ...

    def serving(self, upstream: int, folder: Path) -> AbstractAsyncContextManager[Serving]:
        """It listens until the block ends, keeps its files below `folder`, and asks that port."""


class Ours:
    """`ayon-proxy serve`, with the feed of events it is built for."""

    name = "ayon-proxy"
    missing = None

    @asynccontextmanager
    async def serving(self, upstream: int, folder: Path) -> AsyncIterator[Serving]:
        data_dir = folder / "ayon-proxy"
        data_dir.mkdir(mode=0o700, exist_ok=True)
        async with other_process(
            *(SERVE, cores.on(cores.SERVING), f"http://127.0.0.1:{upstream}", data_dir),
            upstream__api_key=SERVICE_KEY,
        ) as proxy:
            await proxy.logged("feed_live")
            yield Serving(self.name, proxy.port, proxy.process.pid)


def free_port() -> int:
    """One that nobody listens on; for programs that can't be told to take any."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@asynccontextmanager
async def started(name: str, port: int, *command: str) -> AsyncIterator[Serving]:
    """A program that listens on `port`. Ends when the block does; what it said, if it did not."""
    process = await asyncio.create_subprocess_exec(
        *(*cores.on(cores.SERVING), *command),
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stderr is not None
    try:
        async with asyncio.timeout(DEADLINE):
            while not await _listens(port):
                if process.returncode is not None:
                    raise RuntimeError((await process.stderr.read()).decode())
                await asyncio.sleep(0.02)
        yield Serving(name, port, process.pid)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


async def _listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


def at_hand(servers: Sequence[Server]) -> tuple[list[Server], list[str]]:
    """Those that can be started, and why others can't."""
    there = [each for each in servers if each.missing is None]
    return there, [each.missing for each in servers if each.missing is not None]
