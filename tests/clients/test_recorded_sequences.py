"""Recorded boots and tool sessions, sent directly and through the proxy, in step.

Each goes to a demo server of its own, since tools write: the two studios begin as equals, and
what either makes up for itself (ids) is known from its answers to writes.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from copy import deepcopy
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from tests.clients.outcomes import plain
from tests.clients.storable import is_storable
from tests.demo.comparing import differences
from tests.demo.corpus import (
    AVAILABLE,
    Record,
    document,
    request_body,
    request_headers,
    request_target,
    requires_corpus,
)
from tests.demo.test_sequences import BOOTS, studio_at, studio_before
from tests.support.running_proxy import RunningProxy, running_proxy

SESSIONS = document("tool_sessions.json")["sessions"] if AVAILABLE else []
READING = {"loader", "inventory"}
NEW_IDS = ("id", "fileId", "activityId")
"""Names of ids that a server makes up, in answers to writes."""
MADE_BY_CHANCE = re.compile(rb'(thumbnail(?:Hash|Id)\\?": ?\\?")[0-9a-f]{6,32}')
"""What a new picture is given; that there is one is compared."""
UNDER_WAY = {"pending", "in_progress"}
TRIES = 200


@dataclass(slots=True)
class Side:
    """One of the two ways; `made` maps recorded ids to those that this one made up."""

    client: httpx.AsyncClient
    made: dict[str, str] = field(default_factory=dict)

    async def answer(self, record: Record) -> httpx.Response:
        """Send the record as it would be now; a poll is repeated until the operation is over."""
        for _ in range(TRIES):
            response = await self.client.request(
                record["request"]["method"],
                self._now(request_target(record).encode()).decode(),
                headers=request_headers(record),
                content=_content(record, self._now(_body(record))),
            )
            is_poll = "/operations/background/" in record["request"]["path"]
            if not is_poll or response.json().get("status") not in UNDER_WAY:
                break
            await asyncio.sleep(0.01)
        self._learn(record, response)
        return response

    def told(self, response: httpx.Response) -> Any:
        """The body, with ids as they were recorded; the length of what isn't JSON."""
        if response.headers.get("content-type") != "application/json":
            return len(response.content)
        text = response.content
        for recorded, made in self.made.items():
            text = text.replace(made.encode(), recorded.encode())
        if self.made:
            text = MADE_BY_CHANCE.sub(rb"\1", text)
        return plain(json.loads(text))

    def _now(self, text: bytes) -> bytes:
        for recorded, made in self.made.items():
            text = text.replace(recorded.encode(), made.encode())
        return text

    def _learn(self, record: Record, response: httpx.Response) -> None:
        recorded = record["response"].get("body")
        if record["request"]["method"] != "POST" or not isinstance(recorded, dict):
            return
        answered = response.json()
        for name in NEW_IDS:
            if isinstance(recorded.get(name), str) and isinstance(answered.get(name), str):
                self.made[recorded[name]] = answered[name]


def _body(record: Record) -> bytes:
    """What was sent; of uploads only the size is known."""
    return request_body(record) or bytes(record["request"].get("body_size") or 0)


def _content(record: Record, body: bytes) -> bytes | AsyncIterator[bytes]:
    """The body, in chunks where it was sent so."""
    if "Transfer-Encoding" not in record["request"].get("headers", {}):
        return body

    async def chunks() -> AsyncIterator[bytes]:
        yield body

    return chunks()


@asynccontextmanager
async def both(
    studio: Studio, data: Path
) -> AsyncIterator[tuple[Side, Side, DemoServer, RunningProxy]]:
    """A server asked directly, and one behind the proxy, with the same studio."""
    async with AsyncExitStack() as stack:
        alone = await stack.enter_async_context(DemoServer(deepcopy(studio)))
        demo = await stack.enter_async_context(DemoServer(deepcopy(studio)))
        proxy = await stack.enter_async_context(running_proxy(demo.url, data))
        sides = [
            Side(await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=60)))
            for url in (alone.url, proxy.url)
        ]
        yield sides[0], sides[1], demo, proxy


def honest(studio: Studio) -> Studio:
    """With the checksums of the files it has: the recorded ones are those of longer files."""
    for package in (*studio.dependency_packages.values(), *studio.installers.values()):
        if package.file is not None:
            package.manifest["checksum"] = sha256(package.file.content).hexdigest()
            package.manifest["size"] = len(package.file.content)
    return studio


async def unlike(sequence: dict[str, Any], direct: Side, proxied: Side) -> dict[str, list[str]]:
    """The steps that are answered otherwise through the proxy, and how."""
    found: dict[str, list[str]] = {}
    for record in sequence["requests"]:
        step = {"identity": sequence["identity"], **record}
        one, other = await direct.answer(step), await proxied.answer(step)
        different = list(differences(direct.told(one), proxied.told(other)))
        if one.status_code != other.status_code:
            different.insert(0, f"{one.status_code} became {other.status_code}")
        if different:
            found[f"{record['n']} {record['step']}"] = different
    return found


@requires_corpus
@pytest.mark.parametrize(
    ("sequence", "studio_of"),
    [
        *((boot, studio_before) for boot in BOOTS),
        *((session, studio_at) for session in SESSIONS if session["id"] in READING),
    ],
    ids=lambda value: value["id"] if isinstance(value, dict) else "",
)
async def test_what_only_reads_is_answered_as_directly_and_again_from_the_store(
    sequence: dict[str, Any], studio_of: Any, tmp_path: Path
) -> None:
    async with both(honest(studio_of(sequence)), tmp_path / "data") as (
        direct,
        proxied,
        demo,
        proxy,
    ):
        # The first time a site is signed in, after it was told of the sites: that is asked again.
        for _ in range(2):
            assert await unlike(sequence, direct, proxied) == {}
            await proxy.assembled.cache.in_flight.idle()
        demo.requests.clear()
        assert await unlike(sequence, direct, proxied) == {}
        assert [each.path for each in demo.requests if is_storable(each)] == []


@requires_corpus
@pytest.mark.parametrize(
    "session",
    [session for session in SESSIONS if session["id"] not in READING],
    ids=lambda session: session["id"],
)
async def test_a_tool_that_writes_is_answered_as_directly(
    session: dict[str, Any], tmp_path: Path
) -> None:
    async with both(studio_at(session), tmp_path / "data") as (direct, proxied, _, _):
        assert await unlike(session, direct, proxied) == {}
