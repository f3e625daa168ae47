"""Upstream is slow, or the line has gone dead without a word: on real sockets, by real time.

Broken once, to see the tests fail: no limit to a caller's wait; no state but online and offline; a
line that is never given up; probes, requests and the feed over connections of a line that is gone.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayon_proxy.demo.film import FILM, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.support.breakable_line import breakable_line
from tests.support.running_proxy import RunningProxy, running_proxy
from tests.support.set_clock import SetClock
from tests.support.status_of import turned

PROJECT = f"/api/projects/{FILM}"
STORED = (PROJECT, f"{PROJECT}/folders", f"{PROJECT}/hierarchy")
NOT_STORED = "/api/anatomy/presets"
EXPIRED = 45.0
"""Older than what is stored of a project may be, while the proof of its caller is still good."""

STOOD_IN = "ayon-proxy; hit; detail=offline"


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def proxy(demo: DemoServer, tmp_path: Path, clock: SetClock) -> AsyncIterator[RunningProxy]:
    async with running_proxy(demo.url, tmp_path / "data", clock=clock) as proxy:
        yield proxy


LONG_EXPIRED = 700.0
"""Older than any answer may be, watched or not; and so is the proof."""


async def warmed(
    proxy: RunningProxy, client: httpx.AsyncClient, clock: SetClock, seconds: float = EXPIRED
) -> None:
    for path in STORED:
        (await client.get(path)).raise_for_status()
    await proxy.assembled.cache.in_flight.idle()
    clock.forward(seconds)


async def timed(client: httpx.AsyncClient, path: str) -> tuple[httpx.Response, float]:
    began = time.monotonic()
    answer = await client.get(path)
    return answer, time.monotonic() - began


async def upstream(client: httpx.AsyncClient) -> dict[str, Any]:
    status: dict[str, Any] = (await client.get("/-/status")).json()["upstream"]
    return status


async def test_three_seconds_slow(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient, clock: SetClock
) -> None:
    await warmed(proxy, client, clock)
    demo.faults.add(".", "slow", seconds=3.0)
    found, not_stored = await asyncio.gather(timed(client, PROJECT), timed(client, NOT_STORED))
    assert found[0].headers["cache-status"] == STOOD_IN
    assert 1.8 <= found[1] <= 2.8
    assert not_stored[0].status_code == 200
    assert 2.8 <= not_stored[1] <= 4.5
    said = await upstream(client)
    assert said["state"] == "slow"
    assert said["last_error"]
    for path in STORED[1:]:
        answer, seconds = await timed(client, path)
        assert answer.headers["cache-status"] == STOOD_IN
        assert seconds < 0.5
    demo.faults.clear()
    assert await turned(client, "upstream", "online", 6.0)
    assert (await client.get(PROJECT)).headers["cache-status"] != STOOD_IN


async def test_one_heavy_question_does_not_speak_for_upstream(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient
) -> None:
    fault = demo.faults.add(NOT_STORED, "hang")
    heavy = asyncio.create_task(client.get(NOT_STORED))
    await fault.reached()
    for _ in range(5):
        await asyncio.sleep(1.0)
        assert (await upstream(client))["state"] == "online"
    demo.faults.clear()
    assert (await heavy).status_code == 200


async def test_a_line_that_goes_dead_is_found_out_and_comes_back(
    demo: DemoServer, tmp_path: Path, clock: SetClock
) -> None:
    async with (
        breakable_line(demo.port) as line,
        running_proxy(
            line.url, tmp_path / "data", clock=clock, upstream={"api_key": SERVICE_KEY}
        ) as proxy,
        httpx.AsyncClient(
            base_url=proxy.url, headers={"x-api-key": SERVICE_KEY}, timeout=60
        ) as client,
    ):
        await turned(client, "feed", "live", 15.0)
        await warmed(proxy, client, clock, LONG_EXPIRED)
        await asyncio.gather(*(client.get(NOT_STORED) for _ in range(10)))
        line.die()
        waiting = asyncio.create_task(timed(client, "/api/anatomy/presets/__builtin__"))
        stood_in, seconds = await timed(client, PROJECT)
        assert stood_in.headers["cache-status"] == STOOD_IN
        assert seconds < 2.8
        await turned(client, "upstream", "offline", 10.0)
        refused, seconds = await waiting
        assert refused.status_code == 504
        assert "can't be reached (since 20" in refused.json()["detail"]
        assert 7.0 <= seconds <= 10.5
        for path, status in ((PROJECT, 200), ("/api/accessGroups/_", 504)):
            answer, seconds = await timed(client, path)
            assert answer.status_code == status
            assert seconds < 0.5
        line.mend()
        began = time.monotonic()
        await turned(client, "upstream", "online", 6.0)
        answer, seconds = await timed(client, PROJECT)
        assert answer.headers["cache-status"] != STOOD_IN
        assert seconds < 1.0
        await turned(client, "feed", "live", 10.0 - (time.monotonic() - began))
