"""`/` and `/api/info`, which every client asks first, and with whatever: stored, and ready offline.

What strangers are told is the same for all of them. The proxy keeps it ready by itself: for whoever
comes first while upstream is away, and for keys that are tried as tokens. What a known caller is
told stands in for what it would be told at another workstation.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from ayon_proxy.demo.film import PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.people import stored_hash
from ayon_proxy.demo.running import DemoServer
from tests.scenarios.test_sessions import WORKSTATION
from tests.support.proxy_process import proxy_process
from tests.support.running_proxy import RunningProxy

PATHS = ("/", "/api/info")
HIT, OFFLINE = "ayon-proxy; hit", "ayon-proxy; hit; detail=offline"
REFUSED: dict[str, dict[str, str]] = {
    "nobody": {},
    "nobody at a workstation": WORKSTATION,
    "a key as a token": {"Authorization": f"Bearer {SERVICE_KEY}", **WORKSTATION},
    "a guess": {"X-Api-Key": "guessed", **WORKSTATION, "x-ayon-hostname": "elsewhere"},
    "an old token": {"Authorization": f"Bearer {'0' * 64}"},
    "an old cookie": {"Cookie": f"accessToken={'0' * 64}"},
}


def strangers(answer: httpx.Response) -> Any:
    """What an answer says to strangers; the uptime runs."""
    if "json" not in answer.headers["content-type"]:
        return answer.content
    said = answer.json()
    assert "user" not in said
    assert "sites" not in said
    return {name: value for name, value in said.items() if name != "uptime"}


async def quiet(proxy: RunningProxy) -> None:
    await proxy.assembled.cache.in_flight.idle()


@pytest.mark.parametrize("path", PATHS)
async def test_what_strangers_are_told_is_asked_once_for_all_of_them(
    demo: DemoServer, proxy: RunningProxy, path: str
) -> None:
    async with httpx.AsyncClient(base_url=proxy.url) as client:
        first = await client.get(path)
        await quiet(proxy)
        for headers in ({}, WORKSTATION, {"Authorization": f"Bearer {SERVICE_KEY}"}):
            again = await client.get(path, headers=headers)
            assert strangers(again) == strangers(first)
        again = await client.get(path)
        assert again.headers["cache-status"].startswith(HIT)


async def test_what_a_user_is_told_is_stored_without_the_hash(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    digest = stored_hash(PASSWORDS["artist"])
    async with httpx.AsyncClient(base_url=proxy.url, headers=WORKSTATION) as client:
        login = {"name": "artist", "password": PASSWORDS["artist"]}
        token = (await client.post("/api/auth/login", json=login)).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        first = await client.get("/api/info")
        for _ in range(2):  # who signs a site in drops what was told of sites, once more
            await quiet(proxy)
            again = await client.get("/api/info")
        directly = await client.get(f"{demo.url}/api/info")
    assert directly.json()["user"]["data"]["password"] == digest
    assert again.headers["cache-status"].startswith(HIT)
    assert digest not in again.text
    expected = directly.json()
    del expected["user"]["data"]["password"]
    for told in (expected, again.json(), first.json()):
        told.pop("uptime")
    assert again.json() | {"uptime": 0} == expected | {"uptime": 0}


async def test_strangers_are_told_offline_what_the_proxy_has_asked_for_by_itself(
    demo: DemoServer, tmp_path: Path
) -> None:
    async with httpx.AsyncClient() as client:
        directly = {path: strangers(await client.get(demo.url + path)) for path in PATHS}

        async def told(url: str) -> None:
            for headers in REFUSED.values():
                for path in PATHS:
                    answer = await client.get(url + path, headers=headers)
                    assert answer.status_code == 200
                    assert strangers(answer) == directly[path]
                    assert answer.headers["cache-status"].startswith(HIT)
                refused = await client.get(f"{url}/api/users/me", headers=headers)
                assert refused.status_code == 504

        async with proxy_process(demo.url, tmp_path / "data", log__level="debug") as proxy:
            await proxy.logged("ready_for_strangers")
            demo.faults.go_down()
            await told(proxy.url)
            assert await proxy.stop() == 0
        async with proxy_process(demo.url, tmp_path / "data") as proxy:
            await told(proxy.url)


async def test_a_known_caller_is_told_offline_at_a_workstation_that_is_new_what_it_was_told_before(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    headers = {"X-Api-Key": SERVICE_KEY, **WORKSTATION}
    async with httpx.AsyncClient(base_url=proxy.url, headers=headers) as client:
        assert (await client.get("/api/users/me")).status_code == 200
        before = await client.get("/api/info")
        await quiet(proxy)
        demo.faults.go_down()
        client.headers["x-ayon-hostname"] = "another node"
        answer = await client.get("/api/info")
        assert answer.status_code == 200
        assert answer.json()["user"]["name"] == before.json()["user"]["name"] == "service"
        assert answer.headers["cache-status"] == OFFLINE


async def test_nobody_is_called_unknown_while_upstream_can_not_be_asked(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    demo.faults.go_down()
    async with httpx.AsyncClient(base_url=proxy.url) as client:
        for headers in REFUSED.values():
            for method in ("GET", "POST", "PATCH", "DELETE"):
                answer = await client.request(method, "/api/users/me", headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (504, 504)


async def test_a_site_that_is_signed_in_makes_nothing_old_that_strangers_are_told(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    async with httpx.AsyncClient(base_url=proxy.url) as client:
        await client.get("/api/info")
        await quiet(proxy)
        await client.get("/api/info", headers={"X-Api-Key": SERVICE_KEY, **WORKSTATION})
        again = await client.get("/api/info")
        assert again.headers["cache-status"].startswith(HIT)
