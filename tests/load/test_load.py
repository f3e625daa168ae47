"""Sixty clients, faults one after the other, a hanging upstream (issue line 9), in half a minute.

What it takes is not judged here, where other tests run beside it: `python -m tests.load` does, with
five hundred clients and for five minutes.

Broken once, to see it fail: an event that is not applied; a write that drops nothing at its answer;
a fetch joined after what it shows has fallen; a connection that is not closed.
"""

from __future__ import annotations

from tests.load.faults import KINDS
from tests.load.run import Plan, run

MEMORY_BYTES = 64 * 1024 * 1024
"""What may come to stay: the tier of answers in memory, and what is not given back of peaks."""

POOLED = 4
"""Connections to upstream that a few questions of one caller leave behind, of each of two pools."""


async def test_no_answer_is_wrong_and_nothing_is_left_over() -> None:
    outcome = await run(
        Plan(clients=60, warm=1.0, calm=1.0, faults=8.0, hang=2.0, between=0.5, pause=0.5)
    )
    assert outcome.judge.wrong == []
    assert len(outcome.happened) >= 2
    assert set(outcome.happened) <= set(KINDS)
    assert outcome.measured.writes["done"] > 20
    assert outcome.after.more_than(outcome.before) == []
    assert outcome.after.pooled <= 2 * POOLED
    assert outcome.after.memory <= outcome.before.memory + MEMORY_BYTES
    assert outcome.complaints == []
