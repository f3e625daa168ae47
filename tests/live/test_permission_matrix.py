"""WRITES: makes ten users, four access groups, a guest of the project, and a site; removes them.

Only where AYON_LIVE_WRITES=1 allows it; the key must be that of a service. In the project, tasks
are assigned to some of these users for a while.

    AYON_LIVE_SHARING=0    where the proxy is not expected to share anything
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from contextlib import ExitStack

import httpx
import pytest

from ayon_proxy.policy.routes.route import Share
from tests.clients.subjects import Subjects
from tests.clients.sweep import Answer, deviations
from tests.identity.asking_around import Around, scope
from tests.identity.cast import Member, cast, client
from tests.identity.everything import questions, schema_of
from tests.identity.questions import Read, reads
from tests.live.conftest import KEY, URL
from tests.support.running_proxy import RunningProxy

CREDENTIAL = {"x-api-key": KEY}
SHARES = os.environ.get("AYON_LIVE_SHARING", "1") != "0"

pytestmark = pytest.mark.skipif(
    os.environ.get("AYON_LIVE_WRITES") != "1", reason="AYON_LIVE_WRITES is not 1"
)


@pytest.fixture(scope="module")
def people(subjects: Subjects) -> Iterator[list[Member]]:
    with cast(URL, CREDENTIAL, subjects) as people:
        yield [*people.values()]


async def test_what_is_said_to_be_shared_is_the_same_for_all_who_share_it(
    people: list[Member], subjects: Subjects
) -> None:
    """Without the proxy: it is the tables that are held against the server."""

    def found() -> dict[str, list[str]]:
        with client(URL, CREDENTIAL) as asking:
            all_alike = [Read("/graphql", each) for each in questions(schema_of(asking), subjects)]
        assert {each.share for each in all_alike} == {Share.PROJECT}
        return different(people, [*reads(subjects), *all_alike])

    assert await asyncio.to_thread(found) == {}


def different(people: list[Member], wanted: list[Read]) -> dict[str, list[str]]:
    """What is not the same for all who would share it; errors are shared with nobody."""
    found: dict[str, list[str]] = {}
    with ExitStack() as stack:
        clients = {each.name: stack.enter_context(client(URL, each.fields)) for each in people}
        for read in wanted:
            first: dict[str, Answer] = {}
            for member in people:
                if not (shared := scope(member, read.share)):
                    continue
                answer, _ = read.ask(clients[member.name])
                refused = isinstance(answer.body, dict) and "errors" in answer.body
                if answer.status != httpx.codes.OK or refused:
                    continue
                if wrong := list(deviations(first.setdefault(shared, answer), answer)):
                    found[f"{member.name}: {read}"] = wrong
    return found


async def test_everybody_is_given_what_the_server_gives_them(
    people: list[Member], subjects: Subjects, proxy: RunningProxy
) -> None:
    def found() -> dict[str, list[str]]:
        around = Around(URL, proxy.url, shares=SHARES)
        return around.mistakes(people, reads(subjects), subjects.other_project)

    assert await asyncio.to_thread(found) == {}
