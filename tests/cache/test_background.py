"""Background batches: what they change is invalidated until they have ended, whoever polls.

Mutations that must fail: the intent closed when the batch has begun; a running poll that does not
invalidate; an ended one handed on before; `polled` never set, or never cleared; the caller's
credential left out of the proxy's own poll; a poll that upstream does not answer taken for an end;
`unknown` not invalidated; no end after half an hour; a picture that it changes asked for meanwhile,
or held for ever; the intent closed though the end is not durable.
"""

from __future__ import annotations

import asyncio
from typing import Any

import orjson
import pytest

from ayon_proxy.cache.background import LIMIT_SECONDS, MOST_FOLLOWED, QUIET_SECONDS
from ayon_proxy.cache.bodies import RelayedBody
from ayon_proxy.cache.peeking import PeekedBody
from ayon_proxy.errors import ProxyError, StorageFailed, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy.tags import tag_hash
from tests.cache.rig import DEADLINE, JSON, Asked, Rig, ok, settled
from tests.support.memory_upstream import Answer, MemoryUpstreamResponse
from tests.support.request_bodies import GivenBody

F = "f" * 32
FOLDER = f"/api/projects/demo/folders/{F}".encode()
OTHER = b"/api/projects/demo/folders/" + b"0" * 32
BATCH = b"/api/projects/demo/operations/background"
POLL = BATCH + b"/1a2b"

OPERATIONS = orjson.dumps(
    {
        "operations": [
            {"type": "update", "entityType": "folder", "entityId": F, "data": {"label": "x"}}
        ]
    }
)

BEGUN = ok(b'{"id":"1a2b","status":"pending"}')


def state(status: str) -> Answer:
    return ok(orjson.dumps({"id": "1a2b", "status": status}))


async def begin(rig: Rig, *polls: Answer | ProxyError, begun: Answer = BEGUN) -> Asked:
    """Two folders are stored, then a batch that changes one of them begins."""
    rig.upstream.answers(BATCH, begun)
    if polls:
        rig.upstream.answers(POLL, *polls)
    return await rig.ask(BATCH, JSON, method="POST", body=GivenBody(OPERATIONS))


async def fresh(rig: Rig, target: bytes) -> bool:
    return (await rig.ask(target)).cache_status.startswith(b"ayon-proxy; hit")


async def stored(rig: Rig) -> None:
    for target in (FOLDER, OTHER):
        await rig.stored(target)


async def quiet(rig: Rig, times: int = 1) -> None:
    """Nobody polls for so long."""
    for _ in range(times):
        await settled()
        rig.clock.advance(QUIET_SECONDS)
    await settled()


def at(rig: Rig) -> int:
    return rig.cache.tags.last_invalidated(tag_hash(f"entity:{F}"))


async def test_its_answers_are_handed_on_as_they_are(rig: Rig) -> None:
    begun = await begin(rig, state("completed"))
    assert (begun.body, begun.cache_status) == (BEGUN.chunks[0], b"ayon-proxy; fwd=method")
    polled = await rig.ask(POLL)
    assert (polled.body, polled.cache_status) == (
        state("completed").chunks[0],
        b"ayon-proxy; fwd=bypass",
    )
    assert [sent.body for sent in rig.upstream.sent] == [OPERATIONS, b""]


async def test_what_it_changes_is_stale_after_each_poll_until_it_has_ended(rig: Rig) -> None:
    await begin(rig, state("pending"), state("in_progress"), state("completed"))
    for _ in range(3):
        await stored(rig)
        assert await fresh(rig, FOLDER)
        await rig.ask(POLL)
        assert not await fresh(rig, FOLDER)
        assert await fresh(rig, OTHER)


async def test_it_is_invalidated_before_the_poll_that_ends_it_is_answered(rig: Rig) -> None:
    await begin(rig, state("completed"))
    await stored(rig)
    answer = await rig.begin(POLL)
    assert not await fresh(rig, FOLDER)
    await answer.body.aclose()


async def test_its_intent_stays_open_until_it_has_ended(rig: Rig) -> None:
    await begin(rig, state("in_progress"), state("completed"))
    await quiet_settling(rig)
    assert len(rig.journal.intents) == 1
    await rig.ask(POLL)
    assert len(rig.journal.intents) == 1
    await rig.ask(POLL)
    await quiet_settling(rig)
    assert not rig.journal.intents


async def quiet_settling(rig: Rig) -> None:
    """What has to settle has settled."""
    await settled()
    rig.clock.advance(3)
    await settled()


