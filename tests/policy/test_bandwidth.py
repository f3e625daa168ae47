"""How much files may take of the line, and when.

Broken once, to see the tests fail: a span over midnight; the minute at which one ends counted in;
a credit without bound; a debt that is forgotten; JSON taken for a file.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.bandwidth import CREDIT_SECONDS, Allowance, Span, sends_file, within
from ayon_proxy.policy.message import Request

RATE = 1000


def minute(text: str) -> int:
    hours, minutes = text.split(":")
    return 60 * int(hours) + int(minutes)


NIGHT, LUNCH, EVENING = (1320, 360), (720, 780), (1200, 1440)


@pytest.mark.parametrize(
    ("spans", "inside", "outside"),
    [
        ((), [], ["00:00", "12:00", "23:59"]),
        ([LUNCH], ["12:00", "12:59"], ["11:59", "13:00", "00:00"]),
        ([NIGHT], ["22:00", "23:59", "00:00", "05:59"], ["21:59", "06:00", "12:00"]),
        ([EVENING], ["20:00", "23:59"], ["19:59", "00:00"]),
        ([(1320, 0)], ["22:00", "23:59"], ["21:59", "00:00"]),
        ([(0, 1440)], ["00:00", "12:00", "23:59"], []),
        ([NIGHT, LUNCH], ["23:00", "12:30"], ["09:00", "21:00"]),
    ],
)
def test_a_time_of_day_is_within_the_spans_or_not(
    spans: list[Span], inside: list[str], outside: list[str]
) -> None:
    assert all(within(minute(text), spans) for text in inside)
    assert not any(within(minute(text), spans) for text in outside)


def test_a_piece_is_paid_for_at_the_rate() -> None:
    owing = Allowance(RATE).taken(500, 10.0)
    assert owing.wait == pytest.approx(0.5 - CREDIT_SECONDS)
    assert owing.taken(500, 10.5).wait == pytest.approx(0.5 - CREDIT_SECONDS)
    assert owing.taken(500, 10.0).wait == pytest.approx(1.0 - CREDIT_SECONDS)


def test_who_has_taken_nothing_for_long_has_no_more_credit_than_the_others() -> None:
    assert Allowance(RATE).taken(500, 1e9).wait == Allowance(RATE).taken(500, 10.0).wait


def test_a_clock_that_goes_back_pays_nothing_off() -> None:
    assert Allowance(RATE).taken(500, 10.0).taken(0, 5.0).wait == pytest.approx(0.4)


@given(st.lists(st.tuples(st.integers(1, 5000), st.floats(0, 3)), min_size=1, max_size=40))
def test_never_more_is_taken_than_time_has_paid_for(pieces: list[tuple[int, float]]) -> None:
    """Whoever waits, and then a while longer, is within the rate; who has waited has it in full."""
    now, total, idle = 0.0, 0, 0.0
    allowance = Allowance(RATE, at=now)
    for size, late in pieces:
        allowance = allowance.taken(size, now)
        total += size
        now += allowance.wait + late
        idle += late
    assert total <= RATE * (now + CREDIT_SECONDS) + 1e-6
    assert total >= RATE * (now - idle) - 1e-6


@pytest.mark.parametrize(
    ("media", "is_file"),
    [
        (b"application/octet-stream", True),
        (b"video/mp4", True),
        (b"multipart/form-data; boundary=x", True),
        (b"image/jpeg", True),
        (b"application/json", False),
        (b"Application/JSON; charset=utf-8", False),
        (b"application/problem+json", False),
        (b"application/x-www-form-urlencoded", False),
        (b"", False),
        (None, False),
    ],
)
def test_an_upload_is_told_by_its_media_type(media: bytes | None, is_file: bool) -> None:
    fields = () if media is None else ((b"content-type", media),)
    assert sends_file(Request("POST", b"/api/projects/demo/files", b"", fields)) == is_file
