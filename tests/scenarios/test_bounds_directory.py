"""MAX_BYTES holds for the whole data directory while it is filled (issue line 5).

The directory is measured from outside, as `du` does, all the time.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from tests.support.generated_server import (
    GeneratedServer,
    addon_file,
    content,
    folder,
    generated_server,
)
from tests.support.proxy_process import ProxyProcess, proxy_process
from tests.support.relay import request

MIB = 1024 * 1024
LIMIT = 64 * MIB
TOLERANCE = 1.10


def disk_use(directory: Path) -> int:
    """Bytes of all that lies below, as allocated."""
    total = 0
    for path in directory.rglob("*"):
        try:
            total += path.lstat().st_blocks * 512
        except FileNotFoundError:
            continue
    return total


@dataclass
class Sampled:
    most: int = 0
    samples: int = 0


@contextmanager
def sampled(directory: Path) -> Iterator[Sampled]:
    """The most the directory ever held while the block ran."""
    found = Sampled()
    over = threading.Event()

    def sample() -> None:
        while not over.wait(0.01):
            found.most = max(found.most, disk_use(directory))
            found.samples += 1

    thread = threading.Thread(target=sample)
    thread.start()
    try:
        yield found
    finally:
        over.set()
        thread.join()


@dataclass
class Filled:
    """A proxy with little room."""

    upstream: GeneratedServer
    proxy: ProxyProcess
    client: httpx.AsyncClient
    directory: Path

    async def load(self, path: str) -> str:
        """Ask for it, see that it is whole, and how it was had."""
        answer = await self.client.get(path)
        assert answer.content == content(path)
        return str(answer.headers["cache-status"])

    async def load_all(self, paths: list[str], at_once: int = 8) -> None:
        waiting = iter(paths)

        async def some() -> None:
            for path in waiting:
                await self.load(path)

        await asyncio.gather(*(some() for _ in range(at_once)))

    @property
    def blobs(self) -> int:
        return sum(path.is_file() for path in (self.directory / "blobs").glob("??/*"))

    async def until_stored(self, path: str) -> None:
        """It is stored a moment after it was given."""
        before = self.upstream.asked[path]
        while not (await self.load(path)).startswith("ayon-proxy; hit"):
            assert self.upstream.asked[path] < before + 100


@asynccontextmanager
async def filled(directory: Path, limit: int) -> AsyncIterator[Filled]:
    async with (
        generated_server() as upstream,
        proxy_process(upstream.url, directory, storage__max_bytes=limit) as proxy,
        httpx.AsyncClient(base_url=proxy.url, timeout=60) as client,
    ):
        yield Filled(upstream, proxy, client, directory)


async def test_the_directory_stays_within_its_bound_while_it_is_filled(tmp_path: Path) -> None:
    files = [addon_file(number, 3_000_000 + number) for number in range(60)]
    entities = [folder(number, 20_000) for number in range(1_000)]
    async with filled(tmp_path, LIMIT) as it:
        with sampled(tmp_path) as found:
            await asyncio.gather(it.load_all(files), it.load_all(entities))
        print(f"at most {found.most / LIMIT:.3f} of the limit in {found.samples} samples")
        assert found.samples > 10
        assert found.most <= LIMIT * TOLERANCE
        assert found.most >= LIMIT * 0.7  # it was full
        assert it.proxy.complaints() == []


async def test_many_small_answers_alone_stay_within_the_bound(tmp_path: Path) -> None:
    async with filled(tmp_path, LIMIT) as it:
        with sampled(tmp_path) as found:
            await it.load_all([folder(number, 60_000) for number in range(1_600)])
        print(f"at most {found.most / LIMIT:.3f} of the limit in {found.samples} samples")
        assert found.most <= LIMIT * TOLERANCE
        assert it.proxy.complaints() == []


async def test_the_least_recently_used_leaves_first(tmp_path: Path) -> None:
    size = 4 * MIB
    async with filled(tmp_path, 10 * size) as it:
        early, wanted = addon_file("early", size), addon_file("wanted", size)
        for path in (early, wanted):
            await it.until_stored(path)
        for number in range(24):
            await it.until_stored(addon_file(number, size))
            assert (await it.load(wanted)).startswith("ayon-proxy; hit")
        assert it.upstream.asked[wanted] <= 2
        asked = it.upstream.asked[early]
        assert (await it.load(early)).startswith("ayon-proxy; fwd=uri-miss")
        assert it.upstream.asked[early] == asked + 1


async def test_what_is_being_read_stays_readable_to_its_end(tmp_path: Path) -> None:
    size = 8 * MIB
    async with filled(tmp_path, 4 * size) as it:
        held = addon_file("held", size)
        await it.until_stored(held)
        reader, writer = await asyncio.open_connection("127.0.0.1", it.proxy.port, limit=1024)
        writer.write(request(b"GET", held.encode()))
        head = await reader.readuntil(b"\r\n\r\n")
        assert b"cache-status: ayon-proxy; hit" in head
        asked = it.upstream.asked[held]
        for number in range(12):
            await it.load(addon_file(number, size))
        assert await reader.readexactly(size) == content(held)
        writer.close()
        assert it.upstream.asked[held] == asked


async def test_a_hit_does_not_wait_for_room(tmp_path: Path) -> None:
    """One file is read slowly and fills the room; another waits for room; hits are given all the
    while, and the other goes on as soon as the slow reader has done."""
    size = 20 * MIB
    async with filled(tmp_path, 30 * MIB) as it:
        large, other = addon_file("large", size), addon_file("other", size)
        await it.until_stored(large)
        reader, writer = await asyncio.open_connection("127.0.0.1", it.proxy.port, limit=1024)
        writer.write(request(b"GET", large.encode()))
        assert b"ayon-proxy; hit" in await reader.readuntil(b"\r\n\r\n")
        waiting = asyncio.create_task(it.load(other))
        for _ in range(20):
            part = await it.client.get(large, headers={"Range": "bytes=-1000"})
            assert part.headers["cache-status"].startswith("ayon-proxy; hit")
            assert part.content == content(large)[-1000:]
        assert not waiting.done()
        assert await reader.readexactly(size) == content(large)
        writer.close()
        assert (await waiting).startswith("ayon-proxy; fwd=uri-miss")
