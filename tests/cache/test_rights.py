"""Rights that change without an event. Mutations that must each fail: the digest not compared; not
remembered over a restart; `proved_at` set at the end of the look-up, or not bounded by twice the
time; a look-up for nobody, for each request, or while the feed is not live; a 403 taken for rights;
the caller's credential left out of the questions."""

from __future__ import annotations

import asyncio

import orjson
import pytest

from ayon_proxy.errors import UpstreamBroke
from ayon_proxy.policy.lifetimes import ENTITY
from ayon_proxy.policy.message import Request
from tests.cache.rig import FIRST, FOLDER, JSON, ME, RECHECK, SECOND, Rig, ok, read, settled
from tests.support.memory_upstream import Answer
from tests.support.request_bodies import GivenBody

RIGHTS = ME + b"/permissions"


def says(rig: Rig, *groups: str, order: int = 1) -> None:
    """What upstream tells of the caller from now on."""
    told = {"name": "artist", "active": True, "data": {"accessGroups": {"film": list(groups)}}}
    lists = {"projects": {"film": {"read": {"access_list": [*"ab"][::order]}}}}
    rig.upstream.answers(ME, ok(orjson.dumps(told)))
    rig.upstream.answers(RIGHTS, ok(orjson.dumps(lists)))


async def watched(rig: Rig) -> None:
    """A folder is stored, its caller proved, and older than an unwatched answer may be."""
    rig.watched = True
    says(rig, "artists")
    await rig.stored(FOLDER)
    assert (await rig.ask(FOLDER)).body == FIRST
    await settled()
    rig.upstream.answers(FOLDER, ok(SECOND))
    rig.clock.advance(ENTITY.unwatched + 1)


async def test_who_was_proved_lately_is_given_what_lives_long(rig: Rig) -> None:
    await watched(rig)

    assert (await rig.ask(FOLDER)).cache_status == b"ayon-proxy; hit; ttl=589"


async def test_who_was_not_is_looked_up_before(rig: Rig) -> None:
    await watched(rig)
    rig.clock.advance(2 * RECHECK)

    answer = await rig.ask(FOLDER)

    assert answer.cache_status == b"ayon-proxy; hit; ttl=529"
    assert rig.asked(RIGHTS) == 2


async def test_who_cannot_be_looked_up_is_given_what_lives_shortly(rig: Rig) -> None:
    await watched(rig)
    rig.clock.advance(2 * RECHECK)
    rig.upstream.answers(RIGHTS, UpstreamBroke("reset"))

    answer = await rig.ask(FOLDER)

    assert (answer.body, answer.cache_status) == (SECOND, b"ayon-proxy; fwd=stale; stored")


async def test_what_was_stored_before_a_restart_is_given_when_rights_are_as_they_were(
    rig: Rig,
) -> None:
    await watched(rig)
    rig.restart()
    await rig.cache.tags.load()

    assert (await rig.ask(FOLDER)).cache_status.startswith(b"ayon-proxy; hit")


async def test_a_proof_is_renewed_while_it_is_still_good(rig: Rig) -> None:
    await watched(rig)
    rig.clock.advance(RECHECK)

    assert (await rig.ask(FOLDER)).cache_status.startswith(b"ayon-proxy; hit")
    await settled()
    rig.clock.advance(RECHECK + 1)
    assert (await rig.ask(FOLDER)).cache_status.startswith(b"ayon-proxy; hit")
    assert rig.asked(RIGHTS) == 2


async def test_whose_rights_have_changed_is_given_nothing_from_before(rig: Rig) -> None:
    await watched(rig)
    says(rig, "guests")
    rig.clock.advance(RECHECK)
    assert (await rig.ask(FOLDER)).cache_status.startswith(b"ayon-proxy; hit")
    await settled()

    answer = await rig.ask(FOLDER)

    assert (answer.body, answer.cache_status) == (SECOND, b"ayon-proxy; fwd=uri-miss; stored")


async def test_rights_that_changed_while_the_proxy_was_down_are_noticed(rig: Rig) -> None:
    await watched(rig)
    says(rig, "guests")
    rig.restart()
    await rig.cache.tags.load()

    at_once = await rig.ask(FOLDER)
    await rig.cache.in_flight.idle()
    after = await rig.ask(FOLDER)

    assert at_once.cache_status == b"ayon-proxy; fwd=stale; stored"
    assert after.cache_status == b"ayon-proxy; fwd=uri-miss; stored"


