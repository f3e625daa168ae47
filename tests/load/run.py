"""One run: warm, calm, faults, hanging, calm again, and what is left when all have gone."""

from __future__ import annotations

import asyncio
import random
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ayon_proxy.demo.film import SERVICE_KEY
from tests.load.at_work import AtWork, at_rest, feed_state, live
from tests.load.clients import Measured, Reader, Writer, labels_of, written
from tests.load.connection import Connection
from tests.load.faults import Faults
from tests.load.judging import BACK_SECONDS, Judge
from tests.load.questions import (
    DIRECT,
    Expected,
    Identity,
    Question,
    entities,
    identities,
    questions,
    told,
)
from tests.load.upstream import Upstream, upstream_process
from tests.support.proxy_process import ProxyProcess, proxy_process

WRITERS = 6
SHARES = {
    "service": 10,
    "as artist": 20,
    "as lighter": 4,
    "artist": 8,
    "lighter": 3,
    "admin": 2,
    "nobody": 1,
    "guessed key": 1,
    "guessed token": 1,
}
"""Of 50 clients."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds of each part. `pause` is a client's, between two questions."""

    clients: int
    warm: float
    calm: float
    faults: float
    hang: float
    between: float
    pause: float = 1.0
    seed: int = 7


@dataclass(frozen=True, slots=True, repr=False)
class Outcome:
    """What a run has shown."""

    judge: Judge
    measured: Measured
    happened: Sequence[str]
    before: AtWork
    after: AtWork
    complaints: Sequence[str]


@dataclass(repr=False)
class Load:
    """The clients of one run."""

    plan: Plan
    upstream: Upstream
    proxy: ProxyProcess
    judge: Judge
    measured: Measured
    callers: dict[str, Identity]
    asked: list[Question]
    chance: random.Random

    @asynccontextmanager
    async def clients(self) -> AsyncIterator[list[Connection]]:
        """All of them at work until the block ends; their connections."""
        connections = [Connection(self.proxy.port) for _ in range(self.plan.clients)]
        directs = [Connection(self.upstream.direct) for _ in range(WRITERS)]
        writing = [Connection(self.proxy.port) for _ in range(WRITERS)]
        kinds = [name for name, share in SHARES.items() for _ in range(share)]
        running = [
            Reader(
                self.callers[kinds[number % len(kinds)]],
                self.asked,
                connection,
                self.judge,
                self.measured,
                random.Random(self.chance.random()),
                self.plan.pause,
            ).run()
            for number, connection in enumerate(connections)
        ]
        labels = list(self.judge.labels.values())
        running += [
            Writer(
                self.callers["service"],
                labels[number::WRITERS],
                connection,
                direct,
                self.measured,
                random.Random(self.chance.random()),
                self.plan.pause * 2,
            ).run()
            for number, (connection, direct) in enumerate(zip(writing, directs, strict=True))
        ]
        watching = Connection(self.proxy.port)
        running.append(self._watch(watching))
        tasks = [asyncio.create_task(each) for each in running]
        try:
            yield connections
            for task in tasks:
                if task.done():
                    task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            for connection in (*connections, *directs, *writing, watching):
                connection.drop()

    async def _watch(self, operator: Connection) -> None:
        """See how the feed is doing, until cancelled."""
        while True:
            self.judge.saw_feed(await feed_state(operator))
            await asyncio.sleep(0.3)

    async def settled(self, operator: Connection, before: AtWork | None = None) -> AtWork:
        """All clients gone and the line as new: what is idle to upstream breaks, and is let go of
        at the next questions."""
        await self.upstream.order("reset")
        await self.upstream.order("calm")
        await live(operator)
        connection = Connection(self.proxy.port)
        service = self.callers["service"].fields
        for method, path in ((b"GET", b"/api/info"), (b"POST", b"/api/none")):
            await connection.ask(method, path, service)
        connection.drop()
        return await at_rest(operator, before)

    async def last_look(self) -> None:
        """Every question once more by everybody: now nothing may be behind."""

        async def look(identity: Identity) -> None:
            connection = Connection(self.proxy.port)
            reader = Reader(
                identity, self.asked, connection, self.judge, self.measured, self.chance, 0.0
            )
            for question in dict.fromkeys(self.asked):
                await reader.ask(question)
            connection.drop()

        await asyncio.gather(*map(look, self.callers.values()))


async def _expected(
    port: int, callers: Sequence[Identity], asked: Sequence[Question]
) -> dict[tuple[str, Question], Expected]:
    found = {}

    async def ask(identity: Identity) -> None:
        direct = Connection(port)
        for question in dict.fromkeys(asked):
            fields = DIRECT + identity.fields + question.field
            answer = await direct.ask(question.method, question.target, fields, question.body)
            rest, labels = told(answer)
            found[identity.name, question] = Expected(answer.status, rest, frozenset(labels))
        direct.drop()

    await asyncio.gather(*map(ask, callers))
    return found


async def run(plan: Plan, say: bool = False) -> Outcome:
    """All of it."""
    chance = random.Random(plan.seed)
    began = time.monotonic()

    def announce(phase: str) -> None:
        measured.phase = phase
        if say:
            print(f"{time.monotonic() - began:6.1f} s  {phase}", flush=True)

    async with upstream_process() as upstream:
        direct = Connection(upstream.direct)
        callers = await identities(direct)
        ids = await entities(direct, callers[0])
        asked = list(questions(ids))
        labels = labels_of(ids)
        for label in labels.values():
            await written(direct, callers[0], label, 0)
        judge = Judge(upstream, labels, await _expected(upstream.direct, callers, asked))
        measured = Measured()
        direct.drop()
        with tempfile.TemporaryDirectory(prefix="ayon-proxy-load-") as folder:
            async with proxy_process(
                f"http://127.0.0.1:{upstream.line}",
                Path(folder) / "data",
                upstream__api_key=SERVICE_KEY,
                storage__memory_bytes="16MiB",
            ) as proxy:
                named = {each.name: each for each in callers}
                load = Load(plan, upstream, proxy, judge, measured, named, asked, chance)
                operator = Connection(proxy.port)
                await proxy.logged("feed_live")
                announce("warming")
                async with load.clients():
                    await asyncio.sleep(plan.warm)
                before = await load.settled(operator)
                async with load.clients() as connections:
                    announce("warming")
                    await asyncio.sleep(plan.warm)
                    announce("calm")
                    await asyncio.sleep(plan.calm)
                    announce("faults")

                    def cut_clients() -> None:
                        for connection in chance.sample(connections, len(connections) // 5):
                            connection.cut_off()

                    faults = Faults(upstream, cut_clients, chance)
                    until = time.monotonic() + plan.faults
                    while time.monotonic() < until:
                        await faults.happen()
                        await asyncio.sleep(chance.uniform(1.0, 4.0))
                    announce("recovering")
                    await asyncio.sleep(plan.between)
                    announce("hanging")
                    await upstream.order("hang")
                    await asyncio.sleep(plan.hang)
                    await upstream.order("calm")
                    announce("recovering")
                    await asyncio.sleep(BACK_SECONDS)
                    announce("calm again")
                    await asyncio.sleep(plan.between)
                announce("last look")
                await load.last_look()
                announce("quiet")
                after = await load.settled(operator, before)
                operator.drop()
                if say:
                    print(f"{time.monotonic() - began:6.1f} s  over", flush=True)
                return Outcome(
                    judge,
                    measured,
                    faults.happened,
                    before,
                    after,
                    proxy.events("error", "critical"),
                )
