"""Whose turn it is to ask upstream, just after it came back.

Broken once, to see the tests fail: no bound; first come, first served whoever waits; a turn that is
not given on by one who was cancelled, or is given on twice; wide again although many wait.
"""

from __future__ import annotations

import asyncio
from functools import partial

import pytest

from ayon_proxy.cache.turns import AT_A_TIME, NARROW_SECONDS, Turn, Turns
from tests.cache.rig import settled
from tests.support.memory_ports import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def turns(clock: ManualClock) -> Turns:
    turns = Turns(clock)
    turns.narrow()
    return turns


async def full(turns: Turns) -> list[Turn]:
    """As many are under way as may be."""
    return [await turns.next(lambda: 1) for _ in range(AT_A_TIME)]


def wanting(turns: Turns, waiting: int = 1) -> asyncio.Task[Turn]:
    return asyncio.create_task(turns.next(lambda: waiting))


async def test_usually_everybody_asks_at_once(clock: ManualClock) -> None:
    turns = Turns(clock)
    for _ in range(10 * AT_A_TIME):
        await turns.next(lambda: 1)


async def test_after_the_return_so_many_at_a_time(turns: Turns) -> None:
    under_way = await full(turns)
    more = [wanting(turns) for _ in range(3)]
    await settled()
    assert not any(each.done() for each in more)
    for each in under_way[:2]:
        each.over()
        each.over()
    await settled()
    assert [each.done() for each in more] == [True, True, False]
    more[2].cancel()


async def test_first_what_most_wait_for_then_what_came_first(turns: Turns) -> None:
    (first, *_) = await full(turns)
    numbers: tuple[int, ...] = (0, 2, 5, 2, 1)
    order: list[int] = []

    def noted(name: int, _: object) -> None:
        order.append(name)

    for name, number in enumerate(numbers):
        wanting(turns, number).add_done_callback(partial(noted, name))
        await settled()
    turn = first
    for _ in numbers:
        turn.over()
        await settled()
        assert turns._under_way == AT_A_TIME
        turn = Turn(turns._ended)
    assert order == [2, 1, 3, 4, 0]


async def test_who_joins_while_it_waits_is_counted(turns: Turns) -> None:
    (first, *_) = await full(turns)
    counts = {"early": 1, "late": 1}
    early = asyncio.create_task(turns.next(lambda: counts["early"]))
    await settled()
    late = asyncio.create_task(turns.next(lambda: counts["late"]))
    await settled()
    counts["late"] = 3
    first.over()
    await settled()
    assert (early.done(), late.done()) == (False, True)
    early.cancel()


@pytest.mark.parametrize("given", [False, True], ids=["waiting", "just given"])
async def test_one_who_leaves_keeps_no_turn(turns: Turns, given: bool) -> None:
    (first, *_) = await full(turns)
    leaving, staying = wanting(turns), wanting(turns)
    await settled()
    if given:
        first.over()
        leaving.cancel()
    else:
        leaving.cancel()
        await settled()
        first.over()
    await settled()
    assert staying.done()
    assert turns._under_way == AT_A_TIME


async def test_it_is_wide_again_after_a_while_when_nobody_waits(
    turns: Turns, clock: ManualClock
) -> None:
    (first, *_) = await full(turns)
    one = wanting(turns)
    await settled()
    clock.advance(NARROW_SECONDS + 1)
    two = wanting(turns)
    await settled()
    assert not two.done()
    first.over()
    (await one).over()
    await two
    for _ in range(AT_A_TIME):
        await asyncio.wait_for(turns.next(lambda: 1), 1)


def crowd(turns: Turns) -> bool:
    return turns.crowded


async def test_it_is_crowded_while_many_wait(turns: Turns) -> None:
    await full(turns)
    assert crowd(turns) is False
    many = [wanting(turns) for _ in range(AT_A_TIME)]
    await settled()
    assert crowd(turns) is True
    for each in many:
        each.cancel()
    await settled()
    assert crowd(turns) is False


async def test_a_clock_that_is_set_back_does_not_keep_it_narrow(
    turns: Turns, clock: ManualClock
) -> None:
    clock.advance(-3600)
    await full(turns)
    await asyncio.wait_for(turns.next(lambda: 1), 1)
