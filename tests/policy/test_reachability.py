"""Is upstream there. Mutations that must each fail: `since = now` at every failure; `>=` to `>` in
`may_try`; drop the clause of the clock that was set back; `trying` returning self; `answered`
keeping the error."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.reachability import RETRY_SECONDS, Reachability

ONLINE = Reachability(online=True, since=5.0)
AWAY = ONLINE.failed(100.0, "refused")


def test_a_failure_takes_it_away() -> None:
    assert (
        Reachability(
            online=False, since=100.0, try_again_at=100.0 + RETRY_SECONDS, last_error="refused"
        )
        == AWAY
    )


def test_it_is_away_since_the_first_failure() -> None:
    again = AWAY.failed(130.0, "timed out")
    assert (again.since, again.try_again_at) == (100.0, 130.0 + RETRY_SECONDS)
    assert again.last_error == "timed out"


def test_any_answer_brings_it_back() -> None:
    assert AWAY.answered(110.0) == Reachability(online=True, since=110.0)


def test_an_answer_while_it_is_there_changes_nothing() -> None:
    assert ONLINE.answered(110.0) is ONLINE


@pytest.mark.parametrize(
    ("now", "expected"),
    [(100.0, False), (100.2, False), (100.25, True), (200.0, True), (99.75, False), (99.7, True)],
    ids=["at once", "soon", "in time", "late", "slightly back", "a clock set back"],
)
def test_while_it_is_away_it_is_tried_now_and_then(now: float, expected: bool) -> None:
    assert AWAY.may_try(now) is expected


def test_while_one_tries_the_others_do_not() -> None:
    trying = AWAY.trying(102.0)
    assert not trying.may_try(102.0)
    assert trying.may_try(104.0)
    assert (trying.online, trying.since, trying.last_error) == (False, 100.0, "refused")


def test_while_it_is_there_everyone_tries() -> None:
    assert ONLINE.trying(1.0) is ONLINE
    assert ONLINE.may_try(-1e9)


STEPS = st.lists(st.tuples(st.sampled_from(["answered", "failed", "trying"]), st.floats(0, 1e6)))


@given(STEPS, st.floats(-1e6, 1e6))
def test_nobody_is_locked_out_for_longer_than_the_retry(
    steps: list[tuple[str, float]], now: float
) -> None:
    state = Reachability()
    for step, at in steps:
        match step:
            case "answered":
                state = state.answered(at)
            case "failed":
                state = state.failed(at, "x")
            case _:
                state = state.trying(at)
    moments = (now, now + RETRY_SECONDS, now + 2 * RETRY_SECONDS, now + 3 * RETRY_SECONDS)
    assert any(state.may_try(moment) for moment in moments)
    assert state.online == (state.last_error is None)
