"""The proxy as a process of its own: from its start to the first hit, and what a hit takes."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx

from ayon_proxy.demo.film import SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from tests.benchmarks.figures import percentile
from tests.support.proxy_process import proxy_process

ASKED = "/api/attributes"
"""Lives for a minute even where nobody watches."""

HITS = 1000


@dataclass(frozen=True, slots=True)
class Started:
    """`first_hit`: seconds from the start of the process; `hits`: those after it; `own_bytes`: its
    memory then, without pages of files."""

    first_hit: float
    hits: Sequence[float]
    own_bytes: int

    @property
    def hit(self) -> float:
        """The median."""
        return percentile(self.hits, 0.5)


async def started(data_dir: Path, hits: int = HITS, **settings: object) -> Started:
    """Store one answer, start anew on the directory, and ask for it on one connection."""
    async with DemoServer(small_film()) as demo:
        async with (
            proxy_process(demo.url, data_dir, **settings) as proxy,
            _client(proxy.url) as client,
        ):
            while not await _is_hit(client):
                pass
            await proxy.stop()
        began = time.perf_counter()
        async with (
            proxy_process(demo.url, data_dir, **settings) as proxy,
            _client(proxy.url) as client,
        ):
            assert await _is_hit(client)
            first_hit = time.perf_counter() - began
            taken = []
            for _ in range(hits):
                began = time.perf_counter()
                if await _is_hit(client):  # else its lifetime was over
                    taken.append(time.perf_counter() - began)
            own_bytes = proxy.own_bytes
            await proxy.stop()
    return Started(first_hit, taken, own_bytes)


def _client(url: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=url, headers={"X-Api-Key": SERVICE_KEY}, timeout=60)


async def _is_hit(client: httpx.AsyncClient) -> bool:
    answer = await client.get(ASKED)
    return answer.headers["cache-status"].startswith("ayon-proxy; hit")
