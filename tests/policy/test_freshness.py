"""Age and time to live. Mutations that must each fail: no `max` in `age`; `+ CLOCK_TOLERANCE`
dropped or its sign turned; `lifetimes.unwatched + age`; a weak tag let through as strong."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.freshness import CLOCK_TOLERANCE, age, strong_etag, ttl
from ayon_proxy.policy.message import Fields
from tests.support.builders import stored_response

TEN = 10.0
STORED = stored_response(received_at=1000.0)
MOMENTS = st.floats(-1e9, 1e9)


@pytest.mark.parametrize(
    ("now", "old", "left"),
    [
        (1000.0, 0, 10),
        (1009.5, 9.5, 0.5),
        (1010.0, 10, 0),
        (1011.0, 11, -1),
        (999.5, 0, 10),
        (999.0, 0, 10),
        (998.75, 0, -1.25),
        (0.0, 0, -1000),
    ],
)
def test_age_and_time_to_live(now: float, old: float, left: float) -> None:
    assert (age(STORED, now), ttl(STORED, TEN, now)) == (old, left)


@given(MOMENTS, MOMENTS)
def test_older_is_never_fresher(one: float, other: float) -> None:
    earlier, later = sorted((one, other))
    if earlier >= STORED.received_at - CLOCK_TOLERANCE:
        assert ttl(STORED, TEN, later) <= ttl(STORED, TEN, earlier)


@given(MOMENTS)
def test_no_clock_keeps_it_fresh_beyond_its_lifetime(now: float) -> None:
    assert age(STORED, now) >= 0
    if ttl(STORED, TEN, now) > 0:
        assert -CLOCK_TOLERANCE <= now - STORED.received_at < 10


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ((), None),
        (((b"etag", b'"x"'),), b'"x"'),
        (((b"etag", b'W/"x"'),), None),
        (((b"etag", b"x"),), None),
        (((b"etag", b""),), None),
    ],
)
def test_only_a_strong_tag_stands_for_bytes(fields: Fields, expected: bytes | None) -> None:
    assert strong_etag(stored_response(fields=fields).head) == expected
