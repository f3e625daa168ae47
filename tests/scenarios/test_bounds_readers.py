"""Two hundred readers of one large package, cold, cost bounded memory and one fetch (issue line 5).

The proxy is a process of its own, so that what is measured is what it costs.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ayon_proxy.demo.film import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.support.many_readers import reader
from tests.support.packages import add_package, pseudo_random
from tests.support.proxy_process import proxy_process

READERS = 200
SIZE = 40 * 1024 * 1024
ALLOWED = 300 * 1000 * 1000

CONTENT = pseudo_random(SIZE)


@pytest.fixture
def package(demo: DemoServer) -> str:
    return add_package(demo.studio, "large.zip", CONTENT)


def fetches(demo: DemoServer, path: str) -> int:
    return sum(it.path == path for it in demo.requests)


async def test_readers_at_full_speed(demo: DemoServer, package: str, tmp_path: Path) -> None:
    async with proxy_process(demo.url, tmp_path) as proxy:
        readers = await asyncio.gather(
            *(reader(proxy.port, package, SERVICE_KEY, CONTENT) for _ in range(READERS))
        )
        await asyncio.gather(*(it.ended for it in readers))
        cost = proxy.peak_bytes - proxy.idle_bytes
        print(f"{READERS} readers at full speed: {cost / 1e6:.0f} MB")
        assert cost < ALLOWED
        assert fetches(demo, package) == 1
        assert proxy.complaints() == []


async def test_readers_that_stand_still(demo: DemoServer, package: str, tmp_path: Path) -> None:
    held = demo.faults.add(package, "hold", after_bytes=SIZE // 2)
    async with proxy_process(demo.url, tmp_path) as proxy:
        readers = await asyncio.gather(
            *(
                reader(proxy.port, package, SERVICE_KEY, CONTENT, pause_after=200_000)
                for _ in range(READERS)
            )
        )
        await held.reached()
        await asyncio.gather(*(it.paused for it in readers))
        held.release()
        quick = await reader(proxy.port, package, SERVICE_KEY, CONTENT)
        await quick.ended  # nobody waits for those who stand still
        for slow in readers[10:]:
            slow.transport.abort()
        for slow in readers[:10]:
            slow.go_on()
        await asyncio.gather(*(it.ended for it in readers[:10]))
        await asyncio.gather(*(it.ended for it in readers[10:]), return_exceptions=True)
        cost = proxy.peak_bytes - proxy.idle_bytes
        print(f"{READERS} readers that stand still: {cost / 1e6:.0f} MB")
        assert cost < ALLOWED
        assert fetches(demo, package) == 1
        assert proxy.complaints() == []
