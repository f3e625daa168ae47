"""One fetch for all who wait: written once, read as it grows, going on when they leave."""

from __future__ import annotations

import asyncio

import pytest

from ayon_proxy.cache.fetch import SILENT_SECONDS
from ayon_proxy.errors import UpstreamBroke, UpstreamUnreachable
from tests.cache.rig import ADDON, FOLDER, ME, Rig, file, ok, read, settled
from tests.support.memory_upstream import Answer


async def test_many_who_ask_at_once_cost_one_fetch(rig: Rig) -> None:
    head = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(b'"body"', head_after=head))
    asking = [asyncio.create_task(rig.ask(FOLDER)) for _ in range(200)]
    await settled()
    head.set()
    answers = await asyncio.gather(*asking)
    assert {answer.body for answer in answers} == {b'"body"'}
    assert sorted(answer.cache_status for answer in answers) == (
        [b"ayon-proxy; fwd=uri-miss; collapsed"] * 199 + [b"ayon-proxy; fwd=uri-miss; stored"]
    )
    assert rig.asked(FOLDER) == 1
    assert (rig.cache.traffic.misses, rig.cache.traffic.collapsed) == (1, 199)


async def test_a_fetch_that_has_fallen_silent_is_not_waited_for(rig: Rig) -> None:
    never = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(b'"late"', head_after=never), ok(b'"body"'))
    first = asyncio.create_task(rig.ask(FOLDER))
    await rig.upstream.arrived(1)
    rig.clock.advance(SILENT_SECONDS - 1)
    second = asyncio.create_task(rig.ask(FOLDER))
    await settled()
    assert rig.asked(FOLDER) == 1
    rig.clock.advance(1)

    assert (await rig.ask(FOLDER)).body == b'"body"'
    never.set()
    assert {(await first).body, (await second).body} == {b'"late"'}


@pytest.mark.parametrize(
    "fields",
    [
        {"caller": b"bob"},
        {"caller": b"alice", "extra": (b"x-as-user", b"bob")},
        {"caller": b"alice", "extra": (b"authorization", b"Bearer other")},
        {"caller": b"alice", "extra": (b"cookie", b"accessToken=other")},
    ],
    ids=["api key", "as user", "bearer", "cookie"],
)
async def test_no_fetch_and_no_stored_answer_is_shared_with_another_credential(
    rig: Rig, fields: dict[str, object]
) -> None:
    caller, extra = fields["caller"], fields.get("extra")
    assert isinstance(caller, bytes)
    others = (extra,) if isinstance(extra, tuple) else ()
    heads = [asyncio.Event(), asyncio.Event()]
    rig.upstream.answers(
        FOLDER, ok(b'"for alice"', head_after=heads[0]), ok(b'"for the other"', head_after=heads[1])
    )
    first = asyncio.create_task(rig.ask(FOLDER))
    await rig.upstream.arrived(1)
    second = asyncio.create_task(rig.ask(FOLDER, *others, caller=caller))
    await rig.upstream.arrived(2)
    for head in heads:
        head.set()
    assert ((await first).body, (await second).body) == (b'"for alice"', b'"for the other"')
    await rig.cache.in_flight.idle()
    assert (await rig.ask(FOLDER)).body == b'"for alice"'
    assert (await rig.ask(FOLDER, *others, caller=caller)).body == b'"for the other"'


async def test_who_joins_later_reads_from_the_start_while_it_grows(rig: Rig) -> None:
    content = bytes(range(256)) * 1200
    middle = asyncio.Event()
    rig.upstream.answers(
        ADDON, file(content, b'"one"', content[:200_000], middle, content[200_000:])
    )
    first = await rig.begin(ADDON)
    first_chunks = first.body.stream()
    received = await anext(first_chunks)
    joined = await rig.begin(ADDON)
    assert joined.cache_status == b"ayon-proxy; fwd=uri-miss; collapsed"
    joined_chunks = joined.body.stream()
    also = b""
    while len(also) < 200_000:
        also += await anext(joined_chunks)
    assert also == content[:200_000]
    middle.set()
    received += b"".join([chunk async for chunk in first_chunks])
    also += b"".join([chunk async for chunk in joined_chunks])
    assert received == also == content
    await first.body.aclose()
    await joined.body.aclose()
    assert rig.asked(ADDON) == 1


