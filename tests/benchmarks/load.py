"""What asks: one of two programs, each on the core of its own, and what it took and what it saw."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks import cores
from tests.benchmarks.questions import Question
from tests.benchmarks.servers import Serving


@dataclass(frozen=True, slots=True)
class Taken:
    """What one round took: rates per second, percentiles in milliseconds, shares of a core."""

    requests: float
    bytes: float
    p50: float
    p99: float
    server_busy: float
    generator_busy: float


Asking = Callable[[Question, Serving, Path, int, int], Awaitable[Taken]]
"""A round of a question, by so many connections for so many seconds, with files in a folder."""


async def taken(command: Sequence[str], serving: Serving) -> Taken:
    """What such a program says at its end. Raises RuntimeError where an answer failed.

    Its last line is JSON: `requests`, `bytes`, `us` that all took, `p50` and `p99` in
    microseconds, `failed`.
    """
    family = cores.family(serving.pid)
    before, began = cores.seconds_used(family), time.monotonic()
    children = cores.seconds_of_children()
    process = await asyncio.create_subprocess_exec(
        *(*cores.on(cores.ASKING), *command), stdout=asyncio.subprocess.PIPE
    )
    said = (await process.communicate())[0].decode()
    passed = time.monotonic() - began
    generator = (cores.seconds_of_children() - children) / passed
    server = (cores.seconds_used(family) - before) / passed
    read = json.loads(said[said.rindex("{") :])
    if read["failed"]:
        raise RuntimeError(f"{serving.name}: {read['failed']} of {read['requests']} failed")
    passed = read["us"] / 1e6
    return Taken(
        *(read["requests"] / passed, read["bytes"] / passed),
        *(read["p50"] / 1000, read["p99"] / 1000),
        *(server, generator),
    )
