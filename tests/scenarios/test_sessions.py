"""Who is served from the store stays signed in: AYON sees the session used, from where it is used.

Sessions end when nobody uses them for 72 hours, and when their token comes from another address
without naming a site (upstream/server.md 3.2, 3.3). Both kill the session of a user who has done
nothing but ask this proxy, if the proxy asks too little, or in a name that is not the user's.

Broken once, to see the tests fail: proofs for ever, proofs without X-Forwarded-For, `/api/info`
forwarded each time, a site that is never signed in again.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import httpx
import pytest

from ayon_proxy.demo.clock import wall_clock
from ayon_proxy.demo.film import PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer, RecordedRequest
from tests.support.running_proxy import RunningProxy, running_proxy

RECHECK_SECONDS = 0.1
DEADLINE = 20.0
HERE, THERE = "8.8.4.4", "9.9.9.9"
"""Addresses of clients that are not private: sessions are bound to them."""
BUNDLES = "/api/bundles"
WORKSTATION = {
    "x-ayon-site-id": "site-one",
    "x-ayon-platform": "linux",
    "x-ayon-hostname": "host",
    "x-ayon-version": "1.2.0",
}


@pytest.fixture
async def proxy(demo: DemoServer, tmp_path: Path) -> AsyncIterator[RunningProxy]:
    """One that looks its callers up ten times in a second, behind a front that tells of them."""
    async with running_proxy(
        demo.url,
        tmp_path / "data",
        server={"trusted_proxies": ["127.0.0.1"]},
        recheck_seconds=RECHECK_SECONDS,
    ) as proxy:
        yield proxy


@asynccontextmanager
async def signed_in(
    url: str, name: str, address: str, **fields: str
) -> AsyncIterator[httpx.AsyncClient]:
    """A user at an address; the session is made through `url`, and bound to the address."""
    headers = {"X-Forwarded-For": address, **fields}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=30) as client:
        login = {"name": name, "password": PASSWORDS[name]}
        token = (await client.post("/api/auth/login", json=login)).json()["token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield client


def of(demo: DemoServer, client: httpx.AsyncClient) -> list[RecordedRequest]:
    """What upstream was asked with the client's credential."""
    own = client.headers["authorization"]
    return [each for each in demo.requests if each.headers.get("authorization") == own]


def proofs(demo: DemoServer, client: httpx.AsyncClient) -> list[RecordedRequest]:
    """How upstream was asked for the caller itself; nobody here asks for that."""
    return [each for each in of(demo, client) if each.path == "/api/users/me"]


async def proved(demo: DemoServer, client: httpx.AsyncClient, times: int) -> None:
    """Read something stored until upstream was asked for the caller so many times more."""
    enough = len(proofs(demo, client)) + times
    async with asyncio.timeout(DEADLINE):
        while len(proofs(demo, client)) < enough:
            answer = await client.get(BUNDLES)
            assert answer.status_code == 200
            assert answer.headers["cache-status"].startswith("ayon-proxy; hit")
            await asyncio.sleep(RECHECK_SECONDS / 10)


class Hand:
    """Upstream's clock, which is turned by hand."""

    def __init__(self) -> None:
        self.turned = timedelta()

    def __call__(self) -> datetime:
        return wall_clock() + self.turned


async def test_a_session_is_lost_when_upstream_sees_nothing_of_it(demo: DemoServer) -> None:
    hand = demo.studio.clock = Hand()
    async with signed_in(demo.url, "artist", HERE) as client:
        for hours, status in ((71, 200), (71, 200), (73, 401)):
            hand.turned += timedelta(hours=hours)
            assert (await client.get(BUNDLES)).status_code == status


