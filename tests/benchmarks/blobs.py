"""Files that are stored: bytes a second, and what many readers cost in memory."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

from ayon_proxy.demo.running import DemoServer
from tests.benchmarks import cores, questions, receiving
from tests.benchmarks.figures import Figure, Line, Remark
from tests.benchmarks.nginx import Nginx
from tests.benchmarks.questions import Question
from tests.benchmarks.rounds import all_serving, in_turns, stored
from tests.benchmarks.servers import Ours, Serving, at_hand

READERS = 100
MOST_GROWTH_MB = 64.0
"""Of the process, while so many read; 40 MB for each would be 4 GB."""

LOOK_SECONDS = 0.02

MB = 1_000_000


async def blobs(folder: Path) -> AsyncIterator[Line]:
    """An addon's file of 1 MB and a package of 40 MB beside nginx, which uses sendfile."""
    cores.take_the_asking_core()
    servers, others = at_hand((Ours(), Nginx()))
    for why in others:
        yield Remark(f"blobs: {why}")
    files = (
        ("file of 1 MB", questions.addon_file(), 32),
        ("file of 40 MB", questions.package(), 8),
    )
    async with DemoServer(questions.studio()) as demo, all_serving(servers, demo, folder) as all_:
        for name, question, connections in files:
            asked = await in_turns(
                all_, question, folder, connections=connections, ask=receiving.asked
            )
            ours, *peers = asked.values()
            for peer in peers:
                yield Figure(
                    f"{name}, {connections} connections, one core",
                    *("MB/s", ours.bytes / MB, peer.name, peer.bytes / MB),
                    least_ratio=1.0,
                )
            for doubt in (doubt for each in asked.values() for doubt in each.doubts):
                yield Remark(f"{name}: {doubt}")
        grown = [await _growth(each, questions.package(), folder) for each in all_]
        for serving, more in zip(all_[1:], grown[1:], strict=True):
            yield Figure(
                f"memory that {READERS} readers of 40 MB take",
                *("MB", grown[0] / MB, serving.name, more / MB),
                most=MOST_GROWTH_MB,
            )


async def _growth(serving: Serving, question: Question, folder: Path) -> float:
    """By how many bytes its own memory was larger than before, at the most."""
    await stored(serving, question)
    before = most = _own_bytes(serving)
    reading = asyncio.ensure_future(receiving.asked(question, serving, folder, READERS, 3))
    while not reading.done():
        await asyncio.wait([reading], timeout=LOOK_SECONDS)
        most = max(most, _own_bytes(serving))
    await reading
    return most - before


def _own_bytes(serving: Serving) -> int:
    return sum(cores.own_bytes(pid) for pid in cores.family(serving.pid))
