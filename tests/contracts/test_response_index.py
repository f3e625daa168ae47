"""What `cache` relies on in a ResponseIndex, the fake and the real one alike."""

from __future__ import annotations

import asyncio
import hashlib
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayon_proxy.cache.ports import Invalidations, ResponseIndex
from ayon_proxy.policy.message import StoredResponse
from tests.support.builders import stored_response

BIG = b"b" * 70_001


async def test_what_was_stored_is_found_again_exactly(index: ResponseIndex) -> None:
    response = stored_response(
        fields=((b"set-cookie", b"a=1"), (b"set-cookie", b"b=2"), (b"x-name", b"\xc3\xa9\xff\x00")),
        tags=("everything", "project:demo", "entity:1"),
        body=bytes(range(256)),
    )
    await index.store(response)
    assert await index.lookup(response.key) == response


async def test_a_body_in_a_blob_is_found_by_its_digest(index: ResponseIndex) -> None:
    response = stored_response(body=BIG, in_blob=True)
    await index.store(response)
    assert await index.lookup(response.key) == response


async def test_an_empty_body_is_not_a_missing_one(index: ResponseIndex) -> None:
    await index.store(stored_response(body=b""))
    found = await index.lookup(b"key")
    assert found is not None
    assert found.inline == b""


async def test_an_unknown_key_is_not_found(index: ResponseIndex) -> None:
    await index.store(stored_response(b"key"))
    assert await index.lookup(b"key2") is None
    assert await index.lookup(b"") is None


async def test_storing_again_replaces_everything_under_the_key(index: ResponseIndex) -> None:
    await index.store(stored_response(body=BIG, in_blob=True, begun_seq=9, tags=("a", "b")))
    newer = stored_response(status=404, fields=(), begun_seq=3, received_at=2000.5, url="/other")
    await index.store(newer)
    assert await index.lookup(b"key") == newer
    assert (await index.usage()).responses == 1


async def test_freshening_moves_when_it_was_received_and_begun(index: ResponseIndex) -> None:
    response = stored_response(begun_seq=1)
    await index.store(response)
    await index.freshen(b"key", received_at=1234.5, begun_seq=7)
    assert await index.lookup(b"key") == replace(response, received_at=1234.5, begun_seq=7)


async def test_freshening_what_is_gone_stores_nothing(index: ResponseIndex) -> None:
    await index.freshen(b"key", received_at=1.0, begun_seq=1)
    assert await index.lookup(b"key") is None


async def test_forgotten_keys_are_gone_and_others_stay(index: ResponseIndex) -> None:
    keys = [b"%d" % number for number in range(1201)]  # more than one slice
    await asyncio.gather(*(index.store(stored_response(key)) for key in keys))
    await index.forget([*keys[:-1], b"never stored"])
    assert await index.lookup(keys[0]) is None
    assert await index.lookup(keys[-2]) is None
    assert await index.lookup(keys[-1]) is not None
    assert (await index.usage()).responses == 1


async def test_concurrent_stores_under_one_key_leave_one_of_them_whole(
    index: ResponseIndex,
) -> None:
    candidates = [stored_response(body=b"%d" % one, begun_seq=one) for one in range(40)]
    await asyncio.gather(*(index.store(one) for one in candidates))
    assert await index.lookup(b"key") in candidates


class TestLeastUsed:
    async def test_they_leave_in_the_order_of_their_last_use(self, index: ResponseIndex) -> None:
        for number in range(4):
            await index.store(stored_response(b"%d" % number, received_at=1000.0 + number))
        await index.touch({b"0": 2000.5, b"2": 1000.5, b"never stored": 1.0})
        every = await index.least_used(1 << 40, spare=())
        assert [one.key for one in every] == [b"2", b"1", b"3", b"0"]

    async def test_what_was_used_in_the_future_leaves_before_what_is_used_now(
        self, index: ResponseIndex
    ) -> None:
        """The clock has been set back: more of them than one slice."""
        keys = [b"%d" % number for number in range(1201)]
        for key in keys:
            await index.store(stored_response(key, received_at=9e9))
        await index.store(stored_response(b"past", received_at=1000.0))
        await index.used_by(2000.0)
        await index.store(stored_response(b"now", received_at=2000.5))
        every = [one.key for one in await index.least_used(1 << 40, spare=())]
        assert (every[0], every[-1]) == (b"past", b"now")
        assert sorted(every[1:-1]) == sorted(keys)

    async def test_no_more_leave_than_it_takes(self, index: ResponseIndex) -> None:
        for number in range(9):
            body = bytes(10_000)
            await index.store(
                stored_response(b"%d" % number, body=body, received_at=1000.0 + number)
            )
        leaving = await index.least_used(25_000, spare=())
        assert [one.key for one in leaving] == [b"0", b"1", b"2"]
        assert all(10_000 <= one.size < 10_500 for one in leaving)

    async def test_nothing_leaves_when_nothing_is_wanted(self, index: ResponseIndex) -> None:
        await index.store(stored_response())
        assert await index.least_used(0, spare=()) == []

    async def test_what_is_being_read_is_spared(self, index: ResponseIndex) -> None:
        reading = stored_response(b"reading", body=BIG, in_blob=True, received_at=1.0)
        await index.store(reading)
        await index.store(stored_response(b"idle", received_at=2.0))
        assert reading.digest is not None
        leaving = await index.least_used(1 << 40, spare=[reading.digest])
        assert [one.key for one in leaving] == [b"idle"]

    async def test_a_shared_blob_is_freed_with_its_last_reference(
        self, index: ResponseIndex
    ) -> None:
        for number in range(3):
            response = stored_response(b"%d" % number, body=BIG, in_blob=True)
            await index.store(replace(response, received_at=1000.0 + number))
        sizes = [one.size for one in await index.least_used(1 << 40, spare=())]
        assert sizes[0] < 1000
        assert sizes[1] < 1000
        assert sizes[2] >= len(BIG)


