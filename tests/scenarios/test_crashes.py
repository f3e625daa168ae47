"""Killed at any moment under load: the next start is quick, no answer wrong, half or orphaned.

The moments are drawn at random; the seed is printed.
"""

from __future__ import annotations

import asyncio
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import httpx

from tests.support.generated_server import (
    GeneratedServer,
    addon_file,
    content,
    folder,
    generated_server,
)
from tests.support.proxy_process import DEADLINE, ProxyProcess, proxy_process

KILLS = 10
START_DEADLINE = 10.0
"""Seconds. Two are promised, on a machine that has nothing else to do; what it took is printed."""

FILES = [addon_file(number, size) for number, size in enumerate([70_001, 300_007, 2_000_003] * 8)]
ENTITIES = [folder(number, 1_000 + 997 * number) for number in range(60)]


async def load(proxy: ProxyProcess, upstream: GeneratedServer, chance: random.Random) -> None:
    """Ask for this and that until the proxy is gone; every whole answer is a right one."""
    async with httpx.AsyncClient(base_url=proxy.url, timeout=DEADLINE) as client:
        while True:
            path = chance.choice(FILES + ENTITIES)
            refresh = {"Cache-Control": "no-cache"} if chance.random() < 0.5 else {}
            try:
                answer = await client.get(path, headers=refresh)
            except httpx.TransportError:
                return
            assert_right(path, answer.content, upstream.generation)


def assert_right(path: str, body: bytes, newest: int) -> None:
    """The body is the one of some generation, whole."""
    generation = int(body.lstrip(b'"').partition(b" ")[0])
    assert generation <= newest
    assert body == content(path, generation), f"{path} is not what upstream ever sent"


async def everything_stored(proxy: ProxyProcess, newest: int) -> int:
    """Re-read all that may be stored; how many of it was."""
    stored = 0
    async with httpx.AsyncClient(base_url=proxy.url, timeout=DEADLINE) as client:
        for path in FILES + ENTITIES:
            answer = await client.get(path)
            if answer.status_code == 200:
                assert answer.headers["cache-status"].startswith("ayon-proxy; hit")
                assert_right(path, answer.content, newest)
                stored += 1
            else:
                assert answer.status_code == 504
    return stored


def blob_rows(directory: Path) -> set[str]:
    with closing(sqlite3.connect(directory / "index.sqlite")) as database:
        rows = database.execute("SELECT digest FROM response WHERE digest IS NOT NULL")
        return {digest.hex() for (digest,) in rows}


def blob_files(directory: Path) -> set[str]:
    return {path.parent.name + path.name for path in (directory / "blobs").glob("??/*")}


async def cleared_away(proxy: ProxyProcess, directory: Path) -> None:
    """Wait until what was left over is gone: it goes behind the clients' backs."""
    async with httpx.AsyncClient(base_url=proxy.url) as client, asyncio.timeout(DEADLINE):
        while any((directory / "staging").iterdir()) or (
            blob_files(directory) != blob_rows(directory)
        ):
            assert (await client.get("/-/ready")).status_code == 200


async def test_killed_at_any_moment_it_comes_back_with_right_answers(tmp_path: Path) -> None:
    seed = random.randrange(1 << 32)
    chance = random.Random(seed)
    starts: list[float] = []
    left_over = 0
    async with generated_server() as upstream:
        for _ in range(KILLS):
            async with proxy_process(upstream.url, tmp_path) as proxy:
                starts.append(proxy.started_in)
                loading = [asyncio.create_task(load(proxy, upstream, chance)) for _ in range(6)]
                await asyncio.wait(loading, timeout=chance.uniform(0.0, 0.6))
                await proxy.kill()
                await asyncio.gather(*loading)
                assert proxy.events("error", "critical") == []
            left_over += len(list((tmp_path / "staging").iterdir()))
            upstream.generation += 1
        newest = upstream.generation
    # Upstream is gone: what is given now comes from the store.
    async with proxy_process(upstream.url, tmp_path) as proxy:
        starts.append(proxy.started_in)
        await cleared_away(proxy, tmp_path)
        stored = await everything_stored(proxy, newest)
        assert await proxy.stop() == 0
        assert "database_set_aside" not in proxy.events("warning")
    print(
        f"seed {seed}: {KILLS} kills, {left_over} staged files left over, {stored} answers kept; "
        f"started in {min(starts):.2f} to {max(starts):.2f} s"
    )
    assert stored > len(FILES) // 2
    assert max(starts) < START_DEADLINE
    assert blob_files(tmp_path) == blob_rows(tmp_path)
    assert list((tmp_path / "staging").iterdir()) == []
