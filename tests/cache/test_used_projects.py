"""Projects whose answers are on their way. Mutations that must each fail: a fetch, or a question
for URIs, not wrapped; one of two that end taken for both; a name in another case."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from ayon_proxy.cache.used_projects import UsedProjects
from tests.cache.rig import JSON, Rig, settled
from tests.support.memory_ports import MemoryJournal
from tests.support.memory_upstream import Answer
from tests.support.request_bodies import GivenBody

URI = "ayon+entity://Film/sh010"
QUESTION = orjson.dumps({"query": '{project(name: "Film") {name}}'})


@pytest.mark.parametrize(
    ("target", "body", "answered"),
    [
        (b"/api/projects/Film/anatomy", b"", b"{}"),
        (b"/graphql", QUESTION, b'{"data":{"project":{"name":"Film"}}}'),
        (
            b"/api/resolve",
            orjson.dumps({"uris": [URI]}),
            orjson.dumps([{"uri": URI, "entities": []}]),
        ),
    ],
    ids=["path", "question", "uri"],
)
@pytest.mark.parametrize("status", [200, 404])
async def test_a_project_is_known_while_its_first_answer_is_on_its_way(
    rig: Rig, target: bytes, body: bytes, answered: bytes, status: int
) -> None:
    head_after = asyncio.Event()
    rig.upstream.answers(target, Answer(status, (JSON,), (answered,), head_after))
    asking = asyncio.create_task(
        rig.ask(target, JSON, method="POST", body=GivenBody(body)) if body else rig.ask(target)
    )
    await settled()
    assert not rig.cache.used.names
    assert rig.cache.used.with_arriving == {"film"}

    head_after.set()
    await asking
    await rig.cache.in_flight.idle()
    stored = {"film"} if status == 200 else set()
    assert rig.cache.used.names == rig.cache.used.with_arriving == stored


async def test_of_two_answers_the_last_ends_it() -> None:
    used = UsedProjects(MemoryJournal())
    with used.arriving(["Film", "film"]):
        with used.arriving(["FILM"]):
            pass
        assert used.with_arriving == {"film"}
    assert not used.with_arriving
