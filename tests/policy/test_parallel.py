"""When one stream more is tried, kept and dropped, and what it gets.

Broken once, to see the tests fail: a stream opened while the rate still grows by itself; one kept
that brought nothing; tried again after that; the first part split instead of the largest; the
smaller half left to the old stream where a byte is over.
"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.parallel import GROWTH, LEAST_PART, Growth, Part, Step, split

WAIT, OPEN, DROP = Step.NOTHING, Step.OPEN, Step.DROP


@pytest.mark.parametrize(
    ("rates", "steps"),
    [
        ([100], [WAIT]),
        ([100, 100], [WAIT, OPEN]),
        ([100, 200, 400, 410], [WAIT, WAIT, WAIT, OPEN]),
        ([100, 100, 200, 300, 400], [WAIT, OPEN, OPEN, OPEN, OPEN]),
        ([100, 100, 119, 1000, 10], [WAIT, OPEN, DROP, WAIT, WAIT]),
        ([100, 100, 120, 120], [WAIT, OPEN, OPEN, DROP]),
        ([100, 50, 60, 60], [WAIT, OPEN, OPEN, DROP]),
        ([0, 0, 0, 50], [WAIT, WAIT, WAIT, WAIT]),
    ],
)
def test_one_more_is_tried_when_the_rate_stands_and_kept_when_it_grows(
    rates: list[float], steps: list[Step]
) -> None:
    growth, taken = Growth(), []
    for rate in rates:
        growth, step = growth.seen(rate, may_open=True)
        taken.append(step)
    assert taken == steps


def test_where_none_may_be_opened_none_is_and_one_on_trial_is_still_judged() -> None:
    growth, step = Growth(100).seen(100, may_open=False)
    assert step is WAIT
    assert growth.seen(100, may_open=True)[1] is OPEN
    for rate, expected in ((GROWTH * 100, WAIT), (100, DROP)):
        growth, step = Growth(100, on_trial=True).seen(rate, may_open=False)
        assert step is expected
        assert not growth.on_trial


@given(st.lists(st.integers(0, 10 * LEAST_PART), max_size=6))
def test_the_second_half_of_what_misses_most_is_split_off(missing: list[int]) -> None:
    parts = [Part(100, 100 + 7 + each, 107) for each in missing]
    halves = split(parts)
    if max(missing, default=0) < 2 * LEAST_PART:
        assert halves is None
    else:
        assert halves is not None
        part, start = halves
        assert part.missing == max(missing)
        assert 0 <= (start - part.position) - (part.end - start) <= 1
