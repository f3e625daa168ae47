"""A stale answer is validated, not fetched again, where upstream gave it a validator."""

from __future__ import annotations

import asyncio

import pytest

from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Fields, Request
from tests.cache.rig import ADDON, FOLDER, Rig, file, ok, settled
from tests.support.memory_upstream import Answer

OLD, NEW = b"o" * 100_000, b"n" * 100_000
CONFIRMED = Answer(206, ((b"etag", b'"one"'), (b"content-range", b"bytes 0-0/100000")), (b"o",))


async def stale(rig: Rig, *answers: Answer, target: bytes = ADDON) -> None:
    """A stored answer beyond its lifetime, and what upstream says when it is asked about it."""
    rig.upstream.answers(target, file(OLD))
    await rig.ask(target)
    await rig.cache.in_flight.idle()
    rig.clock.advance(61)
    rig.upstream.answers(target, *answers)


def conditions(request: Request) -> dict[bytes, bytes | None]:
    names = (b"if-none-match", b"if-range", b"range")
    return {name: value(request.fields, name) for name in names}


@pytest.mark.parametrize("confirmation", [CONFIRMED, Answer(304)], ids=["206", "304"])
async def test_a_confirmed_file_is_given_and_fresh_again(rig: Rig, confirmation: Answer) -> None:
    await stale(rig, confirmation)
    answer = await rig.ask(ADDON)
    assert (answer.status, answer.body) == (200, OLD)
    assert answer.cache_status == b"ayon-proxy; fwd=stale"
    assert answer.value(b"age") == b"0"
    assert conditions(rig.upstream.sent[1].request) == {
        b"if-none-match": b'"one"',
        b"if-range": b'"one"',
        b"range": b"bytes=0-0",
    }
    rig.clock.advance(59)
    assert (await rig.ask(ADDON)).cache_status == b"ayon-proxy; hit; ttl=1"
    assert len(rig.upstream.sent) == 2


async def test_all_who_wait_are_given_what_was_confirmed(rig: Rig) -> None:
    await stale(rig, CONFIRMED)
    asking = [asyncio.create_task(rig.ask(ADDON)) for _ in range(5)]
    assert [it.body for it in await asyncio.gather(*asking)] == [OLD] * 5
    assert len(rig.upstream.sent) == 2


async def test_a_changed_file_replaces_it_in_the_same_trip(rig: Rig) -> None:
    await stale(rig, file(NEW, b'"two"'))
    answer = await rig.ask(ADDON)
    assert (answer.body, answer.cache_status) == (NEW, b"ayon-proxy; fwd=stale; stored")
    await rig.cache.in_flight.idle()
    assert rig.bodies == [NEW]
    await rig.cache.janitor.tick()
    assert list(rig.blobs.blobs.values()) == [NEW]
    assert len(rig.upstream.sent) == 2


@pytest.mark.parametrize(
    "fields",
    [
        ((b"etag", b'"two"'), (b"content-range", b"bytes 0-0/100000")),
        ((b"etag", b'"one"'), (b"content-range", b"bytes 0-0/100001")),
        ((b"etag", b'"one"'), (b"content-range", b"bytes 0-1/100000")),
        ((b"etag", b'"one"'),),
        ((b"content-range", b"bytes 0-0/100000"),),
    ],
    ids=["other etag", "other length", "other range", "no range", "no etag"],
)
@pytest.mark.parametrize("status", [206, 416])
async def test_what_decides_nothing_makes_it_ask_for_the_whole(
    rig: Rig, fields: Fields, status: int
) -> None:
    await stale(rig, Answer(status, fields, (b"o",)), file(NEW, b'"two"'))
    assert (await rig.ask(ADDON)).body == NEW
    asked = [conditions(sent.request) for sent in rig.upstream.sent]
    assert asked[2] == {b"if-none-match": None, b"if-range": None, b"range": None}


