"""A proxy that starts while upstream is away (issue line 7) serves what is stored, to whom it was
given, and nothing else; it is as before as soon as upstream is back.

Broken once, to see it fail: proofs of callers that a restart forgets.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest

from ayon_proxy.demo.film import FILM, PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.support.proxy_process import DEADLINE, ProxyProcess, proxy_process

PROJECT = f"/api/projects/{FILM}"
AT_ONCE = 4.0
"""Seconds in which what is stored is given, whatever upstream does: the two of WAIT_SECONDS, and
as much for a busy machine."""

FOUND_OUT = 20.0
"""Seconds until an upstream that takes connections and never answers is known to be away: eight,
in which something that has changed since it was stored has to be waited for."""

AWAY = ["refuses", "hangs", "answers 503"]


class Read(NamedTuple):
    """A question that starts workstations and farm jobs."""

    path: str
    query: str | None = None

    async def ask(self, client: httpx.AsyncClient, headers: Mapping[str, str]) -> httpx.Response:
        if self.query is None:
            return await client.get(self.path, headers=headers)
        return await client.post(self.path, headers=headers, json={"query": self.query})

    async def stored(self, client: httpx.AsyncClient, headers: Mapping[str, str]) -> httpx.Response:
        """The first answer from the store: whoever is new has been proved by then."""
        async with asyncio.timeout(DEADLINE):
            while True:
                answer = await self.ask(client, headers)
                assert answer.status_code == 200, (self.path, answer.text)
                if answer.headers["cache-status"].startswith("ayon-proxy; hit"):
                    return answer


def reads(demo: DemoServer) -> list[Read]:
    """REST, GraphQL, a picture, a file."""
    film = demo.studio.projects[FILM]
    shot = next(each for each in film.folders.values() if each.thumbnail_id)
    names = f'{{ project(name: "{FILM}") {{ folders {{ edges {{ node {{ id name }} }} }} }} }}'
    return [
        Read("/api/users/me"),
        Read("/api/projects"),
        Read(PROJECT),
        Read(f"{PROJECT}/folders/{shot.id}"),
        Read(f"{PROJECT}/folders/{shot.id}/thumbnail"),
        Read("/api/bundles"),
        Read("/api/attributes"),
        Read("/addons/film_tools/1.0.0/private/client.zip"),
        Read("/graphql", names),
    ]


async def callers(client: httpx.AsyncClient) -> dict[str, dict[str, str]]:
    """Header fields by who sends them."""
    login = {"name": "artist", "password": PASSWORDS["artist"]}
    token = (await client.post("/api/auth/login", json=login)).json()["token"]
    return {
        "service": {"X-Api-Key": SERVICE_KEY},
        "farm": {"X-Api-Key": SERVICE_KEY, "X-As-User": "artist"},
        "artist": {"Authorization": f"Bearer {token}"},
    }


def be_away(demo: DemoServer, how: str) -> None:
    match how:
        case "refuses":
            demo.faults.go_down()
        case "hangs":
            demo.faults.add(".", "hang")
        case _:
            demo.faults.add(".", "status", status=503)


@asynccontextmanager
async def serving(demo: DemoServer, data_dir: Path) -> AsyncIterator[ProxyProcess]:
    """With the feed, as a studio has it."""
    async with proxy_process(demo.url, data_dir, upstream__api_key=SERVICE_KEY) as proxy:
        yield proxy


def said(answer: httpx.Response) -> object:
    """What it says, without what is taken out of what is stored."""
    if not answer.headers.get("content-type", "").startswith("application/json"):
        return answer.content
    shown = answer.json()
    if isinstance(shown, dict) and isinstance(shown.get("data"), dict):
        data = shown["data"]
        shown["data"] = {each: data[each] for each in data if not each.startswith("apiKey")}
    return json.dumps(shown, sort_keys=True)


@pytest.mark.parametrize("how", AWAY)
async def test_it_serves_whom_it_has_served_what_it_has_served(
    demo: DemoServer, tmp_path: Path, how: str
) -> None:
    asked = reads(demo)
    given: dict[tuple[str, Read], object] = {}
    async with (
        serving(demo, tmp_path) as proxy,
        httpx.AsyncClient(base_url=proxy.url, timeout=DEADLINE) as client,
    ):
        await proxy.logged("feed_live")
        known = await callers(client)
        for name, headers in known.items():
            for read in asked:
                answer = await read.stored(client, headers)
                given[name, read] = said(answer)
        await client.get("/api/info", headers=known["artist"])
        await client.get("/api/info")
        assert await proxy.stop() == 0

    be_away(demo, how)
    async with (
        serving(demo, tmp_path) as proxy,
        httpx.AsyncClient(base_url=proxy.url, timeout=AT_ONCE) as client,
    ):
        await client.get("/api/users/me", headers=known["service"], timeout=FOUND_OUT)
        for name, headers in known.items():
            for read in asked:
                answer = await read.ask(client, headers)
                assert answer.status_code == 200, (name, read, answer.text)
                assert said(answer) == given[name, read]
                assert answer.headers["cache-status"].startswith("ayon-proxy; hit")
        assert (await client.get("/api/info")).json()["version"] == demo.studio.version

        # Nobody else is served, nothing is made up.
        strangers: tuple[dict[str, str], ...] = (
            {},
            {"X-Api-Key": "guessed" * 4},
            {"X-Api-Key": SERVICE_KEY, "X-As-User": "x"},
        )
        for headers in strangers:
            assert (await client.get(PROJECT, headers=headers)).status_code == 504
        for headers in known.values():
            never = await client.get(f"{PROJECT}/folders/{'0' * 32}", headers=headers)
            assert never.status_code == 504
        assert never.json()["code"] == 504
        write = await client.patch(f"{PROJECT}/folders/{'0' * 32}", json={}, headers=known["farm"])
        assert write.status_code in {503, 504}

        demo.faults.clear()
        if how == "refuses":
            await demo.faults.come_back()
        await proxy.logged("upstream_online")
        await proxy.logged("feed_live")
        demo.requests.clear()
        answer = await client.get(f"{PROJECT}/folders/{'0' * 32}", headers=known["service"])
        assert answer.status_code == 404
        assert proxy.events("error", "critical") == []
