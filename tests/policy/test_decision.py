"""THE PAGE. Mutations that must each fail: drop `and not invalidated`; drop the no-cache clause;
`left > 0` to `>= 0`; drop `_young_enough`; `<=` to `<` in it; no fallback bound; `<=` to `<` in it;
refuse only-if-cached although a fresh one is there; Forward while offline; `may_store` always."""

from __future__ import annotations

from collections.abc import Mapping

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


def at(now: float, *, online: bool = True) -> Situation:
    return Situation(now=now, online=online, offline_since=900.0, stale_if_error=GRACE)


def forward(reason: ForwardReason, *, may_store: bool = True, fallback: bool = True) -> Forward:
    return Forward(reason, may_store, current=STORED, fallback=STORED if fallback else None)


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
        (NONE, forward(STALE)),
        ({"no-store": None}, forward(STALE, may_store=False)),
        ({"no-cache": None}, forward(STALE)),
        ({"only-if-cached": None}, Refuse(None)),
        ({"max-age": "9999"}, forward(STALE)),
    ],
)
def test_with_a_stale_one(why: str, directives: Directives, online: Decision) -> None:
    now = {"over": 1010.5, "at its end": 1010.0, "the clock was set back": 900.0}.get(why, 1001.0)
    invalidated = why == "invalidated"
    assert decide(STORED, invalidated, TEN, directives, at(now)) == online
    assert decide(STORED, invalidated, TEN, directives, at(now, online=False)) == OFFLINE


@pytest.mark.parametrize(("seconds", "good"), [(GRACE, True), (GRACE + 0.5, False)])
def test_a_proof_of_its_caller_ends_what_may_stand_in(seconds: float, good: bool) -> None:
    now = 1000.0 + seconds
    assert decide(STORED, False, TEN, NONE, at(now)) == forward(STALE, fallback=good)
    expected: Decision = OFFLINE if good else Refuse(900.0)
    assert decide(STORED, False, TEN, NONE, at(now, online=False)) == expected


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
        case Refuse():
            assert not online or "only-if-cached" in directives
