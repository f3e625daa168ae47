"""How many unknown credentials may be tried. Mutations that must each fail: tries of one credential
not counted, or counted to its address; any of the bounds left out; a window that never ends; an
address that has nothing to do with it held up before UTMOST; a wait that is too short or too long.
"""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.guesses import MOST_OF_ALL, MOST_OF_ONE, UTMOST, WINDOW_SECONDS, Guesses


def refused(guesses: Guesses, number: int, address: str = "a", at: float = 0.0) -> None:
    guesses.refused(b"%d" % number, address, at)


def of_each(guesses: Guesses, number: int) -> None:
    """So many, each from an address of its own."""
    for each in range(number):
        refused(guesses, each, f"10.0.0.{each}")


Tries = list[tuple[int, str, float]]
"""Credentials by number, addresses, seconds since the one before."""


def _tries(seed: int) -> Tries:
    chance = random.Random(seed)
    addresses = chance.choice([3, 400])
    pauses = [0.0, 0.0, 1.0, 5.0, 30.0, chance.choice([0.0, WINDOW_SECONDS / 2, WINDOW_SECONDS])]
    return [
        (chance.randrange(400), f"{chance.randrange(addresses)}", chance.choice(pauses))
        for _ in range(400)
    ]


_TRIES = st.integers(0, 1 << 32).map(_tries)


@given(_TRIES)
def test_upstream_never_refuses_more_than_it_bears(tries: Tries) -> None:
    guesses, now, made = Guesses(), 1000.0, list[float]()
    for number, address, passed in tries:
        now += passed
        if not guesses.wait_seconds(b"%d" % number, address, now):
            guesses.refused(b"%d" % number, address, now)
            made.append(now)
        assert sum(now - each < WINDOW_SECONDS for each in made) <= UTMOST


@given(_TRIES)
def test_who_waits_as_long_as_told_is_let_through(tries: Tries) -> None:
    guesses, now = Guesses(), 1000.0
    for number, address, passed in tries:
        now += passed
        if not guesses.wait_seconds(b"%d" % number, address, now):
            guesses.refused(b"%d" % number, address, now)
    for _ in range(UTMOST + 1):
        seconds = guesses.wait_seconds(b"new", "0", now)
        assert 0.0 <= seconds <= WINDOW_SECONDS
        now += seconds

    assert seconds == 0.0


def test_an_address_has_its_own_bound() -> None:
    guesses = Guesses()
    for number in range(MOST_OF_ONE):
        assert guesses.wait_seconds(b"new", "a", 0.0) == 0.0
        refused(guesses, number)

    assert guesses.wait_seconds(b"new", "a", 0.0) == WINDOW_SECONDS
    assert guesses.wait_seconds(b"new", "b", 0.0) == 0.0


def test_one_credential_counts_once_to_its_address() -> None:
    guesses = Guesses()
    for _ in range(MOST_OF_ONE + 5):
        refused(guesses, 1)

    assert guesses.wait_seconds(b"new", "a", 0.0) == 0.0


def test_one_that_was_refused_may_be_tried_again_for_some_time() -> None:
    guesses = Guesses()
    for _ in range(MOST_OF_ALL):
        assert guesses.wait_seconds(b"1", "a", 0.0) == 0.0
        refused(guesses, 1)

    assert guesses.wait_seconds(b"1", "a", 0.0) == WINDOW_SECONDS
    assert guesses.wait_seconds(b"1", "a", WINDOW_SECONDS) == 0.0


@pytest.mark.parametrize(
    ("number", "address", "may"),
    [
        (MOST_OF_ALL - 1, "10.0.0.1", True),
        (MOST_OF_ALL, "10.0.0.1", False),
        (MOST_OF_ALL, "another", True),
        (UTMOST - 1, "another", True),
        (UTMOST, "another", False),
    ],
)
def test_all_have_one_bound_and_who_was_never_refused_another(
    number: int, address: str, may: bool
) -> None:
    guesses = Guesses()
    of_each(guesses, number)

    assert (guesses.wait_seconds(b"new", address, 0.0) == 0.0) is may


def test_everything_is_forgotten_after_the_window() -> None:
    guesses = Guesses()
    of_each(guesses, UTMOST)
    assert guesses.wait_seconds(b"new", "b", WINDOW_SECONDS - 1) == 1.0

    assert guesses.wait_seconds(b"new", "b", WINDOW_SECONDS) == 0.0
