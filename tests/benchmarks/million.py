"""Beside a million stored responses: what an event takes, a start, and a hit."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from pathlib import Path

from tests.benchmarks.figures import Figure, Line, Remark, percentile
from tests.benchmarks.invalidating import apply_seconds
from tests.benchmarks.many_responses import fill
from tests.benchmarks.starting import started

RESPONSES = 1_000_000
TAGS = 1_000_000
"""Tags that were invalidated before: about as many as a proxy remembers."""

EVENTS = 1500
STORES_PER_SECOND = 100


async def million(folder: Path) -> AsyncIterator[Line]:
    """Each figure beside that of a proxy with one response."""
    few, many = folder / "few", folder / "many"
    for data_dir in (few, many):
        data_dir.mkdir(mode=0o700)
    began = time.perf_counter()
    await fill(few / "index.sqlite", 1, 10)
    await fill(many / "index.sqlite", RESPONSES, TAGS)
    # What was written to make the ground is on the disk before anything is measured on it.
    await asyncio.to_thread(os.sync)
    yield Remark(f"stored {RESPONSES:,} responses in {time.perf_counter() - began:.0f} s")
    async for figure in _invalidating(few, many):
        yield figure
    with_few, with_many = await started(few), await started(many)
    yield Figure(
        f"start to first hit, {RESPONSES:,} responses",
        *("s", with_many.first_hit, "one response", with_few.first_hit),
        most=2.0,
    )
    yield Figure(
        f"hit, {RESPONSES:,} responses",
        *("ms", with_many.hit * 1000, "one response", with_few.hit * 1000),
        most_ratio=1.2,
    )


async def _invalidating(few: Path, many: Path) -> AsyncIterator[Figure]:
    for rate in (0, STORES_PER_SECOND):
        meanwhile = f"{rate} stores a second" if rate else "idle"
        empty, full = [
            [1000 * taken for taken in await apply_seconds(one / "index.sqlite", EVENTS, rate)]
            for one in (few, many)
        ]
        for part in (0.5, 0.99):
            yield Figure(
                f"event to invalidated, {RESPONSES:,} responses, {meanwhile}, p{part * 100:.0f}",
                *("ms", percentile(full, part), "one response", percentile(empty, part)),
                most=1.0,
            )
