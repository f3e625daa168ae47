"""A block that takes no longer than it may.

Broken once, to see the tests fail: a limit that is rescheduled after its end.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ayon_proxy.cache.time_limit import at_most
from tests.support.manual_clock import ManualClock


async def test_a_block_that_takes_longer_is_ended() -> None:
    clock = ManualClock()

    async def block() -> None:
        async with at_most(clock, 2.0):
            await clock.sleeping()
            clock.advance(2.0)
            await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        await block()


@pytest.mark.parametrize("turns", range(6))
async def test_one_that_ends_in_the_same_moment_is_nobodys_defect(turns: int) -> None:
    clock = ManualClock()
    told: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
    try:
        async with at_most(clock, 2.0):
            await clock.sleeping()
            clock.advance(2.0)
            for _ in range(turns):
                await asyncio.sleep(0)
    except TimeoutError:
        pass
    for _ in range(6):
        await asyncio.sleep(0)
    assert told == []
