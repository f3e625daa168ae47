"""How a proxy grows with what it has stored, and that making room costs nobody anything."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from pathlib import Path

from ayon_proxy.settings.sections import Storage
from tests.benchmarks.figures import Figure, Line, Remark, percentile
from tests.benchmarks.many_responses import fill
from tests.benchmarks.plot import write_plot
from tests.benchmarks.sparse_blobs import add_sparse_blobs
from tests.benchmarks.starting import Started, started

NUMBERS = (1000, 10_000, 100_000, 1_000_000)
BLOB_BYTES = 100_000_000
RESPONSES_A_BLOB = 1000
"""So that a million responses stand beside 100 GB of files."""

ROOMY, TIGHT = 200_000_000_000, 10_000_000_000
"""`MAX_BYTES` where nothing has to leave, and where nine tenths have to."""

HITS, WHILE_LEAVING = 3000, 20_000
"""The latter take so long that the janitor begins, and goes on."""

BASE_MB = 250.0
"""Beside `MEMORY_BYTES`: the program, and the numbers of two million tags."""

PLOT = "BENCH_PLOT"
"""Names the file that the plot is written to."""

MB = 1_000_000


async def growing(folder: Path) -> AsyncIterator[Line]:
    """From a thousand responses to a million, with files of 100 GB in the end."""
    measured: dict[int, Started] = {}
    for number in NUMBERS:
        data_dir = folder / str(number)
        data_dir.mkdir(mode=0o700)
        await fill(data_dir / "index.sqlite", number, number)
        await asyncio.to_thread(add_sparse_blobs, data_dir, number // RESPONSES_A_BLOB, BLOB_BYTES)
        await asyncio.to_thread(os.sync)
        measured[number] = await started(data_dir, HITS, storage__max_bytes=ROOMY)
    few, many = measured[NUMBERS[0]], measured[NUMBERS[-1]]
    files_gb = NUMBERS[-1] // RESPONSES_A_BLOB * BLOB_BYTES // 10**9
    beside = f"{NUMBERS[-1]:,} responses and {files_gb} GB"
    peer = f"{NUMBERS[0]:,} responses"
    yield Figure(
        f"start to first hit, {beside}", "s", many.first_hit, peer, few.first_hit, most=2.0
    )
    yield Figure(f"hit, {beside}", "ms", many.hit * 1000, peer, few.hit * 1000, most_ratio=1.2)
    yield Figure(
        f"memory, {beside}",
        *("MB", many.own_bytes / MB, peer, few.own_bytes / MB),
        most=Storage().memory_bytes / MB + BASE_MB,
    )
    blobs = folder / str(NUMBERS[-1]) / "blobs"
    before = await asyncio.to_thread(_files, blobs)
    # Its demo server is another one.
    tight = await started(
        folder / str(NUMBERS[-1]), WHILE_LEAVING, storage__max_bytes=TIGHT, storage__adopt="true"
    )
    slowest = [1000 * percentile(each.hits, 0.99) for each in (tight, many)]
    yield Figure(
        "hit while most of it has to leave, p99",
        *("ms", slowest[0], "while nothing has to", slowest[1]),
        most_ratio=2.0,
    )
    left = before - await asyncio.to_thread(_files, blobs)
    yield Remark(f"{left} files of 100 MB left during {sum(tight.hits):.1f} s of hits")
    if file := os.environ.get(PLOT):
        panels = {
            "start to first hit, s": [each.first_hit for each in measured.values()],
            "hit, median, ms": [each.hit * 1000 for each in measured.values()],
            "hit, p99, ms": [1000 * percentile(each.hits, 0.99) for each in measured.values()],
            "memory, MB": [each.own_bytes / MB for each in measured.values()],
        }
        await asyncio.to_thread(write_plot, Path(file), NUMBERS, panels)
        yield Remark(f"the plot is in {file}")


def _files(blobs: Path) -> int:
    return sum(1 for _ in blobs.glob("??/*"))