@pytest.mark.parametrize(
    ("ending", "poll_answer"),
    [
        ("completed", state("completed")),
        ("failed", state("failed")),
        ("forgotten", Answer(404, (JSON,), (b'{"code":404,"detail":"not found"}',))),
    ],
)
async def test_any_end_of_it_is_one(rig: Rig, ending: str, poll_answer: Answer) -> None:
    await begin(rig, poll_answer)
    await rig.ask(POLL)
    await quiet_settling(rig)
    assert not rig.journal.intents, ending


@pytest.mark.parametrize(
    "poll_answer",
    [
        Answer(500),
        Answer(401, (JSON,), (b"{}",)),
        Answer(200, (), (b"a page",)),
        UpstreamBroke("reset"),
        ok(b'{"status":', UpstreamBroke("reset")),
    ],
    ids=repr,
)
async def test_a_poll_that_tells_nothing_does_not_end_it(
    rig: Rig, poll_answer: Answer | ProxyError
) -> None:
    await begin(rig, poll_answer, state("completed"))
    await quiet(rig)
    assert len(rig.journal.intents) == 1
    await quiet(rig)
    assert rig.asked(POLL) == 2


PICTURE = orjson.dumps(
    {
        "operations": [
            {"type": "update", "entityType": "folder", "entityId": F, "data": {"thumbnailId": "t"}}
        ]
    }
)


@pytest.mark.parametrize("ending", ["poll", "refused", "stopped"])
async def test_a_picture_that_it_changes_is_not_asked_for_until_it_has_ended(
    rig: Rig, ending: str
) -> None:
    thumbnail = FOLDER + b"/thumbnail"
    rig.upstream.answers(thumbnail, Answer(404))
    rig.upstream.answers(BATCH, Answer(422) if ending == "refused" else BEGUN)
    rig.upstream.answers(POLL, state("in_progress"), state("completed"))
    await rig.ask(BATCH, JSON, method="POST", body=GivenBody(PICTURE))
    await rig.ask(POLL) if ending != "refused" else None

    asking = asyncio.create_task(rig.ask(thumbnail))
    await settled()
    assert (rig.asked(thumbnail) == 1) is (ending == "refused")
    if ending == "poll":
        await rig.ask(POLL)
    elif ending == "stopped":
        await rig.cache.writer.aclose()

    assert (await asking).status == 404
    assert rig.asked(thumbnail) == 1


async def test_an_end_that_is_not_durable_leaves_the_intent(rig: Rig) -> None:
    await begin(rig, state("completed"))
    await quiet_settling(rig)
    (intent,) = rig.journal.intents
    rig.index.failure = StorageFailed("disk full")
    await rig.ask(POLL)
    await settled()
    assert intent in rig.journal.intents


async def test_the_proxy_polls_when_its_client_stops(rig: Rig) -> None:
    await begin(rig, state("in_progress"), state("completed"))
    await quiet(rig)
    assert rig.asked(POLL) == 1
    await stored(rig)
    await quiet(rig)
    assert rig.asked(POLL) == 2
    assert not await fresh(rig, FOLDER)
    assert await fresh(rig, OTHER)
    await quiet(rig, 3)
    assert rig.asked(POLL) == 2
    assert not rig.journal.intents


async def test_it_polls_with_the_credential_of_whoever_began_it_and_no_more(rig: Rig) -> None:
    await begin(rig, state("completed"))
    await quiet(rig)
    polled = rig.upstream.sent[-1].request
    assert (polled.method, polled.path) == ("GET", POLL)
    assert dict(polled.fields) == {b"x-api-key": b"alice"}


async def test_no_credential_is_written_down(rig: Rig) -> None:
    await begin(rig, state("in_progress"))
    written = b"".join([*rig.journal.intents, *rig.journal.facts.values()])
    assert b"alice" not in written


async def test_the_proxy_does_not_poll_while_its_client_does(rig: Rig) -> None:
    await begin(rig, state("in_progress"))
    for _ in range(4):
        await settled()
        await rig.ask(POLL)
        rig.clock.advance(QUIET_SECONDS)
    await settled()
    assert rig.asked(POLL) == 4
    await quiet(rig)
    assert rig.asked(POLL) == 5


async def test_one_that_never_ends_is_given_up(rig: Rig) -> None:
    await begin(rig, state("in_progress"))
    await quiet(rig, int(LIMIT_SECONDS / QUIET_SECONDS))
    await quiet_settling(rig)
    assert not rig.journal.intents
    asked = rig.asked(POLL)
    await quiet(rig, 3)
    assert rig.asked(POLL) == asked


