"""Upstream is slow, or hangs: who waits how long, and what is given meanwhile.

Broken once, to see the tests fail: no limit to the wait; what is invalidated given meanwhile; the
fetch ended with the wait; a deciding question answered while upstream is well; no bound on what is
fetched behind; the wait of a write ended.
"""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise

import pytest

from ayon_proxy.cache.waiting import MOST_BEHIND
from ayon_proxy.errors import UpstreamUnreachable
from tests.cache.rig import ADDON, FOLDER, INFO, LIST, Asked, Rig, file, ok, settled
from tests.support.memory_upstream import Answer
from tests.support.request_bodies import GivenBody

STOOD_IN = b"ayon-proxy; hit; detail=offline"
WAIT = 2.0
OTHER = b"/api/projects/demo/folders/f2"


async def expired(rig: Rig, *targets: bytes) -> None:
    """Stored, and older than they may be."""
    for target in targets:
        await rig.stored(target)
    rig.clock.advance(601)


def never() -> asyncio.Event:
    return asyncio.Event()


def begun(rig: Rig, target: bytes, method: str = "GET") -> asyncio.Task[Asked]:
    return asyncio.create_task(rig.ask(target, method=method))


def hangs(rig: Rig, *targets: bytes) -> None:
    for target in targets:
        rig.upstream.answers(target, ok(b'"late"', head_after=never()))
    rig.probed.answers(INFO, ok(b"{}", head_after=never()))


async def made_slow(rig: Rig) -> asyncio.Task[Asked]:
    """Nobody is answered in time; the one who found out still waits."""
    hangs(rig, OTHER)
    waiting = begun(rig, OTHER)
    await rig.passes(WAIT + 0.2)
    assert rig.state == "slow"
    return waiting


class TestOneThatTakesLong:
    async def test_is_waited_for_two_seconds_where_something_stored_may_stand_in(
        self, patient: Rig
    ) -> None:
        await expired(patient, FOLDER)
        head = asyncio.Event()
        patient.upstream.answers(FOLDER, ok(b'"second"', head_after=head))
        asking = begun(patient, FOLDER)
        await patient.passes(WAIT - 0.1)
        assert not asking.done()
        await patient.passes(0.2)
        answer = await asking
        assert (answer.body, answer.cache_status) == (b'"first"', STOOD_IN)
        assert patient.state == "online"
        head.set()
        await patient.cache.in_flight.idle()
        assert (await patient.ask(FOLDER)).body == b'"second"'
        assert patient.asked(FOLDER) == 2

    async def test_in_time_its_own_answer_is_given(self, patient: Rig) -> None:
        await expired(patient, FOLDER)
        head = asyncio.Event()
        patient.upstream.answers(FOLDER, ok(b'"second"', head_after=head))
        asking = begun(patient, FOLDER)
        await patient.passes(WAIT - 0.1)
        head.set()
        assert (await asking).body == b'"second"'

    async def test_is_waited_for_where_nothing_is_stored(self, patient: Rig) -> None:
        head = asyncio.Event()
        patient.upstream.answers(FOLDER, ok(b'"late"', head_after=head))
        asking = begun(patient, FOLDER)
        await patient.passes(30)
        head.set()
        assert (await asking).body == b'"late"'

    async def test_does_not_speak_for_upstream_while_others_are_answered(
        self, patient: Rig
    ) -> None:
        patient.upstream.answers(FOLDER, ok(b'"late"', head_after=(head := asyncio.Event())))
        patient.upstream.answers(LIST, ok(b"[]"))
        asking = begun(patient, FOLDER)
        for _ in range(20):
            await patient.passes(1)
            await patient.ask(LIST)
            assert patient.state == "online"
        head.set()
        await asking

    async def test_nor_while_the_probe_is_answered_and_that_asks_gently(self, patient: Rig) -> None:
        patient.upstream.answers(FOLDER, ok(b'"late"', head_after=(head := asyncio.Event())))
        asking = begun(patient, FOLDER)
        for _ in range(200):
            await patient.passes(0.1)
            assert patient.state == "online"
        assert 3 <= len(patient.probed.sent) <= 6
        head.set()
        await asking

    @pytest.mark.parametrize("why", ["invalidated", "no-cache", "max-age"])
    async def test_is_waited_for_where_the_stored_one_would_be_wrong(
        self, patient: Rig, why: str
    ) -> None:
        await expired(patient, FOLDER)
        patient.upstream.answers(FOLDER, Answer(204), ok(b'"new"', head_after=(head := never())))
        if why == "invalidated":
            await patient.ask(FOLDER, method="PATCH", body=GivenBody(b"{}"))
        else:
            patient.upstream.script[FOLDER].pop(0)
        said = {"no-cache": b"no-cache", "max-age": b"max-age=5", "invalidated": b""}[why]
        asking = asyncio.create_task(patient.ask(FOLDER, (b"cache-control", said)))
        await patient.passes(WAIT + 1)
        assert not asking.done()
        head.set()
        assert (await asking).body == b'"new"'

    async def test_for_one_reader_alone_it_is_closed_when_that_one_was_given_another(
        self, patient: Rig
    ) -> None:
        await expired(patient, FOLDER)
        patient.upstream.answers(FOLDER, Answer(404, (), (b"no",), head := never()))
        asking = begun(patient, FOLDER)
        await patient.passes(WAIT + 0.2)
        assert (await asking).cache_status == STOOD_IN
        head.set()
        await patient.cache.in_flight.idle()
        assert patient.upstream.responses[-1].closed.is_set()


