"""Upstream is away: what this credential was given is given again, nothing is pretended (G5)."""

from __future__ import annotations

import httpx
import pytest

from ayon_proxy.demo.film import FILM, PASSWORDS
from ayon_proxy.demo.running import DemoServer
from tests.support.running_proxy import RunningProxy

PROJECT = f"/api/projects/{FILM}"


async def test_what_is_stored_is_given_marked(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient
) -> None:
    online = await client.get(PROJECT)
    await proxy.assembled.cache.in_flight.idle()
    demo.faults.go_down()
    answer = await client.get(PROJECT, headers={"cache-control": "no-cache"})
    assert answer.json() == online.json()
    assert answer.headers["cache-status"] == "ayon-proxy; hit; detail=offline"


@pytest.mark.parametrize("method", ["GET", "POST", "PATCH", "DELETE", "PUT"])
async def test_what_is_not_stored_and_every_write_get_504_and_a_sentence(
    demo: DemoServer, client: httpx.AsyncClient, method: str
) -> None:
    demo.faults.go_down()
    for _ in range(2):
        answer = await client.request(method, f"{PROJECT}/folders/{'0' * 32}")
        assert answer.status_code == 504
        assert answer.headers["content-type"] == "application/json"
        assert answer.json()["code"] == 504
        assert "can't be reached (since 20" in answer.json()["detail"]


async def test_another_credential_is_given_nothing(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    login = {"name": "artist", "password": PASSWORDS["artist"]}
    token = (await client.post("/api/auth/login", json=login)).json()["token"]
    await client.get(PROJECT)
    demo.faults.go_down()
    del client.headers["x-api-key"]
    for headers in ({}, {"Authorization": f"Bearer {token}"}, {"X-Api-Key": "guessed"}):
        answer = await client.get(PROJECT, headers=headers)
        assert answer.status_code == 504


async def test_the_first_request_after_its_return_is_answered_by_upstream(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    await client.get(PROJECT)
    demo.faults.go_down()
    assert (await client.get("/api/bundles")).status_code == 504
    status = (await client.get("/-/status")).json()
    assert status["upstream"]["state"] == "offline"
    assert status["upstream"]["last_error"]
    await demo.faults.come_back()
    while (answer := await client.get("/api/bundles")).status_code == 504:
        continue
    assert answer.status_code == 200
    assert (await client.get("/-/status")).json()["upstream"]["state"] == "online"
