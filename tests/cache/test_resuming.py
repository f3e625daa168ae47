"""A body that broke is taken up where it broke, or dropped: never short, never of two files."""

from __future__ import annotations

import asyncio

import pytest

from ayon_proxy.cache.fetch import RESUME_PAUSES
from ayon_proxy.errors import ProxyError, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Fields
from ayon_proxy.policy.parallel import LARGE_BYTES, LOOK_SECONDS
from tests.cache.rig import ADDON, Rig, file, read, settled
from tests.support.memory_upstream import Answer

CONTENT = b"".join(b"%08d" % at for at in range(0, 200_000, 8))
BROKE = 100_001
CUT = UpstreamBroke("reset")


def rest(
    at: int = BROKE,
    *,
    etag: bytes = b'"one"',
    content_range: bytes | None = None,
    status: int = 206,
    end: int | None = None,
) -> Answer:
    """The answer to a request for what is missing; `end` is where it breaks again."""
    said = content_range or b"bytes %d-%d/%d" % (at, len(CONTENT) - 1, len(CONTENT))
    fields: Fields = ((b"etag", etag), (b"content-range", said))
    steps = (CONTENT[at:],) if end is None else (CONTENT[at:end], CUT)
    return Answer(status, fields, steps)


def broken(at: int = BROKE) -> Answer:
    return file(CONTENT, b'"one"', CONTENT[:at], CUT)


async def asked_through(rig: Rig, pauses: int) -> asyncio.Task[bytes]:
    """A read whose fetch has slept through so many pauses; the probe is answered in each."""

    async def body() -> bytes:
        return (await read(await rig.begin(ADDON))).body

    asking = asyncio.create_task(body())
    for seconds in RESUME_PAUSES[:pauses]:
        assert await asyncio.wait_for(rig.clock.sleeping(), 5) == [pytest.approx(seconds)]
        await rig.cache.line.probe()
        rig.clock.advance(seconds)
        await settled()
    return asking


@pytest.mark.parametrize(
    ("answers", "pauses"),
    [
        ((rest(),), 1),
        ((rest(end=150_000), rest(150_000)), 2),
        ((rest(end=BROKE), rest()), 2),
        ((UpstreamUnreachable("refused"), rest()), 2),
        ((UpstreamBroke("reset"), rest()), 2),
        ((Answer(503), Answer(502), rest()), 3),
    ],
    ids=[
        "at once",
        "in two steps",
        "broken at once",
        "unreachable first",
        "lost first",
        "busy first",
    ],
)
async def test_it_is_taken_up_exactly_where_it_broke(
    rig: Rig, answers: tuple[Answer | ProxyError, ...], pauses: int
) -> None:
    rig.upstream.answers(ADDON, broken(), *answers)
    asking = await asked_through(rig, pauses)
    assert await asking == CONTENT
    await rig.cache.in_flight.idle()
    assert rig.bodies == [CONTENT]
    fields = rig.upstream.sent[1].request.fields
    assert value(fields, b"range") == b"bytes=%d-" % BROKE
    assert value(fields, b"if-range") == b'"one"'


@pytest.mark.parametrize(
    "answer",
    [
        rest(etag=b'"two"'),
        rest(content_range=b"bytes 100000-199999/200000"),
        rest(content_range=b"bytes 100001-199998/200000"),
        rest(content_range=b"bytes 100001-199999/200001"),
        rest(content_range=b"bytes 100001-199999/*"),
        Answer(206, ((b"etag", b'"one"'),), (CONTENT[BROKE:],)),
        Answer(200, ((b"etag", b'"one"'), (b"content-length", b"200000")), (CONTENT,)),
        Answer(416),
        Answer(404),
        Answer(304),
    ],
    ids=[
        "other etag",
        "too early",
        "short",
        "other length",
        "no length",
        "no range",
        "200",
        "416",
        "404",
        "304",
    ],
)
async def test_anything_else_breaks_the_readers_and_nothing_is_stored(
    rig: Rig, answer: Answer
) -> None:
    rig.upstream.answers(ADDON, broken(), answer)
    asking = await asked_through(rig, 1)
    with pytest.raises(UpstreamBroke):
        await asking
    await rig.cache.in_flight.idle()
    assert rig.bodies == []
    assert len(rig.upstream.sent) == 2