async def test_a_poll_of_one_that_nobody_saw_begin_takes_all_answers_of_its_project(
    rig: Rig,
) -> None:
    await stored(rig)
    rig.upstream.answers(POLL, state("in_progress"))
    await rig.ask(POLL)
    assert not await fresh(rig, FOLDER)
    assert not await fresh(rig, OTHER)


async def test_after_a_restart_it_falls_at_once_and_again_a_minute_later(rig: Rig) -> None:
    await begin(rig)
    await stored(rig)
    await rig.cache.writer.aclose()
    await rig.cache.invalidator.aclose()
    rig.restart()
    await rig.cache.tags.load()
    await rig.cache.invalidator.recover()
    assert not await fresh(rig, FOLDER)
    await stored(rig)
    assert await fresh(rig, FOLDER)
    before = at(rig)
    await settled()
    rig.clock.advance(60)
    await settled()
    assert at(rig) > before


@pytest.mark.parametrize(
    "begun",
    [
        Answer(403, (JSON,), (b'{"code":403,"detail":"no"}',)),
        ok(b"{}"),
        ok(b'{"id":"../x"}'),
        ok(b'{"id":7}'),
        ok(b"x"),
    ],
    ids=repr,
)
async def test_one_that_did_not_begin_is_not_followed(rig: Rig, begun: Answer) -> None:
    answer = await begin(rig, begun=begun)
    assert answer.body == begun.chunks[0]
    await quiet(rig, 2)
    assert not rig.journal.intents
    assert len(rig.upstream.sent) == 1


async def test_an_answer_that_breaks_off_breaks_off_for_its_client(rig: Rig) -> None:
    rig.upstream.answers(BATCH, ok(b'{"id":', UpstreamBroke("reset")))
    with pytest.raises(UpstreamBroke):
        await rig.ask(BATCH, JSON, method="POST", body=GivenBody(OPERATIONS))
    await quiet_settling(rig)
    assert not rig.journal.intents


async def test_there_is_a_limit_to_how_many_are_followed(rig: Rig) -> None:
    for number in range(MOST_FOLLOWED + 1):
        rig.upstream.answers(BATCH, ok(b'{"id":"%d"}' % number))
        await rig.ask(BATCH, JSON, method="POST", body=GivenBody(OPERATIONS))
    await quiet_settling(rig)
    assert len(rig.journal.intents) == MOST_FOLLOWED


async def test_upstream_away_is_asked_again_later(rig: Rig) -> None:
    await begin(rig, UpstreamUnreachable("refused"), state("completed"))
    await quiet(rig, 1)
    await rig.cache.line.probe()
    await quiet(rig, 1)
    await quiet_settling(rig)
    assert not rig.journal.intents


@pytest.mark.parametrize("turns", range(0, 40, 3))
async def test_a_poller_that_leaves_at_any_turn_leaves_nothing_open(rig: Rig, turns: int) -> None:
    await begin(rig, state("completed"))
    polling = asyncio.create_task(rig.begin(POLL))
    for _ in range(turns):
        await asyncio.sleep(0)
    polling.cancel()
    (ended,) = await asyncio.gather(polling, return_exceptions=True)
    if not isinstance(ended, BaseException):
        await ended.body.aclose()
    assert all(it.closed.is_set() for it in rig.upstream.responses)


async def test_two_polls_at_once_end_it_once(rig: Rig) -> None:
    await begin(rig, state("completed"))
    held: list[Any] = [asyncio.create_task(rig.ask(POLL)) for _ in range(2)]
    async with asyncio.timeout(DEADLINE):
        await asyncio.gather(*held)
    await quiet_settling(rig)
    assert not rig.journal.intents


async def test_upstream_is_asked_for_answers_that_can_be_read(rig: Rig) -> None:
    rig.upstream.answers(BATCH, BEGUN)
    rig.upstream.answers(POLL, state("completed"))
    packed = (b"accept-encoding", b"gzip")
    await rig.ask(BATCH, JSON, packed, method="POST", body=GivenBody(OPERATIONS))
    await rig.ask(POLL, packed)
    assert len(rig.upstream.sent) == 2
    assert not [sent for sent in rig.upstream.sent if packed in sent.request.fields]


async def test_an_answer_too_long_to_be_looked_into_is_handed_on_whole() -> None:
    pieces = (b"one", b"two", b"three")
    response = MemoryUpstreamResponse(Answer(200, (), pieces))
    body = PeekedBody(RelayedBody(response, None))
    assert await body.whole(5) is None
    assert response.wire_bytes == 6
    assert b"".join([chunk async for chunk in body.stream()]) == b"".join(pieces)
    await body.aclose()
