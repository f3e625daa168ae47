"""The demo server comes up on a socket, notes what reaches it, and leaves nothing behind."""

from __future__ import annotations

import asyncio

import httpx
import pytest

from ayon_proxy.demo.film import SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from tests.demo.listening import stage


async def test_every_request_is_noted_in_order_with_what_was_sent() -> None:
    async with DemoServer(Studio()) as demo, httpx.AsyncClient(base_url=demo.url) as client:
        found = await client.get("/api/info?full=1", headers={"x-test": "yes"})
        await client.get("/api/nope")
        noted = [(r.method, r.path, r.query, r.status) for r in demo.requests]
        assert noted == [("GET", "/api/info", "full=1", 200), ("GET", "/api/nope", "", 404)]
        assert demo.requests[0].headers["x-test"] == "yes"
        assert demo.requests[0].bytes_sent == len(found.content)


async def test_a_port_in_use_is_an_os_error() -> None:
    async with DemoServer(Studio()) as first:
        with pytest.raises(OSError, match="in use"):
            await DemoServer(Studio(), port=first.port).__aenter__()


async def test_it_leaves_while_clients_are_connected_and_no_task_stays() -> None:
    before = asyncio.all_tasks()
    async with asyncio.timeout(5):
        async with stage() as on, on.listening():
            await on.client.get("/api/users/me")
            address = on.demo.url
    async with httpx.AsyncClient() as client:
        with pytest.raises(httpx.ConnectError):
            await client.get(address)
    assert asyncio.all_tasks() == before


async def test_studios_do_not_share_state() -> None:
    one, other = small_film(), small_film()
    name = next(iter(one.projects))
    folder = next(iter(one.projects[name].folders.values()))
    async with DemoServer(one) as demo, httpx.AsyncClient(base_url=demo.url) as client:
        path = f"/api/projects/{name}/folders/{folder.id}"
        change = {"data": {"a": 1}, "attrib": {"fps": 1}}
        await client.patch(path, json=change, headers={"x-api-key": SERVICE_KEY})
    assert one.projects[name].folders[folder.id].data == {"a": 1}
    assert other.projects[name].folders[folder.id].data == {}
