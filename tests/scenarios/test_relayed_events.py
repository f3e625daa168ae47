"""Clients on `/ws` through the proxy, which has no feed of its own here: what they hear counts.

Broken once: events handed on without being applied, the token of a logout left in.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest

from ayon_proxy.demo.film import FILM, PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.support.listening_client import listening
from tests.support.running_proxy import RunningProxy

CHANGES = 20


@pytest.fixture
async def direct(demo: DemoServer) -> AsyncIterator[httpx.AsyncClient]:
    """Somebody who works without the proxy."""
    headers = {"X-Api-Key": SERVICE_KEY}
    async with httpx.AsyncClient(base_url=demo.url, headers=headers, timeout=30) as client:
        await client.get("/api/users/me")  # a key that was never used has no session
        yield client


async def test_a_client_that_reads_at_an_event_gets_what_the_event_tells_of(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient, direct: httpx.AsyncClient
) -> None:
    folder = f"/api/projects/{FILM}/folders/{next(iter(demo.studio.projects[FILM].folders))}"
    assert (await client.get(folder)).status_code == 200
    assert "hit" in (await client.get(folder)).headers["cache-status"]
    async with listening(proxy.url, SERVICE_KEY, demo.studio) as listener:
        for number in range(CHANGES):
            await direct.patch(folder, json={"label": f"label {number}"})
            await listener.next("entity.folder.label_changed")
            assert (await client.get(folder)).json()["label"] == f"label {number}"
        assert "hit" in (await client.get(folder)).headers["cache-status"]


async def test_what_several_sockets_bring_is_applied_once(
    demo: DemoServer, proxy: RunningProxy, direct: httpx.AsyncClient
) -> None:
    folder = f"/api/projects/{FILM}/folders/{next(iter(demo.studio.projects[FILM].folders))}"
    invalidator = proxy.assembled.cache.invalidator
    async with (
        listening(proxy.url, SERVICE_KEY, demo.studio) as one,
        listening(proxy.url, SERVICE_KEY, demo.studio) as another,
    ):
        demo.studio.events.dispatch("test.quiet", store=False)
        await asyncio.gather(one.next("test.quiet"), another.next("test.quiet"))
        before = invalidator.applied
        await direct.patch(folder, json={"label": "once"})
        topic = "entity.folder.label_changed"
        heard = await asyncio.gather(one.next(topic), another.next(topic))
        demo.studio.events.dispatch("test.end", store=False)
        await asyncio.gather(one.next("test.end"), another.next("test.end"))
    assert heard[0] == heard[1]
    told = 2  # the label, the end
    assert invalidator.applied - before == told


async def test_the_token_of_a_logout_stays_between_upstream_and_its_user(
    demo: DemoServer, proxy: RunningProxy, direct: httpx.AsyncClient
) -> None:
    login = {"name": "artist", "password": PASSWORDS["artist"]}
    token = (await direct.post("/api/auth/login", json=login)).json()["token"]
    async with (
        listening(proxy.url, SERVICE_KEY, demo.studio) as relayed,
        listening(demo.url, SERVICE_KEY, demo.studio) as upstreams,
    ):
        headers = {"Authorization": f"Bearer {token}"}
        async with httpx.AsyncClient(base_url=demo.url, headers=headers) as artist:
            await artist.post("/api/auth/logout")
        told = await upstreams.next("auth.logout")
        frame = await relayed.next_frame()
        while "auth.logout" not in frame:
            frame = await relayed.next_frame()
    assert told["summary"] == {"token": token}
    assert token not in frame
