"""The demo server, the proxy before it, and who asks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from copy import deepcopy
from pathlib import Path

import httpx
import pytest

from ayon_proxy.demo.film import FILM, PASSWORDS, SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from tests.clients.discovery import subjects_of
from tests.clients.identities import Identity
from tests.clients.storable import Asked
from tests.clients.subjects import Subjects
from tests.clients.working import work_on
from tests.support.running_proxy import RunningProxy, running_proxy


@pytest.fixture(scope="session")
def film() -> Studio:
    """Drawn once: its pictures take longer than most tests."""
    return small_film()


@pytest.fixture
async def demo(film: Studio) -> AsyncIterator[DemoServer]:
    async with DemoServer(deepcopy(film)) as demo:
        yield demo


@pytest.fixture
async def proxy(demo: DemoServer, tmp_path: Path) -> AsyncIterator[RunningProxy]:
    async with running_proxy(demo.url, tmp_path / "data") as proxy:
        yield proxy


@pytest.fixture
async def identity(demo: DemoServer, request: pytest.FixtureRequest) -> Identity:
    """The one whose name the test is parametrized with."""
    return await identity_of(request.param, demo)


@pytest.fixture
async def everybody(demo: DemoServer) -> dict[str, Identity]:
    """All who have different rights."""
    names = ("service", "service as artist", "admin", "artist", "lighter")
    return {name: await identity_of(name, demo) for name in names}


async def identity_of(name: str, demo: DemoServer) -> Identity:
    """A user of the film, who signs in; or its service, for itself or for a user."""
    if name == "service":
        return Identity(SERVICE_KEY)
    if name.startswith("service as "):
        return Identity(SERVICE_KEY, as_user=name.removeprefix("service as "))
    async with httpx.AsyncClient(base_url=demo.url) as client:
        login = {"name": name, "password": PASSWORDS[name]}
        return Identity((await client.post("/api/auth/login", json=login)).json()["token"])


@pytest.fixture
async def subjects(demo: DemoServer) -> Subjects:
    """What the film has, after something has happened in it."""

    def found() -> Subjects:
        connection = Identity(SERVICE_KEY).connect(demo.url)
        work_on(connection, subjects_of(connection, FILM))
        return subjects_of(connection, FILM)

    return await asyncio.to_thread(found)


@pytest.fixture
async def asked(demo: DemoServer, proxy: RunningProxy) -> Callable[[], list[str]]:
    """For a thread beside the loop: the storable things that the demo server was newly asked."""
    return Asked(demo, proxy, asyncio.get_running_loop())