class TestSlow:
    async def test_nobody_waits_for_what_is_stored(self, patient: Rig) -> None:
        await expired(patient, FOLDER, LIST)
        waiting = await made_slow(patient)
        hangs(patient, FOLDER, LIST)
        for target in (FOLDER, LIST, FOLDER):
            assert (await patient.ask(target)).cache_status == STOOD_IN
        await settled()
        assert patient.asked(FOLDER) == patient.asked(LIST) == 2
        waiting.cancel()

    async def test_what_is_invalidated_is_waited_for(self, patient: Rig) -> None:
        await patient.stored(FOLDER)
        patient.upstream.answers(FOLDER, Answer(204), ok(b'"new"', head_after=(head := never())))
        await patient.ask(FOLDER, method="PATCH", body=GivenBody(b"{}"))
        waiting = await made_slow(patient)
        asking = begun(patient, FOLDER)
        await patient.passes(1)
        assert not asking.done()
        head.set()
        assert (await asking).body == b'"new"'
        waiting.cancel()

    async def test_so_many_are_fetched_that_nobody_waits_for_and_no_more(
        self, patient: Rig
    ) -> None:
        targets = [b"/api/projects/demo/folders/a%d" % each for each in range(MOST_BEHIND + 5)]
        await expired(patient, *targets)
        waiting = await made_slow(patient)
        hangs(patient, *targets)
        before = len(patient.upstream.sent)
        for target in targets:
            assert (await patient.ask(target)).cache_status == STOOD_IN
        await settled()
        assert len(patient.upstream.sent) - before == MOST_BEHIND
        waiting.cancel()

    async def test_quick_answers_bring_it_back_and_one_is_not_enough(self, patient: Rig) -> None:
        waiting = await made_slow(patient)
        patient.upstream.answers(LIST, ok(b"[]"))
        states = []
        for _ in range(3):
            await patient.ask(LIST, (b"cache-control", b"no-cache"))
            states.append(patient.state)
        assert states == ["slow", "slow", "online"]
        waiting.cancel()


class TestFoundAwayByTime:
    async def test_safe_reads_that_still_wait_are_given_what_there_is(self, patient: Rig) -> None:
        await patient.stored(FOLDER)
        patient.upstream.answers(FOLDER, Answer(204), ok(b'"new"', head_after=never()))
        await patient.ask(FOLDER, method="PATCH", body=GivenBody(b"{}"))
        waiting = await made_slow(patient)
        invalidated = begun(patient, FOLDER)
        await patient.passes(8.0 - WAIT - 0.4)
        assert not waiting.done()
        await patient.passes(0.4)
        assert patient.state == "offline"
        for target in (FOLDER, ADDON):
            assert (await patient.ask(target)).status == (200 if target is FOLDER else 504)
        assert (await invalidated).cache_status == STOOD_IN
        refused = await waiting
        assert (refused.status, refused.cache_status) == (504, b"ayon-proxy; detail=offline")
        assert b"can't be reached (since 20" in json.loads(refused.body)["detail"].encode()
        await patient.cache.in_flight.idle()

    async def test_a_write_that_was_sent_is_left_alone(self, patient: Rig) -> None:
        patient.upstream.answers(FOLDER, Answer(204, (), (), head := never()))
        hangs(patient)
        writing = asyncio.create_task(patient.ask(FOLDER, method="PATCH", body=GivenBody(b"{}")))
        await patient.passes(20)
        assert patient.state == "offline"
        assert not writing.done()
        head.set()
        assert (await writing).status == 204
        assert patient.state == "offline"

    async def test_a_clock_that_jumps_makes_nobody_late(self, patient: Rig) -> None:
        patient.upstream.answers(FOLDER, ok(b'"late"', head_after=(head := never())))
        asking = begun(patient, FOLDER)
        await patient.passes(0.5)
        for jump in (86_400.0, -86_400.0):
            patient.clock.advance(jump)
            await patient.passes(0.2)
            assert patient.state == "online"
        head.set()
        await asking


