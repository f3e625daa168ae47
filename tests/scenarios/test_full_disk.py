"""A full disk (issue line 7): answers go on, one line says so, and storing goes on when it may.

Two disks: a file system of a few megabytes of the proxy's own, where the system lets us mount one,
and a limit on the size of files, which every system has.

Broken once, to see the tests fail: a failure said each time; a success that ends it at once.
"""

from __future__ import annotations

import asyncio
import resource
import subprocess
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.generated_server import (
    GeneratedServer,
    addon_file,
    content,
    folder,
    generated_server,
)
from tests.support.proxy_process import (
    DEADLINE,
    SERVE,
    ProxyProcess,
    other_process,
    proxy_process,
)

IN_A_NAMESPACE = ("unshare", "--user", "--map-root-user", "--mount")
MOUNTED = 'mount -t tmpfs -o size=16m,mode=0700 none "$0" && exec "$@"'


def may_mount() -> bool:
    """Whether this system lets us mount a file system for a process of ours."""
    try:
        tried = subprocess.run(
            [*IN_A_NAMESPACE, "sh", "-c", MOUNTED, "/mnt", "true"], capture_output=True, check=False
        )
    except FileNotFoundError:
        return False
    return tried.returncode == 0


@dataclass(frozen=True, slots=True)
class Disk:
    """`fill` takes all that is left of it, `empty` gives it back."""

    proxy: ProxyProcess
    upstream: GeneratedServer
    client: httpx.AsyncClient
    fill: Callable[[], None]
    empty: Callable[[], None]

    async def ask(self, path: str, *, anew: bool = False) -> str:
        """The answer is right; how it was had."""
        headers = {"Cache-Control": "no-cache"} if anew else {}
        answer = await self.client.get(path, headers=headers)
        assert answer.status_code == 200
        assert answer.content == content(path, self.upstream.generation)
        return str(answer.headers["cache-status"])

    async def stored(self, path: str) -> None:
        """Ask until it is: a moment after it was given."""
        for _ in range(100):
            if (await self.ask(path)).startswith("ayon-proxy; hit"):
                return
        raise AssertionError(f"{path} is not stored")

    async def failing(self) -> object:
        """What `/-/status` says."""
        return (await self.client.get("/-/status")).json()["storage"]["failing"]

    def said(self) -> int:
        """How often the log has said that storage fails."""
        return self.proxy.complaints().count("storage_failing")


@asynccontextmanager
async def small_file_system(folder: Path) -> AsyncIterator[Disk]:
    """Sixteen megabytes for the data directory."""
    before = (*IN_A_NAMESPACE, "sh", "-c", MOUNTED, str(folder))
    async with (
        generated_server() as upstream,
        other_process(SERVE, before, upstream.url, folder / "data") as proxy,
        httpx.AsyncClient(base_url=proxy.url, timeout=DEADLINE) as client,
    ):
        filler = Path(f"/proc/{proxy.process.pid}/root{folder}/filler")

        def fill() -> None:
            with filler.open("wb", buffering=0) as file:
                for size in (1 << 20, 1 << 12):
                    try:
                        while file.write(bytes(size)) == size:
                            pass
                    except OSError:
                        continue

        yield Disk(proxy, upstream, client, fill, filler.unlink)


@asynccontextmanager
async def small_files(folder: Path) -> AsyncIterator[Disk]:
    """No file may grow any more, as far as it has been written."""
    async with (
        generated_server() as upstream,
        proxy_process(upstream.url, folder / "data") as proxy,
        httpx.AsyncClient(base_url=proxy.url, timeout=DEADLINE) as client,
    ):
        pid = proxy.process.pid
        soft, hard = resource.prlimit(pid, resource.RLIMIT_FSIZE)

        def limit(size: int) -> None:
            resource.prlimit(pid, resource.RLIMIT_FSIZE, (size, hard))

        yield Disk(proxy, upstream, client, lambda: limit(4096), lambda: limit(soft))


@pytest.fixture(
    params=[
        pytest.param(
            small_file_system,
            id="file system",
            marks=pytest.mark.skipif(not may_mount(), reason="this system lets nobody mount"),
        ),
        pytest.param(small_files, id="file size"),
    ]
)
async def disk(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Disk]:
    async with request.param(tmp_path) as disk:
        yield disk


async def test_a_full_disk_costs_no_answer_is_said_once_and_mends_itself(disk: Disk) -> None:
    small, large = folder("kept"), addon_file("kept", 300_007)
    for path in (small, large):
        await disk.stored(path)
    disk.fill()
    for number in range(12):
        # Larger than what a full disk may still have room for.
        await disk.ask(folder(f"new{number}", 60_000))
        await disk.ask(addon_file(f"new{number}", 300_007))
        for path in (small, large):
            assert (await disk.ask(path)).startswith("ayon-proxy; hit")
    assert disk.said() == 1
    assert await disk.failing()
    assert "ayon_proxy_storage_up 0.0" in (await disk.client.get("/-/metrics")).text

    # What is written through the proxy shows in what is read behind it, durable or not.
    disk.upstream.generation += 1
    assert (await disk.client.patch(small, json={"label": "new"})).status_code == 200
    assert "fwd=" in await disk.ask(small)

    disk.empty()
    async with asyncio.timeout(DEADLINE):
        while "storage_works" not in disk.proxy.events("info"):
            await disk.ask(folder("later"), anew=True)
    assert await disk.failing() is None
    await disk.stored(addon_file("later", 300_007))
    await disk.stored(folder("last"))
    assert disk.said() == 1
    assert await disk.proxy.stop() == 0
    assert disk.proxy.events("error", "critical") == []
