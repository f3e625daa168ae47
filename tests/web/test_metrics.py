"""`/-/metrics`, asked over a real socket."""

from __future__ import annotations

import asyncio
from pathlib import Path

import httpx
from prometheus_client.parser import text_string_to_metric_families

from tests.support.generated_server import folder, generated_server
from tests.support.proxy_process import proxy_process


async def figures(client: httpx.AsyncClient) -> dict[str, float]:
    """By name, those without labels."""
    text = (await client.get("/-/metrics")).text
    samples = [each for family in text_string_to_metric_families(text) for each in family.samples]
    return {each.name: each.value for each in samples if not each.labels}


async def test_what_is_at_work_is_counted_and_back_at_its_start_when_it_is_done(
    tmp_path: Path,
) -> None:
    async with (
        generated_server() as upstream,
        proxy_process(upstream.url, tmp_path) as proxy,
        httpx.AsyncClient(base_url=proxy.url, timeout=30) as client,
    ):
        await proxy.logged("upstream")
        for path in ("/", "/api/info"):  # it asks that itself, too, at the start
            await client.get(path)
        async with asyncio.timeout(30):
            while (before := await figures(client))["ayon_proxy_fetches"] > 0:
                pass
        assert before["ayon_proxy_connections"] == 1
        assert before["ayon_proxy_storage_up"] == 1
        assert before["process_open_fds"] > 10
        assert before["process_resident_memory_bytes"] > 10_000_000
        upstream.pace.clear()
        async with httpx.AsyncClient(base_url=proxy.url, timeout=30) as other:
            asking = asyncio.create_task(other.get(folder("held", 1000)))
            await upstream.halfway.get()
            during = await figures(client)
            assert (during["ayon_proxy_connections"], during["ayon_proxy_fetches"]) == (2, 1)
            upstream.pace.set()
            assert (await asking).status_code == 200
        async with asyncio.timeout(30):
            while (after := await figures(client))["ayon_proxy_connections"] > 1:
                pass
            while (after := await figures(client))["ayon_proxy_fetches"] > 0:
                pass
        assert after["ayon_proxy_tasks"] < during["ayon_proxy_tasks"]
