"""What is stored stays served while upstream can't be reached, marked (G5)."""

from __future__ import annotations

import asyncio
import json

import pytest

from ayon_proxy.errors import ProxyError, UpstreamBroke, UpstreamUnreachable
from tests.cache.rig import ADDON, FOLDER, GRACE, INFO, Rig, ok
from tests.support.memory_upstream import Answer

EVENT = b"/api/events/0"
"""Is always passed on."""

OFFLINE = b"ayon-proxy; hit; detail=offline"
AWAY = UpstreamUnreachable("Connection refused.")

TROUBLES = pytest.mark.parametrize(
    "trouble",
    [AWAY, UpstreamBroke("reset"), Answer(429), Answer(502), Answer(503), Answer(504)],
    ids=["unreachable", "broken", "429", "502", "503", "504"],
)


@TROUBLES
@pytest.mark.parametrize("how", ["GET", "HEAD", "no-store"])
async def test_a_stale_answer_stands_in(rig: Rig, trouble: Answer | ProxyError, how: str) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(3600)
    rig.upstream.answers(FOLDER, trouble)
    fields = ((b"cache-control", b"no-store"),) if how == "no-store" else ()
    answer = await rig.ask(FOLDER, *fields, method="HEAD" if how == "HEAD" else "GET")
    assert (answer.status, answer.body, answer.cache_status) == (200, b'"first"', OFFLINE)
    assert answer.value(b"age") == b"3600"
    assert rig.bodies == [b'"first"']


@TROUBLES
async def test_it_stands_in_for_all_who_wait(rig: Rig, trouble: Answer | ProxyError) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(11)
    rig.upstream.answers(FOLDER, trouble)
    asking = [asyncio.create_task(rig.ask(FOLDER)) for _ in range(5)]
    answers = await asyncio.gather(*asking)
    assert [it.cache_status for it in answers] == [OFFLINE] * 5
    assert rig.asked(FOLDER) == 2


async def test_with_nothing_stored_too_many_is_relayed_as_ayon_says_it(rig: Rig) -> None:
    rig.upstream.answers(FOLDER, Answer(429, (), (b"busy",)))
    answer = await rig.ask(FOLDER)
    assert (answer.status, answer.body) == (429, b"busy")


@pytest.mark.parametrize("target", [FOLDER, ADDON, EVENT], ids=["row", "file", "passed on"])
@pytest.mark.parametrize("status", [502, 503, 504, 522])
async def test_with_nothing_stored_a_gateways_status_becomes_504(
    rig: Rig, target: bytes, status: int
) -> None:
    rig.upstream.answers(target, Answer(status, (), (b"<html>busy",)))
    answer = await rig.ask(target)
    assert (answer.status, answer.cache_status) == (504, b"ayon-proxy; detail=gateway")
    detail = (
        f"What stands before the AYON server answered {status}. This answer is not stored here."
    )
    assert json.loads(answer.body) == {"code": 504, "detail": detail}


@pytest.mark.parametrize("status", [429, 502, 503, 504])
async def test_a_gateways_answer_to_a_write_passes_as_it_came(rig: Rig, status: int) -> None:
    rig.upstream.answers(FOLDER, Answer(status, (), (b"<html>busy",)))
    answer = await rig.ask(FOLDER, method="PATCH")
    assert (answer.status, answer.body) == (status, b"<html>busy")
    assert rig.asked(FOLDER) == 1


async def test_while_upstream_is_away_nobody_waits_for_it(rig: Rig) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(11)
    rig.upstream.answers(FOLDER, AWAY)
    for _ in range(5):
        assert (await rig.ask(FOLDER)).cache_status == OFFLINE
    assert rig.asked(FOLDER) == 2
    assert (await rig.ask(ADDON)).status == 504
    assert rig.asked(ADDON) == 0


async def test_no_client_is_asked_for_to_see_whether_it_is_back(rig: Rig) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(11)
    rig.upstream.answers(FOLDER, AWAY, ok(b'"back"'))
    rig.probed.answers(INFO, AWAY, ok(b"{}"))
    await rig.ask(FOLDER)
    rig.clock.advance(3600)
    assert (await rig.ask(FOLDER)).cache_status == OFFLINE
    assert rig.asked(FOLDER) == 2
    assert (await rig.ask(FOLDER)).cache_status == b"ayon-proxy; fwd=stale; stored"
    assert rig.cache.line.reachability.online


async def test_what_is_fresh_is_a_plain_hit_though_upstream_is_away(rig: Rig) -> None:
    await rig.stored(FOLDER)
    rig.upstream.answers(ADDON, AWAY)
    await rig.ask(ADDON)
    assert (await rig.ask(FOLDER)).cache_status == b"ayon-proxy; hit; ttl=10"


@pytest.mark.parametrize(("seconds", "status"), [(GRACE, 200), (GRACE + 1, 504)])
async def test_it_stands_in_as_long_as_the_proof_of_its_caller_is_good(
    rig: Rig, seconds: float, status: int
) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(seconds)
    rig.upstream.answers(FOLDER, AWAY)
    for _ in range(2):
        assert (await rig.ask(FOLDER)).status == status


async def test_another_credential_gets_nothing(rig: Rig) -> None:
    await rig.stored(FOLDER)
    rig.upstream.answers(FOLDER, AWAY)
    assert (await rig.ask(FOLDER, caller=b"bob")).status == 504


async def test_an_invalidated_answer_stands_in(rig: Rig) -> None:
    await rig.stored(FOLDER)
    rig.upstream.answers(FOLDER, AWAY)
    await rig.ask(FOLDER, method="PATCH")
    assert (await rig.ask(FOLDER)).cache_status == OFFLINE


async def test_it_stands_in_after_a_restart(rig: Rig) -> None:
    await rig.stored(FOLDER)
    await rig.stored(ADDON, bytes(100_000))
    rig.restart()
    await rig.cache.tags.load()
    rig.clock.advance(3600)
    for target, body in ((FOLDER, b'"first"'), (ADDON, bytes(100_000))):
        rig.upstream.answers(target, AWAY)
        answer = await rig.ask(target)
        assert (answer.body, answer.cache_status) == (body, OFFLINE)


async def test_a_write_while_it_is_away_is_refused_and_says_so(rig: Rig) -> None:
    rig.upstream.answers(FOLDER, AWAY)
    await rig.ask(FOLDER)
    answer = await rig.ask(FOLDER, method="PATCH")
    assert answer.status == 504
    assert b"Nothing was changed." in answer.body
    assert rig.asked(FOLDER) == 1
