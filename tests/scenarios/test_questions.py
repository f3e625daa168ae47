"""GraphQL questions from client processes, and bodies of any kind in their place.

Broken once, to see them fail: ids in the order in which they were asked for; what cannot be parsed
raises.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from copy import deepcopy
from typing import TypeAlias

import httpx
import pytest
import pytest_asyncio

from ayon_proxy.demo.film import FILM
from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from tests.support.asking_process import told_to_process
from tests.support.proxy_process import ProxyProcess, proxy_process

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEEP = 10_000
LONG = 1_000_000
_NAME = '{ project(name: "little_film") { name } }'

BODIES = {
    "empty": b"",
    "invalid UTF-8": b'{"query": "{ projects { edges { node { name \xff\xfe } } } }"}',
    "no JSON": b"query { projects }",
    "a JSON array": b"[1, 2, 3]",
    "a list of questions": json.dumps([{"query": _NAME}, {"query": _NAME}]).encode(),
    "a number": b"42",
    "null": b"null",
    "no query in it": b'{"variables": {}}',
    "a query that is none": b'{"query": 5}',
    "an empty query": b'{"query": ""}',
    "half a query": b'{"query": "{ project(name:"}',
    "a field that nobody knows": b'{"query": "{ nothing }"}',
    "a mutation": b'{"query": "mutation M { deleteEverything(force: true) { id } }"}',
    "a subscription": b'{"query": "subscription S { events { id } }"}',
    "two operations and no name": b'{"query": "query A { me { name } } query B { me { name } }"}',
    "variables that are none": json.dumps({"query": _NAME, "variables": [1]}).encode(),
    "a long comment": json.dumps({"query": _NAME + "#" + "x" * LONG}).encode(),
    "a long variable": json.dumps({"query": _NAME, "variables": {"x": "y" * LONG}}).encode(),
    "many fields": json.dumps({"query": "{" + " me { name }" * 300 + "}"}).encode(),
    "a long body that is no JSON": b"\x00" * LONG,
    "deep JSON": b"[" * DEEP + b"]" * DEEP,
    "deep variables": b'{"query": "{ me { name } }", "variables": '
    + b'{"a":' * DEEP
    + b"1"
    + b"}" * DEEP
    + b"}",
    "a deep query": json.dumps({"query": "{ a " * DEEP + "}" * DEEP}).encode(),
    "a deep list": json.dumps(
        {"query": "{ project(name: " + "[" * DEEP + "]" * DEEP + ") { name } }"}
    ).encode(),
}
AGAIN = 200
"""Bodies, each another one, after which memory is looked at."""
GROWTH = 5_000_000
"""Bytes: a few of the longest bodies, of which 25 MB are sent."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def demo(film: Studio) -> AsyncIterator[DemoServer]:
    async with DemoServer(deepcopy(film)) as demo:
        yield demo


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def proxy(
    demo: DemoServer, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ProxyProcess]:
    async with proxy_process(demo.url, tmp_path_factory.mktemp("questions")) as proxy:
        yield proxy


Post: TypeAlias = Callable[[str, bytes], Awaitable[tuple[int, str, bytes]]]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def posted() -> AsyncIterator[Post]:
    """Status, media type and content of the answer to a body."""
    headers = {"x-api-key": SERVICE_KEY, "content-type": "application/json"}
    # Upstream closes what has been idle for 5 s; so would httpx, and one may come first.
    limits = httpx.Limits(keepalive_expiry=2)
    async with httpx.AsyncClient(headers=headers, timeout=60, limits=limits) as client:

        async def post(url: str, body: bytes) -> tuple[int, str, bytes]:
            answer = await client.post(f"{url}/graphql", content=body)
            return answer.status_code, answer.headers.get("content-type", ""), answer.content

        yield post


async def test_two_processes_ask_upstream_once(demo: DemoServer, proxy: ProxyProcess) -> None:
    def asked() -> int:
        return sum(each.path == "/graphql" for each in demo.requests)

    none = asked()
    first = await told_to_process(proxy.url, SERVICE_KEY, FILM, 1)
    by_the_first = asked() - none
    assert by_the_first >= len(first)
    second = await told_to_process(proxy.url, SERVICE_KEY, FILM, 2)
    assert asked() == none + by_the_first
    assert all(first.values())
    assert by_id(first) == by_id(second)


def by_id(found: dict[str, list[dict[str, object]]]) -> dict[str, dict[object, object]]:
    return {name: {each["id"]: each for each in nodes} for name, nodes in found.items()}


@pytest.mark.parametrize("kind", BODIES)
async def test_a_body_of_any_kind_is_answered_as_upstream_would(
    demo: DemoServer, proxy: ProxyProcess, posted: Post, kind: str
) -> None:
    through = await posted(proxy.url, BODIES[kind])
    direct = await posted(demo.url, BODIES[kind])
    assert through == direct
    assert (await posted(proxy.url, b'{"query": "{ me { name } }"}'))[0] == 200


async def test_bodies_of_any_kind_leave_nothing_behind(proxy: ProxyProcess, posted: Post) -> None:
    kinds = list(BODIES.values())
    for body in kinds:
        await posted(proxy.url, body)
    before = proxy.own_bytes
    sent = 0
    for number in range(AGAIN):
        body = kinds[number % len(kinds)].replace(b"xxxxxxxx", b"%08d" % number, 1)
        sent += len(body)
        await posted(proxy.url, body)
    grown = proxy.own_bytes - before
    print(f"{AGAIN} bodies, {sent / 1e6:.0f} MB: {grown / 1e6:+.1f} MB")
    assert grown < GROWTH
    assert proxy.complaints() == []