class TestProbe:
    async def test_it_is_asked_soon_then_less_often_one_at_a_time(self, patient: Rig) -> None:
        patient.probed.answers(INFO, UpstreamUnreachable("refused"))
        patient.upstream.answers(FOLDER, UpstreamUnreachable("refused"))
        begun(patient, FOLDER)
        at = []
        for tick in range(60):
            before = len(patient.probed.sent)
            await patient.passes(0.1)
            at += [tick / 10] * (len(patient.probed.sent) - before)
        assert at[0] <= 0.3
        assert at[1] <= 0.7
        gaps = [later - sooner for sooner, later in pairwise(at)][2:]
        assert gaps
        assert all(1.0 <= round(gap, 2) <= 1.3 for gap in gaps)
        (sent,) = {(each.request.target, each.request.fields) for each in patient.probed.sent}
        assert sent == (INFO, ((b"accept", b"application/json"),))

    async def test_one_that_hangs_is_given_up_and_asked_again(self, patient: Rig) -> None:
        hangs(patient)
        patient.upstream.answers(FOLDER, UpstreamUnreachable("refused"))
        asking = begun(patient, FOLDER)
        await patient.passes(4.0)
        assert len(patient.probed.sent) == 1
        patient.probed.answers(INFO, ok(b"{}"))
        await patient.passes(2.0)
        assert patient.state == "online"
        assert (await asking).status == 504

    async def test_when_all_is_well_nothing_is_asked(self, patient: Rig) -> None:
        await patient.stored(FOLDER)
        await patient.passes(30)
        assert patient.probed.sent == []

    @pytest.mark.parametrize(
        "page",
        [
            Answer(502, ((b"content-type", b"application/json"),)),
            Answer(200, ((b"content-type", b"text/html"),), (b"<html>portal",)),
            Answer(404, ((b"content-type", b"text/plain"),), (b"404 page not found",)),
        ],
        ids=["gateway", "portal", "router"],
    )
    async def test_a_page_of_someone_in_between_does_not_bring_it_back(
        self, patient: Rig, page: Answer
    ) -> None:
        patient.probed.answers(INFO, page)
        patient.upstream.answers(FOLDER, UpstreamUnreachable("refused"))
        asking = begun(patient, FOLDER)
        await patient.passes(10)
        assert patient.state == "offline"
        assert (await asking).status == 504
        patient.probed.answers(INFO, Answer(401, ((b"content-type", b"application/json"),)))
        await patient.passes(1.5)
        assert patient.state == "online"

    async def test_gateways_statuses_alone_are_asked_about_and_forgotten(
        self, patient: Rig
    ) -> None:
        """AYON answers 503 itself where a service of its own is missing."""
        patient.upstream.answers(FOLDER, Answer(503))
        for _ in range(5):
            asking = begun(patient, FOLDER)
            await patient.passes(2)
            assert (await asking).status == 504
            assert patient.state == "online"
        assert patient.probed.sent

    async def test_gateways_statuses_to_the_probe_too_take_it_away(self, patient: Rig) -> None:
        patient.upstream.answers(FOLDER, Answer(502))
        patient.probed.answers(INFO, Answer(502))
        asking = begun(patient, FOLDER)
        await patient.passes(2)
        assert patient.state == "offline"
        assert (await asking).cache_status == b"ayon-proxy; detail=offline"


class TestBlink:
    @pytest.mark.parametrize("kind", ["read", "write", "file"])
    async def test_who_has_nothing_stored_waits_for_it(self, patient: Rig, kind: str) -> None:
        patient.upstream.answers(OTHER, UpstreamUnreachable("refused"), ok(b'"back"'))
        patient.probed.answers(INFO, UpstreamUnreachable("refused"), ok(b"{}"))
        found = begun(patient, OTHER)
        await settled()
        assert patient.state == "offline"
        target = ADDON if kind == "file" else FOLDER
        patient.upstream.answers(target, file(b"zip") if kind == "file" else ok(b'"there"'))
        new = begun(patient, target, "PATCH" if kind == "write" else "GET")
        await patient.passes(1.0)
        assert (await found).body == b'"back"'
        assert (await new).status == 200
        assert patient.asked(target) == 1

    async def test_it_is_not_waited_for_any_longer(self, patient: Rig) -> None:
        patient.upstream.answers(OTHER, UpstreamUnreachable("refused"))
        patient.probed.answers(INFO, UpstreamUnreachable("refused"))
        found = begun(patient, OTHER)
        await patient.passes(1.0)
        assert (await found).status == 504
        for target in (FOLDER, ADDON):
            assert (await patient.ask(target)).status == 504
            assert patient.asked(target) == 0
