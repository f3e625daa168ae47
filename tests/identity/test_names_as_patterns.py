"""Upstream takes `_` in a project's name for any character: of two projects that match, each caller
is answered for the first that they may enter.

Broken once, to see it fail: only the project of just that name looked at.
"""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from ayon_proxy.demo.film import FILM, SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer
from tests.support.film_copies import copied
from tests.support.running_proxy import running_proxy

BESIDE = FILM.replace("_", "A")
"""Comes before it, and matches its name."""


@pytest.mark.parametrize("first", ["both", "one"])
async def test_who_may_enter_both_and_who_may_enter_one_are_not_given_the_same(
    first: str, tmp_path: Path
) -> None:
    studio = small_film()
    studio.projects[BESIDE] = copied(studio.projects[FILM], BESIDE)
    query = {"query": f'{{project(name: "{FILM}") {{name}}}}'}
    async with (
        DemoServer(studio) as demo,
        running_proxy(demo.url, tmp_path / "data") as proxy,
        httpx.AsyncClient(base_url=demo.url, headers={"x-api-key": SERVICE_KEY}) as service,
        httpx.AsyncClient(base_url=proxy.url) as client,
    ):
        shown = {}
        for name in ("both", "one"):
            groups = {each: ["artist"] for each in (FILM, *([BESIDE] if name == "both" else ()))}
            sent = {"password": name, "data": {"accessGroups": groups}}
            await service.put(f"/api/users/{name}", json=sent)
        for name in (first, "both", "one", first):
            login = {"name": name, "password": name}
            token = (await client.post("/api/auth/login", json=login)).json()["token"]
            fields = {"authorization": f"Bearer {token}"}
            answer = await client.post("/graphql", json=query, headers=fields)
            shown[name] = answer.json()["data"]["project"]["name"]
    assert shown == {"both": BESIDE, "one": FILM}
