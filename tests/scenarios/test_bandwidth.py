"""Files keep to the bandwidth that is set, on real sockets; questions are answered meanwhile."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from ayon_proxy.demo.film import FILM, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.support.packages import add_package, pseudo_random
from tests.support.running_proxy import running_proxy

MIB = 1 << 20
HEADERS = {"X-Api-Key": SERVICE_KEY}


async def test_a_file_that_takes_its_time_keeps_no_question_waiting(
    demo: DemoServer, tmp_path: Path
) -> None:
    path = add_package(demo.studio, "slow.zip", pseudo_random(MIB))
    limit = {"max_file_bytes_per_second": "64KiB"}
    async with (
        running_proxy(demo.url, tmp_path / "data", bandwidth=limit) as proxy,
        httpx.AsyncClient(base_url=proxy.url, headers=HEADERS, timeout=10) as client,
        client.stream("GET", path) as file,
    ):
        await anext(file.aiter_raw())
        for _ in range(2):
            assert (await client.get(f"/api/projects/{FILM}/folders")).status_code == 200
        assert f"fetch {path}" in {task.get_name() for task in asyncio.all_tasks()}


async def test_a_file_comes_and_goes_at_the_rate(demo: DemoServer, tmp_path: Path) -> None:
    content = pseudo_random(MIB // 2)
    path = add_package(demo.studio, "paced.zip", content)

    async def upload() -> AsyncIterator[bytes]:
        yield content

    async with (
        running_proxy(
            demo.url, tmp_path / "data", bandwidth={"max_file_bytes_per_second": 2 * MIB}
        ) as proxy,
        httpx.AsyncClient(base_url=proxy.url, headers=HEADERS, timeout=10) as client,
    ):
        began = time.monotonic()
        assert (await client.get(path)).content == content
        down = time.monotonic() - began
        media = {"content-type": "application/zip"}
        began = time.monotonic()
        assert (await client.put(path, content=upload(), headers=media)).is_success
        up = time.monotonic() - began
    at_least = (len(content) / (2 * MIB)) * 0.5
    assert down > at_least
    assert up > at_least
