"""Is upstream there. The table of its module, row by row; then what holds for every history.

Mutations that must each fail: any cell of the table; `>=` to `>` at each bound; a row of answers
that is not begun anew by one of another kind; a doubt that a late answer ends; `since` moved by
what does not change the state; an error that is kept when it is over.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.patience import IN_A_ROW, Pace, Patience
from ayon_proxy.policy.reachability import Reachability, State

PATIENCE = Patience(wait_seconds=2.0)
NOW = 100.0

ONLINE = Reachability(State.ONLINE, 5.0)
DOUBTED = replace(ONLINE, doubted=True)
SLOW = Reachability(State.SLOW, 5.0, "slow")
OFFLINE = Reachability(State.OFFLINE, 5.0, "refused")

Step = Callable[[Reachability], Reachability]


def answer(pace: Pace, *, to_probe: bool = False) -> Step:
    return lambda state: state.answered(NOW, pace, to_probe=to_probe)


def gateway(*, to_probe: bool = False) -> Step:
    return lambda state: state.gateway_answered(NOW, "502", to_probe=to_probe)


def silence(seconds: float) -> Step:
    return lambda state: state.silent(NOW, seconds, PATIENCE)


def failed(state: Reachability) -> Reachability:
    return state.failed(NOW, "refused")


def times(number: int, step: Step) -> Step:
    def steps(state: Reachability) -> Reachability:
        for _ in range(number):
            state = step(state)
        return state

    return steps


QUICK, MIDDLING, LATE = (answer(pace) for pace in Pace)
PROBE_QUICK, PROBE_LATE = answer(Pace.QUICK, to_probe=True), answer(Pace.LATE, to_probe=True)
ROW = IN_A_ROW


@pytest.mark.parametrize(
    ("step", "online", "slow", "offline"),
    [
        (failed, "offline", "offline", "offline"),
        (Reachability.doubt, "doubted", "slow", "offline"),
        (gateway(), "doubted", "slow", "offline"),
        (times(9, gateway()), "doubted", "slow", "offline"),
        (times(ROW - 1, gateway(to_probe=True)), "doubted", "slow", "offline"),
        (times(ROW, gateway(to_probe=True)), "offline", "offline", "offline"),
        (QUICK, "online", "slow", "offline"),
        (times(ROW - 1, QUICK), "online", "slow", "offline"),
        (times(ROW, QUICK), "online", "online", "offline"),
        (PROBE_QUICK, "online", "slow", "online"),
        (times(9, MIDDLING), "online", "slow", "offline"),
        (times(ROW - 1, LATE), "online", "slow", "offline"),
        (times(ROW, LATE), "slow", "slow", "offline"),
        (PROBE_LATE, "online", "slow", "slow"),
        (answer(Pace.MIDDLING, to_probe=True), "online", "slow", "slow"),
        (silence(0.9), "online", "slow", "offline"),
        (silence(1.0), "doubted", "slow", "offline"),
        (silence(1.9), "doubted", "slow", "offline"),
        (silence(2.0), "slow", "slow", "offline"),
        (silence(7.9), "slow", "slow", "offline"),
        (silence(8.0), "offline", "offline", "offline"),
    ],
)
def test_what_makes_it_what(step: Step, online: str, slow: str, offline: str) -> None:
    names = []
    for before in (ONLINE, SLOW, OFFLINE):
        after = step(before)
        names.append("doubted" if after.doubted else after.state.value)
        assert after.in_question == (after.doubted or after.state is not State.ONLINE)
        assert (after.since == before.since) == (after.state is before.state)
        assert (after.last_error is None) == (after.state is State.ONLINE)
    assert names == [online, slow, offline]


@pytest.mark.parametrize(("step", "doubted"), [(QUICK, False), (MIDDLING, True), (LATE, True)])
def test_only_a_quick_answer_ends_a_doubt(step: Step, doubted: bool) -> None:
    assert step(DOUBTED).doubted is doubted


@pytest.mark.parametrize("between", [MIDDLING, QUICK, gateway()])
def test_late_answers_count_while_none_of_another_kind_comes(between: Step) -> None:
    assert LATE(between(times(ROW - 1, LATE)(ONLINE))).state is State.ONLINE


@pytest.mark.parametrize("between", [MIDDLING, LATE, gateway(), silence(1.0)])
def test_quick_answers_count_while_nothing_else_happens(between: Step) -> None:
    assert QUICK(between(times(ROW - 1, QUICK)(SLOW))).state is State.SLOW


@pytest.mark.parametrize("between", [QUICK, MIDDLING, LATE])
def test_a_gateways_statuses_count_while_upstream_itself_is_silent(between: Step) -> None:
    to_probe = gateway(to_probe=True)
    assert to_probe(between(times(ROW - 1, to_probe)(ONLINE))).state is State.ONLINE


def test_away_for_its_silence_it_is_since_that_began() -> None:
    assert silence(8.0)(SLOW).since == NOW - 8.0


def test_it_is_away_since_the_first_failure_and_for_the_last_reason() -> None:
    again = OFFLINE.failed(130.0, "timed out")
    assert (again.since, again.last_error) == (5.0, "timed out")
    assert gateway()(OFFLINE).last_error == "502"


@pytest.mark.parametrize(
    ("wait", "slow", "offline", "probe"),
    [(2.0, 2.0, 8.0, 4.0), (0.0, 0.5, 8.0, 1.0), (5.0, 5.0, 20.0, 10.0), (1e9, 10.0, 40.0, 20.0)],
)
def test_all_bounds_follow_from_the_setting(
    wait: float, slow: float, offline: float, probe: float
) -> None:
    patience = Patience(wait_seconds=wait)
    assert patience.slow_seconds == slow
    assert (patience.offline_seconds, patience.probe_seconds) == (offline, probe)
    assert patience.pace(slow / 2 - 0.01) is Pace.QUICK
    assert patience.pace(slow / 2) is patience.pace(slow - 0.01) is Pace.MIDDLING
    assert patience.pace(slow) is Pace.LATE


STEPS = st.lists(
    st.one_of(
        st.just(failed),
        st.just(Reachability.doubt),
        st.builds(answer, st.sampled_from(Pace), to_probe=st.booleans()),
        st.builds(gateway, to_probe=st.booleans()),
        st.builds(silence, st.floats(0, 20)),
    )
)


@given(STEPS)
def test_whatever_happened_a_quick_probe_brings_it_back_and_a_failure_takes_it_away(
    steps: list[Step],
) -> None:
    state = ONLINE
    for step in steps:
        before, state = state, step(state)
        if before.offline and not state.offline:
            assert PROBE_QUICK(before).online
    assert times(ROW, PROBE_QUICK)(state).online
    assert failed(state).offline
    assert state.online == (state.last_error is None)


@given(STEPS)
def test_while_the_probe_is_not_answered_well_it_stays_away(steps: list[Step]) -> None:
    state = OFFLINE
    for step in steps:
        if step(OFFLINE).offline:
            state = step(state)
    assert state.offline
