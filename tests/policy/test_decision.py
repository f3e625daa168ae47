"""THE PAGE. Mutations that must each fail: drop `and not invalidated`; drop the no-cache clause;
`left > 0` to `>= 0`; drop `_young_enough`; `<=` to `<` in it; no fallback bound; `<=` to `<` in
it; `meanwhile` of what is invalidated, of what was asked for with no-cache, of a deciding
question while nobody is slow, or unwatched, or past its time; refuse only-if-cached although a
fresh one is there; Forward while offline; `may_store` always."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.decision import (
    Decision,
    Deliver,
    Forward,
    ForwardReason,
    Refuse,
    Situation,
    after_failure,
    decide,
)
from ayon_proxy.policy.lifetimes import Lifetimes
from ayon_proxy.policy.message import StoredResponse
from tests.support.builders import stored_response

STORED = stored_response(received_at=1000.0)
TEN = Lifetimes(unwatched=10)
GRACE = 3600.0

Directives = Mapping[str, str | None]
NONE: Directives = {}


def at(now: float, *, online: bool = True, slow: bool = False, watched: bool = False) -> Situation:
    return Situation(
        now=now,
        online=online,
        offline_since=900.0,
        stale_if_error=GRACE,
        slow=slow,
        watched=watched,
    )


def forward(
    reason: ForwardReason,
    *,
    may_store: bool = True,
    fallback: bool = True,
    meanwhile: bool = False,
) -> Forward:
    return Forward(
        reason,
        may_store,
        current=STORED,
        fallback=STORED if fallback else None,
        meanwhile=STORED if meanwhile else None,
    )


OFFLINE = Deliver(STORED, 0.0, offline=True)
REQUEST, STALE, MISS = ForwardReason.REQUEST, ForwardReason.STALE, ForwardReason.URI_MISS


@pytest.mark.parametrize(
    ("directives", "online", "offline"),
    [
        (NONE, Forward(MISS, may_store=True), Refuse(900.0)),
        ({"no-store": None}, Forward(MISS), Refuse(900.0)),
        ({"only-if-cached": None}, Refuse(None), Refuse(900.0)),
        ({"no-cache": None}, Forward(MISS, may_store=True), Refuse(900.0)),
    ],
)
def test_with_nothing_stored(directives: Directives, online: Decision, offline: Decision) -> None:
    assert decide(None, False, TEN, directives, at(1000)) == online
    assert decide(None, False, TEN, directives, at(1000, online=False)) == offline


@pytest.mark.parametrize(
    ("directives", "online", "offline"),
    [
        (NONE, Deliver(STORED, 6.0), Deliver(STORED, 6.0)),
        ({"no-store": None}, Deliver(STORED, 6.0), Deliver(STORED, 6.0)),
        ({"only-if-cached": None}, Deliver(STORED, 6.0), Deliver(STORED, 6.0)),
        ({"no-cache": None}, forward(REQUEST), OFFLINE),
        ({"no-cache": None, "no-store": None}, forward(REQUEST, may_store=False), OFFLINE),
        ({"no-cache": None, "only-if-cached": None}, Refuse(None), OFFLINE),
        ({"max-age": "0"}, forward(REQUEST), OFFLINE),
        ({"max-age": "3"}, forward(REQUEST), OFFLINE),
        ({"max-age": "4"}, Deliver(STORED, 6.0), Deliver(STORED, 6.0)),
        ({"max-age": "x"}, Deliver(STORED, 6.0), Deliver(STORED, 6.0)),
        ({"max-age": "\xb2"}, Deliver(STORED, 6.0), Deliver(STORED, 6.0)),
        ({"max-age": "9" * 5000}, Deliver(STORED, 6.0), Deliver(STORED, 6.0)),
        ({"max-age": None}, Deliver(STORED, 6.0), Deliver(STORED, 6.0)),
    ],
)
def test_with_a_fresh_one(directives: Directives, online: Decision, offline: Decision) -> None:
    assert decide(STORED, False, TEN, directives, at(1004)) == online
    assert decide(STORED, False, TEN, directives, at(1004, online=False)) == offline


@pytest.mark.parametrize("why", ["over", "at its end", "invalidated", "the clock was set back"])
@pytest.mark.parametrize(
    ("directives", "online"),
    [
        (NONE, forward(STALE, meanwhile=True)),
        ({"no-store": None}, forward(STALE, may_store=False, meanwhile=True)),
        ({"no-cache": None}, forward(STALE)),
        ({"only-if-cached": None}, Refuse(None)),
        ({"max-age": "9999"}, forward(STALE, meanwhile=True)),
    ],
)
def test_with_a_stale_one(why: str, directives: Directives, online: Decision) -> None:
    now = {"over": 1010.5, "at its end": 1010.0, "the clock was set back": 900.0}.get(why, 1001.0)
    invalidated = why == "invalidated"
    if invalidated and isinstance(online, Forward):
        online = replace(online, meanwhile=None)
    for slow in (False, True):
        assert decide(STORED, invalidated, TEN, directives, at(now, slow=slow)) == online
    assert decide(STORED, invalidated, TEN, directives, at(now, online=False)) == OFFLINE


@pytest.mark.parametrize(("seconds", "good"), [(GRACE, True), (GRACE + 0.5, False)])
def test_a_proof_of_its_caller_ends_what_may_stand_in(seconds: float, good: bool) -> None:
    now = 1000.0 + seconds
    assert decide(STORED, False, TEN, NONE, at(now)) == forward(
        STALE, fallback=good, meanwhile=good
    )
    expected: Decision = OFFLINE if good else Refuse(900.0)
    assert decide(STORED, False, TEN, NONE, at(now, online=False)) == expected


def test_who_takes_nothing_so_old_is_given_nothing_meanwhile() -> None:
    assert decide(STORED, False, TEN, {"max-age": "5"}, at(1011)) == forward(STALE)


@pytest.mark.parametrize("watched", [True, False])
@pytest.mark.parametrize("slow", [True, False])
@pytest.mark.parametrize("why", ["fresh", "over", "invalidated"])
def test_what_decides_is_given_meanwhile_only_where_events_vouch_for_it(
    why: str, slow: bool, watched: bool
) -> None:
    now = 1011.0 if why == "over" else 1001.0
    lifetimes = Lifetimes(unwatched=10, watched=10)
    situation = at(now, slow=slow, watched=watched)
    decision = decide(STORED, why == "invalidated", lifetimes, NONE, situation, deciding=True)
    vouched_for = why == "fresh" and slow and watched
    reason = REQUEST if why == "fresh" else STALE
    assert decision == forward(reason, meanwhile=vouched_for)


@pytest.mark.parametrize("fallback", [True, False])
def test_after_a_failure_the_fallback_is_given(fallback: bool) -> None:
    expected: Decision = OFFLINE if fallback else Refuse(900.0)
    assert after_failure(forward(STALE, fallback=fallback), at(1000)) == expected


ANY_DIRECTIVES = st.dictionaries(
    st.sampled_from(["no-cache", "no-store", "max-age", "only-if-cached", "other"]),
    st.none() | st.text("09-a\xb2 ", max_size=5) | st.integers(0, 100).map(str),
)
ANYTHING = {
    "stored": st.none() | st.just(STORED),
    "invalidated": st.booleans(),
    "directives": ANY_DIRECTIVES,
    "now": st.floats(0, 10_000),
    "online": st.booleans(),
}


@given(**ANYTHING)
def test_what_is_promised_in_every_situation(
    stored: StoredResponse | None,
    invalidated: bool,
    directives: dict[str, str | None],
    now: float,
    online: bool,
) -> None:
    decision = decide(stored, invalidated, TEN, directives, at(now, online=online))
    match decision:
        case Deliver(offline=False):
            assert not invalidated
            assert "no-cache" not in directives
            assert 0 < decision.ttl <= 10
        case Deliver():
            assert not online
            assert now - STORED.received_at <= GRACE
        case Forward():
            assert online
            assert "only-if-cached" not in directives
            assert decision.may_store == ("no-store" not in directives)
            assert decision.current is stored
            if decision.meanwhile is not None:
                assert decision.meanwhile is decision.fallback is stored
                assert not invalidated
                assert "no-cache" not in directives
        case Refuse():
            assert not online or "only-if-cached" in directives
