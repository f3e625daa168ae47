"""Events on their way to a client: applied first, in order, without the tokens of others.

Broken once: handing on before `apply` returns, applying what a client says, or what comes on an
add-on's socket, a frame encoded anew, leaving the token in.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from websockets.asyncio.client import connect
from websockets.asyncio.server import ServerConnection

from ayon_proxy.web import relayed_events
from tests.web.test_websocket import echo, relay, upstream

EVENT: dict[str, Any] = {"topic": "entity.folder.renamed", "id": "e1", "summary": {"entityId": "f"}}
FRAME = '{"topic": "entity.folder.renamed",  "id":"e1", "summary":{"entityId":"f"}}'
"""Spelled as no encoder would."""


@dataclass
class Applying:
    """What stands in for the invalidator: notes what it is told and waits as it is told to."""

    begun: list[Any] = field(default_factory=list)
    done: list[Any] = field(default_factory=list)
    first: asyncio.Event = field(default_factory=asyncio.Event)
    may_end: asyncio.Event = field(default_factory=asyncio.Event)

    async def __call__(self, event: Mapping[str, Any]) -> None:
        self.begun.append(event.get("id"))
        self.first.set()
        await self.may_end.wait()
        self.done.append(event.get("id"))


@pytest.fixture
def applying() -> Applying:
    applying = Applying()
    applying.may_end.set()
    return applying


@asynccontextmanager
async def told(applying: Applying, *frames: str | bytes, path: str = "/ws") -> AsyncIterator[Any]:
    """A client before a relay before an upstream that says these frames, and then "the end"."""

    async def say(connection: ServerConnection) -> None:
        for frame in frames:
            await connection.send(frame)
        await connection.send("the end")
        await connection.wait_closed()

    async with (
        upstream(say, max_size=None) as address,
        relay(f"http://{address}", apply=applying) as proxy,
        connect(f"ws://{proxy}{path}", max_size=None) as client,
    ):
        yield client


async def test_an_event_is_handed_on_as_it_came_when_it_has_been_applied(
    applying: Applying,
) -> None:
    applying.may_end.clear()
    async with told(applying, FRAME) as client:
        receiving = asyncio.ensure_future(client.recv())
        await applying.first.wait()
        await client.ping()
        await asyncio.sleep(0)
        assert not receiving.done()
        applying.may_end.set()
        assert await receiving == FRAME
        assert applying.done == ["e1"]


async def test_a_slow_event_is_not_overtaken(applying: Applying) -> None:
    applying.may_end.clear()
    frames = [json.dumps({**EVENT, "id": str(number)}) for number in range(50)]
    async with told(applying, frames[0], b"between", "plain", *frames[1:]) as client:
        await applying.first.wait()
        assert applying.begun == ["0"]
        applying.may_end.set()
        received = [await client.recv() for _ in range(53)]
    assert received == [frames[0], b"between", "plain", *frames[1:], "the end"]
    assert applying.done == [str(number) for number in range(50)]


@pytest.mark.parametrize(
    "frame",
    [
        "",
        "not JSON",
        "[1,",
        "[" * 100_000,
        "17",
        "null",
        '["topic"]',
        "{}",
        '{"topic":5}',
        '{"id":"e1"}',
        b'{"topic":"entity.folder.renamed","id":"e1"}',
        "x" * (relayed_events.LONG + 1),
    ],
)
async def test_what_is_no_event_passes_and_is_not_applied(
    frame: str | bytes, applying: Applying
) -> None:
    async with told(applying, frame) as client:
        assert await client.recv() == frame
        assert await client.recv() == "the end"
    assert not applying.begun


async def test_a_long_event_is_applied_like_any_other(applying: Applying) -> None:
    frame = json.dumps({**EVENT, "description": "x" * relayed_events.LONG})
    async with told(applying, frame) as client:
        assert await client.recv() == frame
    assert applying.done == ["e1"]


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            {"topic": "auth.logout", "summary": {"token": "secret", "ž": "\ud800"}, "id": "l"},
            {"topic": "auth.logout", "summary": {"ž": "\ud800"}, "id": "l"},
        ),
        (
            {"topic": "auth.logout", "summary": {"token": {"deep": "secret"}}},
            {"topic": "auth.logout", "summary": {}},
        ),
    ],
)
async def test_the_token_of_a_logout_reaches_nobody(
    event: dict[str, Any], expected: dict[str, Any], applying: Applying
) -> None:
    async with told(applying, json.dumps(event)) as client:
        received = await client.recv()
    assert json.loads(received) == expected
    assert "secret" not in received
    assert len(applying.done) == 1


@pytest.mark.parametrize(
    "frame",
    [
        '{"topic":"auth.logout",  "summary":{}}',
        '{"topic":"auth.logout",  "summary":null}',
        '{"topic":"auth.login",  "summary":{"token":"of somebody\'s own making"}}',
    ],
)
async def test_what_tells_no_secret_keeps_its_bytes(frame: str, applying: Applying) -> None:
    async with told(applying, frame) as client:
        assert await client.recv() == frame


async def test_what_comes_on_an_addons_socket_is_not_applied(applying: Applying) -> None:
    logout = '{"topic":"auth.logout","summary":{"token":"its own affair"}}'
    async with told(applying, FRAME, logout, path="/api/addons/chat/1.0/ws") as client:
        assert await client.recv() == FRAME
        assert await client.recv() == logout
    assert not applying.begun


async def test_a_client_is_not_upstream(applying: Applying) -> None:
    said = asyncio.Event()

    async def listen(connection: ServerConnection) -> None:
        assert await connection.recv() == FRAME
        said.set()

    async with (
        upstream(listen) as address,
        relay(f"http://{address}", apply=applying) as proxy,
        connect(f"ws://{proxy}/ws") as client,
    ):
        await client.send(FRAME)
        await said.wait()
        await client.wait_closed()
    assert not applying.begun


async def test_without_an_invalidator_events_pass_like_everything_else() -> None:
    async with (
        upstream(echo) as address,
        relay(f"http://{address}") as proxy,
        connect(f"ws://{proxy}/ws") as client,
    ):
        await client.send(FRAME)
        assert await client.recv() == FRAME
