"""Ours and its peers asked the same in turns, so that whatever else the machine does meets all."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

import httpx

from ayon_proxy.demo.running import DemoServer
from tests.benchmarks import wrk
from tests.benchmarks.load import Asking, Taken
from tests.benchmarks.questions import Question
from tests.benchmarks.servers import Server, Serving

SERVER_BUSY = 0.9
"""Of its core. Less means that something else was waited for."""

PROOF_SECONDS = 30.0
"""Longer than it takes until what was fetched is shared."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What the rounds of one server took, as medians."""

    name: str
    rounds: Sequence[Taken]

    @property
    def requests(self) -> float:
        """A second."""
        return median(each.requests for each in self.rounds)

    @property
    def bytes(self) -> float:
        """A second."""
        return median(each.bytes for each in self.rounds)

    @property
    def p99(self) -> float:
        """Milliseconds."""
        return median(each.p99 for each in self.rounds)

    @property
    def doubts(self) -> Iterator[str]:
        """Why its figures may be another's."""
        busy = median(each.server_busy for each in self.rounds)
        generator = median(each.generator_busy for each in self.rounds)
        if busy < SERVER_BUSY:
            yield f"{self.name} had {busy:.0%} of its core, who asked {generator:.0%} of the other"


@asynccontextmanager
async def all_serving(
    servers: Sequence[Server], demo: DemoServer, folder: Path
) -> AsyncIterator[list[Serving]]:
    """Each of them before the demo server."""
    async with AsyncExitStack() as running:
        yield [
            await running.enter_async_context(each.serving(demo.port, folder)) for each in servers
        ]


async def in_turns(
    servings: Sequence[Serving],
    question: Question,
    folder: Path,
    *,
    connections: int = 32,
    rounds: int = 3,
    seconds: int = 2,
    ask: Asking = wrk.asked,
) -> dict[str, Asked]:
    """Each server's answers, by its name: out of its store, and the same from each.

    Raises ValueError where they differ.
    """
    bodies = {each.name: await stored(each, question) for each in servings}
    if len(set(bodies.values())) > 1:
        raise ValueError(f"{', '.join(bodies)} answer {question.path} with different bytes")
    taken: dict[str, list[Taken]] = {each.name: [] for each in servings}
    for each in servings:  # so that none is measured cold
        await ask(question, each, folder, connections, 1)
    for _ in range(rounds):
        for each in servings:
            taken[each.name].append(await ask(question, each, folder, connections, seconds))
    for each in servings:
        await stored(each, question)
    return {name: Asked(name, every) for name, every in taken.items()}


async def stored(serving: Serving, question: Question) -> bytes:
    """Ask until the answer comes out of the store; its body. Raises TimeoutError, ValueError."""
    async with asyncio.timeout(PROOF_SECONDS), httpx.AsyncClient(timeout=60) as client:
        while True:
            answer = await client.request(
                question.method,
                f"http://127.0.0.1:{serving.port}{question.path}",
                headers=question.fields,
                content=question.body,
            )
            if answer.status_code != question.status:
                raise ValueError(f"{serving.name} answered {answer.status_code}: {answer.text}")
            if "hit" in answer.headers.get("cache-status", "").lower():
                return answer.content
            await asyncio.sleep(0.05)
