"""How many unknown credentials may be tried. Mutations that must each fail: a try not counted, or
counted to another address; either bound left out; a level that never sinks; keys that are counted
for ever; a wait that is too short or too long."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.guesses import BURST, EACH_SECONDS, KEY_SECONDS, MOST_KEYS, Guesses

Tries = list[tuple[str, float, bool]]
"""Addresses, seconds since the one before, whether it is a key."""


def _tries(seed: int) -> Tries:
    chance = random.Random(seed)
    addresses = chance.choice([1, 3, 400])
    pauses = [0.0, 0.0, 1.0, 5.0, 30.0, chance.choice([0.0, KEY_SECONDS / 2, KEY_SECONDS])]
    return [
        (f"{chance.randrange(addresses)}", chance.choice(pauses), chance.random() < 0.7)
        for _ in range(400)
    ]


_TRIES = st.integers(0, 1 << 32).map(_tries)


@given(_TRIES)
def test_upstream_never_refuses_more_than_it_bears(tries: Tries) -> None:
    guesses, now, made = Guesses(), 1000.0, list[tuple[float, str, bool]]()
    for address, passed, key in tries:
        now += passed
        if not guesses.wait_seconds(address, now, key=key):
            guesses.refused(address, now, key=key)
            made.append((now, address, key))
        keys = sum(now - at < KEY_SECONDS for at, _, key in made if key)
        of_address = sum(now - at < KEY_SECONDS for at, one, _ in made if one == address)
        assert keys <= MOST_KEYS
        assert of_address <= BURST + KEY_SECONDS / EACH_SECONDS


@given(_TRIES)
def test_who_waits_as_long_as_told_is_let_through(tries: Tries) -> None:
    guesses, now = Guesses(), 1000.0
    for address, passed, key in tries:
        now += passed
        seconds = guesses.wait_seconds(address, now, key=key)
        now += seconds
        assert guesses.wait_seconds(address, now, key=key) <= 1e-6
        guesses.refused(address, now, key=key)


@pytest.mark.parametrize("key", [True, False])
def test_the_first_of_an_address_are_tried_at_once_and_then_one_by_one(key: bool) -> None:
    guesses = Guesses()
    for _ in range(BURST):
        assert guesses.wait_seconds("a", 0.0, key=key) == 0
        guesses.refused("a", 0.0, key=key)
    assert guesses.wait_seconds("a", 0.0, key=key) == EACH_SECONDS
    assert guesses.wait_seconds("b", 0.0, key=key) == 0
    assert guesses.wait_seconds("a", EACH_SECONDS, key=key) == 0


def test_keys_are_bounded_for_all_addresses_together_and_nothing_else_is() -> None:
    guesses = Guesses()
    for number in range(MOST_KEYS):
        guesses.refused(f"10.0.0.{number}", 1.0, key=True)
    assert guesses.wait_seconds("new", 2.0, key=True) == KEY_SECONDS - 1.0
    assert guesses.wait_seconds("new", 2.0, key=False) == 0
    assert guesses.wait_seconds("new", 1.0 + KEY_SECONDS, key=True) == 0
