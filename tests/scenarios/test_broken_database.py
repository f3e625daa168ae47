"""A database whose pages are garbage (issue line 7): set aside, begun anew, and said; no answer is
lost to it, and none is wrong.

Broken once, to see the tests fail: a broken file not marked as suspect; a file set aside at every
start.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
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
from tests.support.proxy_process import DEADLINE, ProxyProcess, proxy_process

FOLDERS = [folder(number, 9_000 + 7 * number) for number in range(50)]
FILES = [addon_file(number, 70_001 + number) for number in range(5)]
PAGE = 4096


async def all_right(proxy: ProxyProcess, upstream: GeneratedServer, *, anew: bool = False) -> int:
    """Every answer is right; how many came from the store."""
    hits = 0
    headers = {"Cache-Control": "no-cache"} if anew else {}
    async with httpx.AsyncClient(base_url=proxy.url, timeout=DEADLINE, headers=headers) as client:
        for path in FOLDERS + FILES:
            answer = await client.get(path)
            assert answer.content == content(path, upstream.generation)
            hits += answer.headers["cache-status"].startswith("ayon-proxy; hit")
    return hits


async def status(proxy: ProxyProcess) -> dict[str, object]:
    async with httpx.AsyncClient(base_url=proxy.url, timeout=DEADLINE) as client:
        found: dict[str, object] = (await client.get("/-/status")).json()["storage"]
        return found


async def all_stored(proxy: ProxyProcess) -> None:
    """Each a moment after it was given."""
    async with asyncio.timeout(DEADLINE):
        while (await status(proxy))["responses"] != len(FOLDERS + FILES):
            pass


def everywhere(database: Path) -> None:
    """Not one page is what it was."""
    database.write_bytes(b"\xa5" * database.stat().st_size)


def truncated(database: Path) -> None:
    """As after a crash of the file system."""
    database.write_bytes(database.read_bytes()[: 20 * PAGE + 100])


def behind_the_schema(database: Path) -> None:
    """What is only found when it is read: all pages of the table of responses and its indexes."""
    spare = 0
    with closing(sqlite3.connect(database)) as reading:
        rows = reading.execute("SELECT rootpage FROM sqlite_master WHERE rootpage > 0")
        spare = max(page for (page,) in rows)
    with database.open("r+b") as file:
        file.seek(spare * PAGE)
        file.write(b"\xa5" * (database.stat().st_size - spare * PAGE))


async def filled(upstream: GeneratedServer, data_dir: Path) -> Path:
    """The database of a proxy that has all of it, and has stopped."""
    async with proxy_process(upstream.url, data_dir) as proxy:
        await all_right(proxy, upstream)
        await all_stored(proxy)
        assert await proxy.stop() == 0
    return data_dir / "index.sqlite"


def aside(data_dir: Path) -> list[str]:
    return [path.name for path in data_dir.glob("index.sqlite.corrupt-*")]


@pytest.mark.parametrize("damage", [everywhere, truncated])
async def test_one_that_is_broken_at_the_start_is_set_aside(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    async with generated_server() as upstream:
        damage(await filled(upstream, tmp_path))
        upstream.generation += 1  # nothing of before may be given
        async with proxy_process(upstream.url, tmp_path) as proxy:
            line = await proxy.logged("database_set_aside")
            (name,) = aside(tmp_path)
            assert name in line["reason"]
            assert await all_right(proxy, upstream) == 0
            await all_stored(proxy)
            assert proxy.complaints() == ["database_set_aside"]
            assert await proxy.stop() == 0
        async with proxy_process(upstream.url, tmp_path) as proxy:
            await all_stored(proxy)
            assert proxy.complaints() == []


async def test_one_that_turns_out_to_be_broken_is_said_once_and_set_aside_at_the_next_start(
    tmp_path: Path,
) -> None:
    async with generated_server() as upstream:
        behind_the_schema(await filled(upstream, tmp_path))
        upstream.generation += 1
        async with proxy_process(upstream.url, tmp_path) as proxy:
            await all_right(proxy, upstream)
            await all_right(proxy, upstream)
            assert proxy.complaints() == ["storage_failing"]
            assert "malformed" in str((await status(proxy))["failing"])
            assert await proxy.stop() == 0
        assert aside(tmp_path) == []
        async with proxy_process(upstream.url, tmp_path) as proxy:
            await proxy.logged("database_set_aside")
            assert await all_right(proxy, upstream) == 0
            await all_stored(proxy)
            assert (await status(proxy))["failing"] is None
            assert proxy.complaints() == ["database_set_aside"]


async def test_one_that_breaks_while_it_is_in_use_makes_misses(tmp_path: Path) -> None:
    async with generated_server() as upstream:
        await filled(upstream, tmp_path)
        async with proxy_process(upstream.url, tmp_path, storage__memory_bytes="1KiB") as proxy:
            await all_right(proxy, upstream)
            behind_the_schema(tmp_path / "index.sqlite")
            upstream.generation += 1
            await all_right(proxy, upstream, anew=True)
            assert proxy.complaints() == ["storage_failing"]
            assert await proxy.stop() == 0
        async with proxy_process(upstream.url, tmp_path) as proxy:
            await proxy.logged("database_set_aside")
            assert await all_right(proxy, upstream) == 0