@pytest.mark.parametrize("size", [10, 200_000], ids=["in memory", "in a file"])
async def test_the_fetch_goes_on_when_all_have_left(rig: Rig, size: int) -> None:
    middle, content = asyncio.Event(), bytes(size)
    rig.upstream.answers(
        ADDON, file(content, b'"one"', content[: size // 2], middle, content[size // 2 :])
    )
    for _ in range(2):
        leaving = await rig.begin(ADDON)
        await anext(leaving.body.stream())
        await leaving.body.aclose()
    middle.set()
    await rig.cache.in_flight.idle()
    answer = await rig.ask(ADDON)
    assert (answer.body, answer.cache_status) == (content, b"ayon-proxy; hit; ttl=60")
    assert rig.asked(ADDON) == 1


@pytest.mark.parametrize("waiting", [0, 1, 3])
async def test_the_first_comer_may_leave_before_the_head(rig: Rig, waiting: int) -> None:
    head = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(b'"body"', head_after=head))
    first = asyncio.create_task(rig.ask(FOLDER))
    await rig.upstream.arrived(1)
    others = [asyncio.create_task(rig.ask(FOLDER)) for _ in range(waiting)]
    await settled()
    first.cancel()
    await settled()
    head.set()
    assert [it.body for it in await asyncio.gather(*others)] == [b'"body"'] * waiting
    await rig.cache.in_flight.idle()
    assert rig.bodies == [b'"body"']
    assert rig.asked(FOLDER) == 1


async def test_one_who_waits_may_leave_and_the_others_do_not_notice(rig: Rig) -> None:
    head = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(b'"body"', head_after=head))
    asking = [asyncio.create_task(rig.ask(FOLDER)) for _ in range(3)]
    await settled()
    asking[1].cancel()
    await settled()
    head.set()
    assert (await asking[0]).body == (await asking[2]).body == b'"body"'


@pytest.mark.parametrize("left", [False, True], ids=["all stay", "the first has left"])
async def test_what_may_not_be_shared_is_asked_for_by_each(rig: Rig, left: bool) -> None:
    head = asyncio.Event()
    rig.upstream.answers(FOLDER, Answer(403, (), (b"no",), head), Answer(403, (), (b"not you",)))
    asking = [asyncio.create_task(rig.ask(FOLDER)) for _ in range(3)]
    await settled()
    if left:
        asking.pop(0).cancel()
        await settled()
    head.set()
    answers = await asyncio.gather(*asking)
    own = [] if left else [b"no"]
    assert sorted(answer.body for answer in answers) == sorted([*own, b"not you", b"not you"])
    assert {answer.cache_status for answer in answers} == {b"ayon-proxy; fwd=uri-miss"}
    assert rig.asked(FOLDER) == 3


async def test_an_answer_for_one_who_has_left_is_closed(rig: Rig) -> None:
    """Which of two happens first, the head or the leaving, is decided in one turn of the loop."""
    for turns in range(8):
        head = asyncio.Event()
        rig.upstream.answers(FOLDER, Answer(404, (), (b"no",), head))
        asking = asyncio.create_task(rig.ask(FOLDER))
        await rig.upstream.arrived(turns + 1)
        head.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        await rig.cache.in_flight.idle()
        assert rig.upstream.responses[-1].closed.is_set()


@pytest.mark.parametrize(
    ("error", "detail"),
    [
        (UpstreamUnreachable("refused"), b"ayon-proxy; detail=offline"),
        (UpstreamBroke("reset"), b"ayon-proxy; detail=lost"),
    ],
)
async def test_all_who_wait_hear_of_a_failure_and_the_next_asks_anew(
    rig: Rig, error: UpstreamUnreachable | UpstreamBroke, detail: bytes
) -> None:
    rig.upstream.answers(FOLDER, error, ok(b"back"))
    asking = [asyncio.create_task(rig.ask(FOLDER)) for _ in range(3)]
    answers = await asyncio.gather(*asking)
    assert [(it.status, it.cache_status) for it in answers] == [(504, detail)] * 3
    assert rig.asked(FOLDER) == 1
    rig.clock.advance(2)
    assert (await rig.ask(FOLDER)).body == b"back"


async def test_a_body_that_is_being_checked_can_still_be_joined_and_read(rig: Rig) -> None:
    """Between its last byte and its row a body is in neither place, and both."""
    end, content = asyncio.Event(), bytes(100_000)
    rig.upstream.answers(ADDON, file(content, b'"one"', content, end))
    first = asyncio.create_task(rig.ask(ADDON))
    await settled()
    for turns in range(12):
        end.set()
        for _ in range(turns):
            await asyncio.sleep(0)
        answer = await rig.ask(ADDON)
        assert answer.body == content
    assert (await first).body == content
    assert rig.asked(ADDON) == 1


async def test_a_broken_body_is_not_joined(rig: Rig) -> None:
    rig.upstream.answers(FOLDER, ok(b"half", UpstreamBroke("cut")), ok(b"whole"))
    broken = await rig.begin(FOLDER)
    with pytest.raises(UpstreamBroke):
        await read(broken)
    assert (await rig.ask(FOLDER)).body == b"whole"


async def test_stopping_ends_every_wait(rig: Rig) -> None:
    never = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(b"never", head_after=never), UpstreamUnreachable("stopped"))
    rig.upstream.answers(ME, UpstreamUnreachable("stopped"))
    rig.upstream.answers(ADDON, file(b"abc", b'"one"', b"a", never), UpstreamUnreachable("stopped"))
    waiting = asyncio.create_task(rig.ask(FOLDER))
    growing = await rig.begin(ADDON)
    chunks = growing.body.stream()
    assert await anext(chunks) == b"a"
    not_begun = asyncio.create_task(rig.ask(ME))
    await asyncio.sleep(0)
    await rig.cache.in_flight.aclose()
    with pytest.raises(UpstreamBroke):
        await anext(chunks)
    await growing.body.aclose()
    assert (await waiting).status == 504
    assert (await not_begun).status == 504
    assert rig.bodies == []