async def test_a_user_who_reads_nothing_but_the_store_stays_signed_in(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    hand = demo.studio.clock = Hand()
    async with signed_in(proxy.url, "artist", HERE) as client:
        await client.get(BUNDLES)
        await proxy.assembled.cache.in_flight.idle()
        for _ in range(4):
            hand.turned += timedelta(hours=70)
            await proved(demo, client, 2)
        lately = of(demo, client)[1:]
        assert {each.path for each in lately} <= {"/api/users/me", "/api/users/me/permissions"} | {
            BUNDLES
        }
        assert sum(each.path == BUNDLES for each in of(demo, client)) == 1
        assert {each.status for each in lately} == {200}


async def test_upstream_is_asked_from_the_address_of_the_client_whoever_asks_beside_it(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    async with (
        signed_in(proxy.url, "artist", HERE) as artist,
        signed_in(proxy.url, "lighter", THERE) as lighter,
    ):
        for client in (artist, lighter):
            await client.get(BUNDLES)
        await proxy.assembled.cache.in_flight.idle()
        await asyncio.gather(*(proved(demo, client, 4) for client in (artist, lighter)))
        for client, address in ((artist, HERE), (lighter, THERE)):
            asked = of(demo, client)
            assert {each.headers["x-forwarded-for"] for each in asked} == {address}
            assert {each.status for each in asked} == {200}


async def test_a_workstation_that_moves_takes_its_session_along(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    async with signed_in(proxy.url, "artist", HERE, **WORKSTATION) as client:
        await client.get(BUNDLES)
        await proxy.assembled.cache.in_flight.idle()
        for address in (THERE, HERE):
            client.headers["X-Forwarded-For"] = address
            await proved(demo, client, 3)
            assert proofs(demo, client)[-1].headers["x-forwarded-for"] == address
        assert {each.headers.get("x-ayon-site-id") for each in proofs(demo, client)} == {"site-one"}
        assert (await client.get("/api/users/me")).status_code == 200


async def test_a_token_that_comes_from_elsewhere_ends_the_session_as_it_does_directly(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    async with signed_in(proxy.url, "artist", HERE) as client:
        await client.get(BUNDLES)
        client.headers["X-Forwarded-For"] = THERE
        answer = await client.get("/api/users/artist/sessions")
        assert (answer.status_code, "IP mismatch" in answer.json()["detail"]) == (401, True)


async def test_nobody_is_looked_up_who_asks_no_more(demo: DemoServer, proxy: RunningProxy) -> None:
    async with (
        signed_in(proxy.url, "artist", HERE) as gone,
        signed_in(proxy.url, "lighter", THERE) as there,
    ):
        for client in (gone, there):
            await client.get(BUNDLES)
        await proxy.assembled.cache.in_flight.idle()
        await proved(demo, gone, 2)
        await proved(demo, there, 3)
        before = len(of(demo, gone))
        await proved(demo, there, 5)
        assert len(of(demo, gone)) == before


def signed(demo: DemoServer) -> int:
    """How often upstream was told of a site."""
    return sum(
        each.path == "/api/info" and all(each.headers.get(name) for name in WORKSTATION)
        for each in demo.requests
    )


SAID_OF_A_SITE = {
    "the same": ({}, 0),
    "another host": ({"x-ayon-hostname": "other"}, 1),
    "another launcher": ({"x-ayon-version": "1.2.1"}, 2),
    "another system": ({"x-ayon-platform": "windows"}, 2),
    "another site": ({"x-ayon-site-id": "site-two"}, 2),
    "another user": ({"x-as-user": "artist"}, 2),
    "not all": ({"x-ayon-version": ""}, 0),
}
"""What a process says of its site that another has signed in → how often that may cross the line.
What makes or changes a record is asked for once more: the record may have changed twice."""


@pytest.mark.parametrize(("fields", "most"), SAID_OF_A_SITE.values(), ids=SAID_OF_A_SITE)
async def test_a_site_is_signed_in_once_for_all_processes_that_say_the_same(
    demo: DemoServer, proxy: RunningProxy, fields: dict[str, str], most: int
) -> None:
    headers = {"X-Api-Key": SERVICE_KEY, **WORKSTATION}
    async with httpx.AsyncClient(base_url=proxy.url, headers=headers, timeout=30) as client:
        for _ in range(2):  # a farm starts all at once
            answers = await asyncio.gather(*(client.get("/api/info") for _ in range(5)))
            assert {answer.status_code for answer in answers} == {200}
            await proxy.assembled.cache.in_flight.idle()
        before = signed(demo)
        assert before <= 2
        assert demo.studio.sites["site-one"]["users"] == ["service"]
        client.headers = httpx.Headers(
            {name: said for name, said in {**headers, **fields}.items() if said}
        )
        for _ in range(6):
            answer = await client.get("/api/info")
            assert answer.status_code == 200
        assert min(most, 1) <= signed(demo) - before <= most
        assert answer.json()["user"]["name"] == fields.get("x-as-user", "service")
        if most:
            shown = answer.json()["sites"][0]
            for name in WORKSTATION:
                member = {"x-ayon-site-id": "id"}.get(name, name.removeprefix("x-ayon-"))
                assert shown[member] == client.headers[name]


async def test_the_nodes_of_a_farm_that_are_one_site_do_not_sign_each_other_out(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    nodes = [WORKSTATION | {"x-ayon-hostname": f"node-{number}"} for number in range(10)]
    async with httpx.AsyncClient(base_url=proxy.url, timeout=30) as client:
        client.headers["X-Api-Key"] = SERVICE_KEY
        for _ in range(4):
            for node in nodes:
                answer = await client.get("/api/info", headers=node)
                assert answer.json()["sites"][0]["hostname"] == node["x-ayon-hostname"]
    assert signed(demo) <= len(nodes) + 1


async def test_a_site_that_another_launcher_has_made_its_own_is_signed_in_again(
    demo: DemoServer, proxy: RunningProxy
) -> None:
    headers = {"X-Api-Key": SERVICE_KEY, **WORKSTATION}
    async with httpx.AsyncClient(base_url=proxy.url, headers=headers, timeout=30) as client:
        for version in ("1.2.0", "1.2.1", "1.2.0"):
            for _ in range(3):
                await client.get("/api/info", headers={"x-ayon-version": version})
                await proxy.assembled.cache.in_flight.idle()
            assert demo.studio.sites["site-one"]["version"] == version
