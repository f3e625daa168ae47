"""Upstream is there again: at once for a blink, without a stampede after longer.

Broken once, to see the tests fail: a first probe after a second; no turns; a feed that sleeps out
its backoff; refusals in a blink.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest
from starlette.types import ASGIApp, Receive, Scope, Send

from ayon_proxy.cache.turns import AT_A_TIME
from ayon_proxy.demo.film import FILM, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.support.running_proxy import RunningProxy, running_proxy
from tests.support.set_clock import SetClock
from tests.support.status_of import turned

PROJECT = f"/api/projects/{FILM}"
PROJECTS = 120
"""Questions that are asked at once, each its own."""


class Crowd:
    """Counts how many reads are under way; each takes a little while."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.now = self.most = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(PROJECT):
            await self.app(scope, receive, send)
            return
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            await asyncio.sleep(0.03)
            await self.app(scope, receive, send)
        finally:
            self.now -= 1


@pytest.fixture
def clock() -> SetClock:
    return SetClock()


@pytest.fixture
async def proxy(demo: DemoServer, tmp_path: Path, clock: SetClock) -> AsyncIterator[RunningProxy]:
    key = {"api_key": SERVICE_KEY}
    async with running_proxy(demo.url, tmp_path / "data", clock=clock, upstream=key) as proxy:
        yield proxy


async def test_a_blink_of_the_line_costs_nobody_a_refusal(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient
) -> None:
    async def asked(number: int) -> tuple[int, float]:
        await asyncio.sleep(number / 20)
        began = time.monotonic()
        answer = await client.get(f"{PROJECT}/folders", params={"x": number})
        return answer.status_code, time.monotonic() - began

    async def blink() -> None:
        await asyncio.sleep(0.2)
        demo.faults.go_down()
        await asyncio.sleep(0.3)
        await demo.faults.come_back()

    await client.get(PROJECT)
    asking = [asyncio.create_task(asked(number)) for number in range(30)]
    await blink()
    answers = await asyncio.gather(*asking)
    assert {status for status, _ in answers} == {200}
    assert max(seconds for _, seconds in answers) < 2.0


async def test_within_ten_seconds_all_is_caught_up_and_nobody_storms_upstream(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient, clock: SetClock
) -> None:
    await turned(client, "feed", "live", 15.0)
    (await client.get(PROJECT)).raise_for_status()
    await proxy.assembled.cache.in_flight.idle()
    crowd = Crowd(demo.faults.app)
    demo.faults.app = crowd
    demo.faults.go_down()
    assert (await client.get("/api/anatomy/presets")).status_code == 504
    # The feed has tried in vain often enough to wait for long.
    await asyncio.sleep(5)
    clock.forward(3600)
    await demo.faults.come_back()
    began = time.monotonic()
    await turned(client, "upstream", "online", 5.0)
    limits = httpx.Limits(max_connections=None)
    async with httpx.AsyncClient(
        base_url=proxy.url, headers=client.headers, timeout=30, limits=limits
    ) as many:
        asking = [
            asyncio.create_task(many.get(f"{PROJECT}/folders", params={"x": number}))
            for number in range(PROJECTS)
        ]
        answers = await asyncio.gather(*asking)
    assert {each.status_code for each in answers} == {200}
    assert AT_A_TIME / 2 <= crowd.most <= AT_A_TIME
    await turned(client, "feed", "live", 10.0 - (time.monotonic() - began))
    assert (await client.get(PROJECT)).headers["cache-status"] != "ayon-proxy; hit; detail=offline"
