"""`POST /api/resolve`: one upstream question for what is not known, merged in the batch's order."""

from __future__ import annotations

import httpx
import orjson

from ayon_proxy.demo.film import FILM
from ayon_proxy.demo.running import DemoServer

SHOTS = [f"ayon+entity://{FILM}/shots/sq010/sh00{number}0" for number in (1, 2, 3)]


async def resolve(client: httpx.AsyncClient, *uris: str) -> list[dict[str, object]]:
    answer = await client.post("/api/resolve", json={"resolveRoots": False, "uris": uris})
    assert answer.status_code == 200
    said: list[dict[str, object]] = answer.json()
    assert [one["uri"] for one in said] == list(uris)
    return said


def asked(demo: DemoServer) -> int:
    return sum(it.path == "/api/resolve" for it in demo.requests)


async def test_known_uris_are_answered_here_and_the_rest_in_one_question(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    async with httpx.AsyncClient(base_url=demo.url, headers=client.headers) as direct:
        expected = await resolve(direct, *SHOTS)
    demo.requests.clear()
    assert await resolve(client, SHOTS[1]) == [expected[1]]
    assert asked(demo) == 1
    assert await resolve(client, *SHOTS) == expected
    assert asked(demo) == 2
    assert await resolve(client, *reversed(SHOTS), SHOTS[0]) == [*reversed(expected), expected[0]]
    assert asked(demo) == 2


async def test_what_upstream_refuses_is_refused(client: httpx.AsyncClient) -> None:
    answer = await client.post("/api/resolve", json={"uris": "not a list"})
    assert answer.status_code == 400
    answer = await client.post("/api/resolve", content=b"{", headers={"x-api-key": "wrong"})
    assert answer.status_code in (400, 401)


async def test_the_answer_to_an_unknown_project_is_not_kept(
    demo: DemoServer, client: httpx.AsyncClient
) -> None:
    for _ in range(2):
        (said,) = await resolve(client, "ayon+entity://no_such_project/shots")
        assert orjson.dumps(said["error"])
    assert asked(demo) == 2