async def test_sets_in_another_order_are_the_same_rights(rig: Rig) -> None:
    await watched(rig)
    says(rig, "artists", order=-1)
    rig.clock.advance(RECHECK)
    await rig.ask(FOLDER)
    await settled()

    assert (await rig.ask(FOLDER)).cache_status.startswith(b"ayon-proxy; hit")


async def test_what_changes_during_a_look_up_is_not_taken_for_known(rig: Rig) -> None:
    rig.watched = True
    says(rig, "artists")
    arrives = asyncio.Event()
    held = ok(b'{"projects": {}}', head_after=arrives)
    rig.upstream.answers(RIGHTS, held, Answer(403, (JSON,), (b"{}",)))
    await rig.stored(FOLDER)
    await rig.ask(FOLDER)
    await settled()
    rig.clock.advance(2 * RECHECK + 1)
    arrives.set()
    await settled()

    assert (await rig.ask(FOLDER)).cache_status == b"ayon-proxy; fwd=stale; stored"


@pytest.mark.parametrize(
    ("rules", "lives_long"),
    [
        ({"read": {"enabled": True, "access_list": [{"access_type": "assigned"}]}}, False),
        ({"read": {"enabled": False, "access_list": [{"access_type": "assigned"}]}}, True),
        ({"read": {"enabled": True, "access_list": [{"access_type": "hierarchy"}]}}, True),
        ({"advanced": {"show_sibling_tasks": False}}, False),
        ({"advanced": {"show_sibling_tasks": True}}, True),
        ({}, True),
    ],
)
async def test_who_sees_by_assignment_is_given_what_lives_shortly(
    rig: Rig, rules: dict[str, object], lives_long: bool
) -> None:
    rig.watched = True
    says(rig, "artists")
    rig.upstream.answers(RIGHTS, ok(orjson.dumps({"projects": {"film": rules}})))
    await rig.stored(FOLDER)
    await rig.ask(FOLDER)
    await settled()
    rig.clock.advance(ENTITY.unwatched + 1)

    hit = (await rig.ask(FOLDER)).cache_status.startswith(b"ayon-proxy; hit")

    assert hit is lives_long


async def test_a_refusal_proves_nothing(rig: Rig) -> None:
    rig.watched = True
    says(rig, "artists")
    rig.upstream.answers(RIGHTS, Answer(403, (JSON,), (b'{"projects": {}}',)))
    await rig.stored(FOLDER)
    await rig.ask(FOLDER)
    await settled()
    rig.clock.advance(ENTITY.unwatched + 1)

    assert (await rig.ask(FOLDER)).cache_status == b"ayon-proxy; fwd=stale; stored"


async def test_upstream_is_asked_once_for_all_and_in_the_callers_name(rig: Rig) -> None:
    rig.watched = True
    says(rig, "artists")
    arrives = asyncio.Event()
    rig.upstream.answers(RIGHTS, ok(b'{"projects": {}}', head_after=arrives))
    await rig.stored(FOLDER)

    for _ in range(3):
        await rig.ask(FOLDER)
        await settled()
    arrives.set()
    await settled()
    await rig.ask(FOLDER)

    asked = [one.request for one in rig.upstream.sent if one.request.target == RIGHTS]
    assert [request.fields for request in asked] == [((b"x-api-key", b"alice"),)]


async def test_nobody_is_looked_up_without_a_feed_or_an_answer(rig: Rig) -> None:
    await rig.stored(FOLDER)
    await rig.ask(FOLDER)
    rig.watched = True
    rig.upstream.answers(FOLDER, Answer(401, (JSON,), (b"{}",)))
    await rig.ask(FOLDER, caller=b"somebody else")
    await settled()

    assert rig.asked(RIGHTS) == 0


async def test_who_shows_no_credential_is_not_looked_up(rig: Rig) -> None:
    rig.watched = True
    rig.upstream.answers(FOLDER, ok(FIRST))
    for _ in range(2):
        await read(await rig.cache.engine.handle(Request("GET", FOLDER), GivenBody()))
        await rig.cache.in_flight.idle()
        await settled()

    assert rig.asked(FOLDER) == 1
    assert rig.asked(ME) == 0
