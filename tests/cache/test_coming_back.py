"""Upstream is there again: not everybody asks at once, and who waits comes first.

Broken once, to see the tests fail: no turns; a turn kept while what came is looked into; a fetch
that waits for its turn judged by what fell before it began; what is expired waited for in a crowd;
a turn kept as long as a file comes.
"""

from __future__ import annotations

import asyncio
import hashlib
import json

from ayon_proxy.cache.turns import AT_A_TIME
from ayon_proxy.errors import UpstreamUnreachable
from tests.cache.rig import (
    ADDON,
    FOLDER,
    INFO,
    PACKAGE,
    PACKAGES,
    Asked,
    Rig,
    file,
    ok,
    settled,
)
from tests.support.memory_upstream import Answer
from tests.support.request_bodies import GivenBody

OTHERS = [b"/api/projects/demo/folders/a%d" % each for each in range(AT_A_TIME)]


async def returned(rig: Rig) -> None:
    """It was away, and is there again."""
    rig.upstream.answers(b"/api/events/0", UpstreamUnreachable("refused"))
    rig.probed.answers(INFO, ok(b"{}"))
    lost = asyncio.create_task(rig.ask(b"/api/events/0"))
    await rig.passes(0.1)
    assert rig.state == "offline"
    await rig.passes(3)
    assert rig.state in {"online", "offline"}
    await asyncio.gather(lost)
    rig.upstream.answers(b"/api/events/0", ok(b"{}"))
    await rig.passes(1)
    assert rig.state == "online"


def begun(rig: Rig, *targets: bytes) -> list[asyncio.Task[Asked]]:
    return [asyncio.create_task(rig.ask(target)) for target in targets]


def under_way(rig: Rig) -> list[bytes]:
    """What upstream has been asked and not answered."""
    return [sent.request.target for sent in rig.upstream.sent]


async def crowded(rig: Rig) -> tuple[asyncio.Event, list[asyncio.Task[Asked]]]:
    """As many reads as may be are under way; they are answered when the event is set."""
    held = asyncio.Event()
    for target in OTHERS:
        rig.upstream.answers(target, ok(b'"other"', head_after=held))
    asking = begun(rig, *OTHERS)
    await settled()
    rig.upstream.sent.clear()
    return held, asking


async def test_reads_wait_for_their_turn_and_writes_do_not(patient: Rig) -> None:
    await returned(patient)
    held, others = await crowded(patient)
    for target in (FOLDER, b"/api/events/0"):
        patient.upstream.answers(target, ok(b'"new"'))
    waiting = begun(patient, FOLDER, b"/api/events/0")
    await settled()
    assert under_way(patient) == []
    patient.upstream.answers(OTHERS[0], Answer(204))
    written = await patient.ask(OTHERS[0], method="PATCH", body=GivenBody(b"{}"))
    assert written.status == 204
    held.set()
    assert [(await each).body for each in waiting] == [b'"new"'] * 2
    await asyncio.gather(*others)


async def test_what_most_wait_for_is_asked_first(patient: Rig) -> None:
    await returned(patient)
    held, others = await crowded(patient)
    few, many = b"/api/projects/demo/folders/few", b"/api/projects/demo/folders/many"
    for target in (few, many):
        patient.upstream.answers(target, ok(b'"new"'))
    waiting = begun(patient, few, many, many, many)
    await settled()
    held.set()
    await asyncio.gather(*waiting, *others)
    assert under_way(patient) == [many, few]


async def test_what_fell_while_it_waited_for_its_turn_does_not_concern_a_fetch(
    patient: Rig,
) -> None:
    await returned(patient)
    held, others = await crowded(patient)
    patient.upstream.answers(FOLDER, ok(b'"new"'))
    patient.upstream.answers(FOLDER + b"?x", Answer(204))
    before = begun(patient, FOLDER)
    await settled()
    await patient.ask(FOLDER + b"?x", method="PATCH", body=GivenBody(b"{}"))
    after = begun(patient, FOLDER)
    await settled()
    held.set()
    await asyncio.gather(*before, *after, *others)
    await patient.cache.in_flight.idle()
    assert patient.asked(FOLDER) == 1
    assert (await patient.ask(FOLDER)).cache_status.startswith(b"ayon-proxy; hit; ttl=")


async def test_what_has_merely_expired_is_given_at_once_in_a_crowd(patient: Rig) -> None:
    await patient.stored(FOLDER)
    patient.clock.advance(601)
    await returned(patient)
    held, others = await crowded(patient)
    queue = [b"/api/projects/demo/folders/b%d" % each for each in range(AT_A_TIME)]
    for target in queue:
        patient.upstream.answers(target, ok(b'"new"'))
    waiting = begun(patient, *queue)
    patient.upstream.answers(FOLDER, ok(b'"new"'))
    await settled()
    assert (await patient.ask(FOLDER)).cache_status == b"ayon-proxy; hit; detail=offline"
    held.set()
    await asyncio.gather(*waiting, *others)
    await patient.cache.in_flight.idle()
    assert under_way(patient)[-1] == FOLDER
    assert (await patient.ask(FOLDER)).body == b'"new"'


async def test_files_that_are_still_coming_keep_nobody_waiting(patient: Rig) -> None:
    await returned(patient)
    held = asyncio.Event()
    names = [ADDON + b"?%d" % number for number in range(AT_A_TIME + 4)]
    for name in names:
        patient.upstream.answers(name, file(b"files", b'"one"', b"fi", held, b"les"))
    reading = begun(patient, *names)
    await settled()
    assert (await patient.ask(b"/api/events/0")).body == b"{}"
    held.set()
    assert {(await each).body for each in reading} == {b"files"}


async def test_files_that_are_compared_with_a_list_do_not_wait_for_each_other(
    patient: Rig,
) -> None:
    await returned(patient)
    content = b"tools"
    names = [PACKAGE.replace(b"tools", b"tools%d" % each) for each in range(AT_A_TIME + 4)]
    listed = [
        {
            "filename": name.rpartition(b"/")[2].decode(),
            "checksum": hashlib.md5(content).hexdigest(),
            "checksumAlgorithm": "md5",
        }
        for name in names
    ]
    patient.upstream.answers(PACKAGES, ok(json.dumps({"packages": listed}).encode()))
    for name in names:
        patient.upstream.answers(name, file(content))
    asking = begun(patient, *names)
    await patient.passes(1)
    assert {(await each).body for each in asking} == {content}
    async with asyncio.timeout(5):
        await patient.cache.in_flight.idle()
    assert patient.bodies.count(content) == len(names)


async def test_everything_is_as_ever_a_while_later(patient: Rig) -> None:
    await returned(patient)
    await patient.passes(11)
    held, others = await crowded(patient)
    patient.upstream.answers(FOLDER, ok(b'"new"'))
    assert (await patient.ask(FOLDER)).body == b'"new"'
    held.set()
    await asyncio.gather(*others)
