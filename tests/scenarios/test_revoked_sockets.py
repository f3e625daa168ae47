"""Websockets of callers whose session is over, or whose rights have changed, are closed: upstream
itself goes on feeding them (upstream/server.md 2.1).

Broken once: the message that opens a session not seen, a logout heard of by no socket, rights that
change without an event not looked for, all sockets closed for the sake of one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from ayon_proxy.demo.film import FILM, PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.web.websocket import OVER
from tests.support.listening_client import ListeningClient, listening
from tests.support.running_proxy import RunningProxy, running_proxy

Act = Callable[[httpx.AsyncClient, str], Awaitable[object]]
RECHECK = 0.5


@pytest.fixture
async def proxy(demo: DemoServer, tmp_path: Path) -> AsyncIterator[RunningProxy]:
    async with running_proxy(demo.url, tmp_path / "data", recheck_seconds=RECHECK) as proxy:
        yield proxy


async def token_of(demo: DemoServer, name: str) -> str:
    async with httpx.AsyncClient(base_url=demo.url) as client:
        login = {"name": name, "password": PASSWORDS[name]}
        token: str = (await client.post("/api/auth/login", json=login)).json()["token"]
        return token


async def log_out(service: httpx.AsyncClient, token: str) -> None:
    url = f"{service.base_url}/api/auth/logout"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as client:
        assert (await client.post(url)).status_code == 200


async def deactivate(service: httpx.AsyncClient, _token: str) -> None:
    answer = await service.patch("/api/users/artist", json={"active": False})
    assert answer.is_success


async def take_the_project_away(service: httpx.AsyncClient, _token: str) -> None:
    groups: dict[str, dict[str, list[str]]] = {"accessGroups": {FILM: []}}
    answer = await service.patch("/api/users/artist", json={"data": groups})
    assert answer.is_success


async def ended(listener: ListeningClient) -> int | None:
    """The code with which the socket is closed."""
    async with asyncio.timeout(10):
        try:
            while True:
                await listener.socket.recv()
        except ConnectionClosed as closed:
            return None if closed.rcvd is None else closed.rcvd.code


@pytest.mark.parametrize("act", [log_out, deactivate, take_the_project_away])
async def test_the_socket_is_closed_and_no_other(
    demo: DemoServer, proxy: RunningProxy, act: Act
) -> None:
    token = await token_of(demo, "artist")
    headers = {"X-Api-Key": SERVICE_KEY}
    async with (
        httpx.AsyncClient(base_url=demo.url, headers=headers, timeout=30) as service,
        listening(proxy.url, token, demo.studio) as artist,
    ):
        await service.get("/api/users/me")  # a key that was never used has no session
        async with listening(proxy.url, SERVICE_KEY, demo.studio) as other:
            credentials = proxy.assembled.cache.credentials
            async with asyncio.timeout(10):
                while sum(each.proof is not None for each in credentials.callers.values()) < 2:
                    await service.get("/api/info")
            await act(service, token)

            assert await ended(artist) == OVER.code
            await asyncio.sleep(3 * RECHECK)
            demo.studio.events.dispatch("test.alive", store=False)
            assert await other.next("test.alive")


async def test_a_socket_whose_rights_stay_stays_open(demo: DemoServer, proxy: RunningProxy) -> None:
    token = await token_of(demo, "artist")
    async with listening(proxy.url, token, demo.studio) as artist:
        await asyncio.sleep(5 * RECHECK)
        demo.studio.events.dispatch("test.alive", store=False)
        assert await artist.next("test.alive")
        assert proxy.assembled.cache.credentials.rechecks > 2


async def test_one_that_upstream_does_not_know_is_left_to_upstream_or_closed(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    """AYON closes it, too, some seconds later."""
    async with httpx.AsyncClient() as client:
        assert (await client.get(f"{proxy.url}/-/healthy")).status_code == 200

    async with connect(proxy.url.replace("http", "ws", 1) + "/ws") as socket:
        await socket.send('{"topic":"auth","token":"made up","subscribe":["*"]}')
        await socket.send('{"topic":"auth","token":"madeup","subscribe":["*"]}')
        assert await ended(ListeningClient(socket)) in {1000, OVER.code}