class TestTagClock:
    async def test_it_begins_at_nothing(self, index: ResponseIndex) -> None:
        assert await index.invalidations() == Invalidations(0, 0, {}, {}, 0)

    async def test_every_64_bit_hash_comes_back(self, index: ResponseIndex) -> None:
        hashes = [0, 1, (1 << 63) - 1, 1 << 63, (1 << 64) - 1]
        await index.invalidate(hashes, 5)
        known = await index.invalidations()
        assert known == Invalidations(5, 0, dict.fromkeys(hashes, 5), {}, 5)

    async def test_an_older_number_does_not_undo_a_newer_one(self, index: ResponseIndex) -> None:
        await index.invalidate([1, 2], 7)
        await index.invalidate([2, 3], 6)
        assert await index.invalidations() == Invalidations(7, 0, {1: 7, 2: 7, 3: 6}, {}, 4)

    async def test_a_number_without_tags_is_remembered(self, index: ResponseIndex) -> None:
        await index.invalidate([], 10)
        await index.invalidate([], 9)
        assert await index.invalidations() == Invalidations(10, 0, {}, {}, 0)

    async def test_it_is_never_behind_a_stored_response(self, index: ResponseIndex) -> None:
        """Else the next invalidation would get a number that this response already has."""
        await index.store(stored_response(begun_seq=12))
        assert (await index.invalidations()).highest_seq == 12
        await index.freshen(b"key", received_at=1.0, begun_seq=15)
        assert (await index.invalidations()).highest_seq == 15
        await index.forget([b"key"])
        assert (await index.invalidations()).highest_seq == 15

    async def test_two_of_one_number_are_both_kept(self, index: ResponseIndex) -> None:
        """A number is used again when the first one's invalidation was never saved for sure."""
        await index.invalidate([1], 5)
        await index.invalidate([2, (1 << 64) - 1], 5)
        await index.invalidate([3], 5, lasting=True)
        last = {1: 5, 2: 5, (1 << 64) - 1: 5}
        assert await index.invalidations() == Invalidations(5, 0, last, {3: 5}, 3)

    async def test_what_is_lasting_is_kept_apart(self, index: ResponseIndex) -> None:
        await index.invalidate([1, 2], 1, lasting=True)
        await index.invalidate([2, 3], 2)
        assert await index.invalidations() == Invalidations(2, 0, {2: 2, 3: 2}, {1: 1, 2: 1}, 2)

    async def test_below_the_floor_all_is_forgotten_but_what_is_lasting(
        self, index: ResponseIndex
    ) -> None:
        for seq in range(1, 500):  # more than one slice
            await index.invalidate([seq, 1 << 63], seq)
        await index.invalidate([2], 2, lasting=True)
        await index.forget_invalidations(497)
        last = {498: 498, 499: 499, 1 << 63: 499}
        assert await index.invalidations() == Invalidations(499, 497, last, {2: 2}, 4)

    async def test_the_floor_never_sinks(self, index: ResponseIndex) -> None:
        await index.invalidate([1], 9)
        await index.forget_invalidations(10)
        await index.forget_invalidations(9)
        assert await index.invalidations() == Invalidations(10, 10, {}, {}, 0)