@pytest.mark.parametrize("fields", [(), ((b"etag", b'W/"weak"'),)], ids=["no etag", "weak etag"])
async def test_a_file_without_a_strong_etag_is_fetched_again(rig: Rig, fields: Fields) -> None:
    await rig.stored(ADDON, OLD, *fields)
    rig.clock.advance(61)
    rig.upstream.answers(ADDON, ok(NEW, fields=fields))
    assert (await rig.ask(ADDON)).body == NEW
    assert conditions(rig.upstream.sent[1].request)[b"range"] is None


async def test_an_empty_file_is_fetched_again(rig: Rig) -> None:
    """There is no byte to ask for: upstream would answer 416."""
    await rig.stored(ADDON, b"", (b"etag", b'"one"'), (b"content-length", b"0"))
    rig.clock.advance(61)
    await rig.ask(ADDON)
    assert conditions(rig.upstream.sent[1].request)[b"range"] is None


async def test_an_answer_that_is_no_file_is_validated_by_its_etag_alone(rig: Rig) -> None:
    await rig.stored(FOLDER, b'"first"', (b"etag", b'W/"weak"'))
    rig.clock.advance(11)
    rig.upstream.answers(FOLDER, Answer(304))
    assert (await rig.ask(FOLDER)).body == b'"first"'
    assert conditions(rig.upstream.sent[1].request) == {
        b"if-none-match": b'W/"weak"',
        b"if-range": None,
        b"range": None,
    }


async def test_the_proxys_own_etag_is_nothing_to_upstream(rig: Rig) -> None:
    await rig.stored(FOLDER)
    rig.clock.advance(11)
    await rig.ask(FOLDER)
    assert conditions(rig.upstream.sent[1].request)[b"if-none-match"] is None


async def test_a_confirmed_answer_whose_file_is_gone_is_asked_for(rig: Rig) -> None:
    await stale(rig, CONFIRMED, file(NEW))
    rig.blobs.blobs.clear()
    assert (await rig.ask(ADDON)).body == NEW


async def test_confirming_after_an_invalidation_makes_it_fresh(rig: Rig) -> None:
    await stale(rig, Answer(204), CONFIRMED)
    await rig.ask(ADDON, method="POST")
    assert (await rig.ask(ADDON)).cache_status == b"ayon-proxy; fwd=stale"
    assert (await rig.ask(ADDON)).cache_status == b"ayon-proxy; hit; ttl=60"


async def test_a_confirmation_across_an_invalidation_does_not(rig: Rig) -> None:
    head = asyncio.Event()
    late = Answer(304, head_after=head)
    await stale(rig, late, Answer(204), CONFIRMED)
    asking = asyncio.create_task(rig.ask(ADDON))
    await rig.upstream.arrived(2)
    await rig.ask(ADDON, method="POST")
    head.set()
    assert (await asking).body == OLD
    assert (await rig.ask(ADDON)).cache_status == b"ayon-proxy; fwd=stale"


async def test_a_confirmation_holds_only_for_what_was_asked_about(rig: Rig) -> None:
    """While upstream confirms the old one, a fetch that began before has stored another."""
    end, head = asyncio.Event(), asyncio.Event()
    await stale(
        rig,
        file(NEW, b'"two"', NEW[:10], end, NEW[10:]),
        Answer(204),
        Answer(304, head_after=head),
    )
    slow = asyncio.create_task(rig.ask(ADDON))
    await rig.upstream.arrived(2)
    await rig.ask(ADDON, method="POST")
    asking = asyncio.create_task(rig.ask(ADDON))
    await rig.upstream.arrived(4)
    end.set()
    assert (await slow).body == NEW
    await settled()
    head.set()
    assert (await asking).body == OLD
    rig.upstream.answers(ADDON, file(OLD))
    answer = await rig.ask(ADDON)
    assert answer.cache_status.startswith(b"ayon-proxy; fwd=stale")
    assert answer.body == OLD
