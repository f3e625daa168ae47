"""Guests of the demo server are let in where the real one lets them, and shown as little.

Broken once, to see the tests fail: no route refused, invitations not looked at.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy

import httpx
import pytest

from ayon_proxy.demo.film import FILM, SECRET, SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio

PROJECT = f"/api/projects/{FILM}"


@pytest.fixture(scope="module")
def film() -> Studio:
    return small_film()


@pytest.fixture
async def guest(film: Studio) -> AsyncIterator[httpx.AsyncClient]:
    """One who is invited to the film."""
    async with (
        DemoServer(deepcopy(film)) as demo,
        httpx.AsyncClient(base_url=demo.url, headers={"x-api-key": SERVICE_KEY}) as service,
        httpx.AsyncClient(base_url=demo.url) as guest,
    ):
        email = "guest@film.example"
        sent = {"password": "guest", "data": {"isGuest": True}, "attrib": {"email": email}}
        await service.put("/api/users/guest", json=sent)
        await service.post(f"{PROJECT}/guests", json={"email": email})
        login = {"name": "guest", "password": "guest"}
        token = (await guest.post("/api/auth/login", json=login)).json()["token"]
        guest.headers["authorization"] = f"Bearer {token}"
        yield guest


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/users/me", 200),
        ("/api/users/me/permissions", 403),
        ("/api/bundles", 200),
        ("/api/settings", 403),
        ("/api/system/restartRequired", 200),
        (PROJECT, 200),
        (f"/api/projects/{SECRET}", 403),
        (f"{PROJECT}/anatomy", 403),
        (f"{PROJECT}/hierarchy", 403),
    ],
)
async def test_guests_are_let_in_where_upstream_lets_them(
    guest: httpx.AsyncClient, path: str, status: int
) -> None:
    assert (await guest.get(path)).status_code == status


async def test_guests_see_no_folders_and_nothing_of_how_a_project_is_set_up(
    guest: httpx.AsyncClient,
) -> None:
    assert (await guest.get(f"{PROJECT}/folders")).json()["folders"] == []
    shown = (await guest.get(PROJECT)).json()
    assert (shown["name"], shown["data"], shown["config"]) == (FILM, {}, {})
    query = f'{{project(name: "{FILM}") {{name data config folders {{edges {{node {{id}}}}}}}}}}'
    found = (await guest.post("/graphql", json={"query": query})).json()["data"]["project"]
    assert found == {"name": FILM, "data": None, "config": None, "folders": {"edges": []}}