class TestReferences:
    async def test_only_blobs_without_a_response_are_unreferenced(
        self, index: ResponseIndex
    ) -> None:
        response = stored_response(body=BIG, in_blob=True)
        await index.store(response)
        assert response.digest is not None
        others = {hashlib.sha256(b"%d" % number).digest() for number in range(1200)}
        assert await index.unreferenced({*others, response.digest}) == others
        assert await index.unreferenced(()) == set()

    @pytest.mark.parametrize("how", ["forgotten", "replaced"])
    async def test_a_blob_is_unreferenced_once_its_last_response_is_gone(
        self, index: ResponseIndex, how: str
    ) -> None:
        first = stored_response(b"first", body=BIG, in_blob=True)
        second = replace(first, key=b"second")
        assert first.digest is not None
        await index.store(first)
        await index.store(second)
        for key, expected in ((b"first", set()), (b"second", {first.digest})):
            if how == "forgotten":
                await index.forget([key])
            else:
                await index.store(stored_response(key))
            assert await index.unreferenced([first.digest]) == expected


async def test_usage_counts_shared_blobs_once(index: ResponseIndex) -> None:
    await index.store(stored_response(b"inline", body=b"12345"))
    for key in (b"one", b"two"):
        await index.store(stored_response(key, body=BIG, in_blob=True))
    usage = await index.usage()
    assert (usage.responses, usage.response_bytes) == (3, 5 + 2 * len(BIG))
    assert (usage.blobs, usage.blob_bytes) == (1, len(BIG))
    assert usage.database_bytes > 0
    await index.forget([b"one"])
    assert (await index.usage()).blobs == 1
    await index.store(stored_response(b"two"))
    assert (await index.usage()).blob_bytes == 0


async def test_an_empty_index_has_no_usage(index: ResponseIndex) -> None:
    usage = await index.usage()
    counted = (usage.responses, usage.response_bytes, usage.blobs, usage.blob_bytes)
    assert counted == (0, 0, 0, 0)


field_texts = st.binary(max_size=40)
responses = st.builds(
    stored_response,
    st.binary(min_size=1, max_size=2),
    body=st.binary(max_size=300),
    in_blob=st.booleans(),
    status=st.integers(100, 599),
    fields=st.lists(st.tuples(field_texts, field_texts), max_size=4).map(tuple),
    tags=st.lists(st.text(max_size=10), max_size=5).map(tuple),
    begun_seq=st.integers(0, 1 << 62),
    received_at=st.floats(0, 1e10),
    url=st.text(st.characters(exclude_categories=["Cs"]), max_size=40),
)


# One index for all examples is meant: what the examples before left must not matter.
@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(stored=st.lists(responses, min_size=1, max_size=6))
async def test_the_last_response_stored_under_a_key_comes_back(
    index: ResponseIndex, stored: list[StoredResponse]
) -> None:
    for response in stored:
        await index.store(response)
    for key, response in {response.key: response for response in stored}.items():
        assert await index.lookup(key) == response


class TestMoving:
    @pytest.mark.parametrize("in_blob", [False, True])
    async def test_it_is_found_there_and_no_more_here(
        self, index: ResponseIndex, in_blob: bool
    ) -> None:
        response = stored_response(body=BIG, in_blob=in_blob, tags=("a", "b"))
        await index.store(response)

        assert await index.move(b"key", b"to")
        assert await index.lookup(b"key") is None
        assert await index.lookup(b"to") == replace(response, key=b"to")
        usage = await index.usage()
        assert (usage.responses, usage.blobs) == (1, int(in_blob))

    async def test_what_is_not_there_moves_nothing(self, index: ResponseIndex) -> None:
        there = stored_response(b"to")
        await index.store(there)

        assert not await index.move(b"key", b"to")
        assert await index.lookup(b"to") == there

    @pytest.mark.parametrize(
        ("moving", "there", "moved"), [(2, 1, True), (2, 2, True), (1, 2, False)]
    )
    async def test_what_was_fetched_later_stays_and_the_other_goes(
        self, index: ResponseIndex, moving: int, there: int, moved: bool
    ) -> None:
        one = stored_response(b"key", body=BIG + b"1", in_blob=True, begun_seq=moving)
        other = stored_response(b"to", body=BIG + b"2", in_blob=True, begun_seq=there)
        await index.store(one)
        await index.store(other)

        assert await index.move(b"key", b"to")
        expected, left = (one, other) if moved else (other, one)
        assert await index.lookup(b"to") == replace(expected, key=b"to")
        assert await index.lookup(b"key") is None
        assert expected.digest is not None
        assert left.digest is not None
        assert await index.unreferenced([expected.digest, left.digest]) == {left.digest}

    async def test_it_leaves_as_it_would_have(self, index: ResponseIndex) -> None:
        """The moment of its last use moves with it."""
        for key, at in ((b"key", 2000.0), (b"other", 1500.0)):
            await index.store(stored_response(key, received_at=at))
        await index.move(b"key", b"to")

        every = await index.least_used(1 << 40, spare=())
        assert [one.key for one in every] == [b"other", b"to"]
