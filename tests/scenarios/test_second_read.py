"""The second read, begun when the first has been read to its end, asks upstream nothing.

Not even in the moment in which the answer is on its way to the disk.
"""

from __future__ import annotations

import httpx
import pytest

from ayon_proxy.demo.film import FILM
from ayon_proxy.demo.running import DemoServer
from tests.support.packages import add_package, pseudo_random


@pytest.mark.parametrize("connection", ["keep-alive", "close"])
async def test_of_an_entity(demo: DemoServer, client: httpx.AsyncClient, connection: str) -> None:
    client.headers["connection"] = connection
    second = []
    for folder in demo.studio.projects[FILM].folders:
        for _ in range(2):
            answer = await client.get(f"/api/projects/{FILM}/folders/{folder}")
        second.append(answer.headers["cache-status"])
    assert [it.partition("; ttl")[0] for it in second] == ["ayon-proxy; hit"] * len(second)
    asked = [it for it in demo.requests if not it.path.startswith("/api/users/me")]
    assert len(asked) == len(second)


async def test_of_a_file(demo: DemoServer, client: httpx.AsyncClient) -> None:
    for number in range(10):
        path = add_package(demo.studio, f"{number}.zip", pseudo_random(200_000 + number))
        first = await client.get(path)
        assert (await client.get(path)).content == first.content
    assert sum(it.path.endswith(".zip") for it in demo.requests) == 10