async def test_after_the_last_try_it_is_given_up(rig: Rig) -> None:
    rig.upstream.answers(ADDON, broken(), UpstreamUnreachable("refused"))
    asking = await asked_through(rig, len(RESUME_PAUSES))
    with pytest.raises(UpstreamBroke):
        await asking
    await rig.cache.in_flight.idle()
    assert rig.bodies == []


@pytest.mark.parametrize(
    "fields",
    [
        ((b"content-length", b"200000"),),
        ((b"content-length", b"200000"), (b"etag", b'W/"one"')),
    ],
    ids=["no etag", "weak etag"],
)
async def test_without_a_strong_validator_it_is_not_tried(rig: Rig, fields: Fields) -> None:
    rig.upstream.answers(ADDON, Answer(200, fields, (CONTENT[:BROKE], CUT)))
    answer = await rig.begin(ADDON)
    with pytest.raises(UpstreamBroke):
        await read(answer)
    await rig.cache.in_flight.idle()
    assert len(rig.upstream.sent) == 1


async def test_a_body_that_ends_early_without_a_word_is_taken_up_too(rig: Rig) -> None:
    rig.upstream.answers(ADDON, file(CONTENT, b'"one"', CONTENT[:BROKE]), rest())
    asking = await asked_through(rig, 1)
    assert await asking == CONTENT


async def test_a_rest_that_is_too_long_is_not_stored(rig: Rig) -> None:
    too_long = Answer(
        206,
        ((b"etag", b'"one"'), (b"content-range", b"bytes 100001-199999/200000")),
        (CONTENT[BROKE:], b"!"),
    )
    rig.upstream.answers(ADDON, broken(), too_long)
    asking = await asked_through(rig, 1)
    with pytest.raises(UpstreamBroke):
        await asking
    await rig.cache.in_flight.idle()
    assert rig.bodies == []


async def test_it_is_taken_up_though_all_have_left_and_others_join_meanwhile(rig: Rig) -> None:
    rig.upstream.answers(ADDON, broken(), rest())
    leaving = await rig.begin(ADDON)
    await anext(leaving.body.stream())
    await leaving.body.aclose()
    await rig.clock.sleeping()
    joined = await rig.begin(ADDON)
    chunks = joined.body.stream()
    received = await anext(chunks)
    rig.clock.advance(RESUME_PAUSES[0])
    received += b"".join([chunk async for chunk in chunks])
    await joined.body.aclose()
    assert received == CONTENT
    assert len(rig.upstream.sent) == 2


async def test_a_large_one_is_one_fetch_over_however_many_connections(rig: Rig) -> None:
    content = CONTENT * (LARGE_BYTES // len(CONTENT) + 1)
    size = b"%d" % len(content)
    onward = asyncio.Event()
    at = 1 << 20
    middle = len(content) - (len(content) - at) // 2
    second = Answer(
        206,
        (
            (b"etag", b'"one"'),
            (b"content-range", b"bytes %d-%d/%d" % (middle, len(content) - 1, len(content))),
        ),
        (onward, content[middle:]),
    )
    first = Answer(
        200,
        ((b"content-length", size), (b"etag", b'"one"')),
        (content[:at], onward, content[at:]),
    )
    rig.upstream.answers(ADDON, first, second)
    reading = [asyncio.create_task(rig.ask(ADDON)) for _ in range(2)]
    await settled()
    for _ in range(2):
        rig.clock.advance(LOOK_SECONDS)
        await settled()
    assert len(rig.upstream.sent) == 2
    assert rig.cache.in_flight.fetches == 1
    onward.set()
    assert {asked.body == content for asked in await asyncio.gather(*reading)} == {True}
    await rig.cache.in_flight.idle()
    assert rig.bodies == [content]
    assert (rig.cache.traffic.misses, rig.cache.traffic.collapsed) == (1, 1)
