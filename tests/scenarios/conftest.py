"""The whole proxy before the demo server, both on real sockets."""

from __future__ import annotations

from collections.abc import AsyncIterator
from copy import deepcopy
from pathlib import Path

import httpx
import pytest

from ayon_proxy.demo.film import SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
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
async def client(proxy: RunningProxy) -> AsyncIterator[httpx.AsyncClient]:
    """A client with the service key; `client.get("/api/…")` goes through the proxy."""
    headers = {"X-Api-Key": SERVICE_KEY}
    async with httpx.AsyncClient(base_url=proxy.url, headers=headers, timeout=30) as client:
        yield client
