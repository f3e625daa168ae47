"""Those who read and those who write, each with a connection that it keeps."""

from __future__ import annotations

import asyncio
import json
import random
import time
from collections import Counter
from dataclasses import dataclass, field

from ayon_proxy.demo.film import FILM
from tests.load.connection import Answered, Broken, Connection
from tests.load.judging import Judge
from tests.load.labels import Label, number_of, text
from tests.load.questions import DIRECT, Identity, Question

LATE_SECONDS = 3.0
"""A caller waits for two where something may stand in."""

LOST_SECONDS = 1.0
"""When a write has broken, it is over at upstream after that."""


@dataclass(repr=False)
class Measured:
    """Seconds that answers took, by phase of the run and by how they came about."""

    phase: str = "warming"
    seconds: dict[tuple[str, str], list[float]] = field(default_factory=dict)
    broken: Counter[str] = field(default_factory=Counter)
    """Connections that ended without an answer, and not on purpose, by phase."""
    writes: Counter[str] = field(default_factory=Counter)
    late: Counter[str] = field(default_factory=Counter)
    """What came from the store later than it should: phases, kinds of questions, and how."""

    def took(self, phase: str, question: Question, answer: Answered, seconds: float) -> None:
        """One answer, by the phase in which it was asked for."""
        how = "hit" if answer.hit else "stands in" if answer.stands_in else "asked"
        self.seconds.setdefault((phase, how), []).append(seconds)
        if how != "asked" and seconds > LATE_SECONDS:
            self.late[f"{phase}: {question.name} ({how})"] += 1


@dataclass(repr=False)
class Reader:
    """Asks this and that at its pace, `pause` seconds on average between an answer and the next."""

    identity: Identity
    questions: list[Question]
    connection: Connection
    judge: Judge
    measured: Measured
    chance: random.Random
    pause: float

    async def run(self) -> None:
        """Until cancelled."""
        await asyncio.sleep(self.chance.random() * self.pause)
        while True:
            await self.ask(self.chance.choice(self.questions))
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * self.pause)

    async def ask(self, question: Question) -> None:
        """One question; what is wrong with its answer is the judge's to say."""
        phase, began, cut = self.measured.phase, time.monotonic(), self.connection.cut
        fields = self.identity.fields + question.field
        try:
            answer = await self.connection.ask(
                question.method, question.target, fields, question.body
            )
        except Broken as broken:
            if self.connection.cut == cut:
                self.measured.broken[phase] += 1
                self.judge.no_answer(self.identity, question, began, str(broken))
            return
        ended = time.monotonic()
        self.measured.took(phase, question, answer, ended - began)
        self.judge.judge(self.identity, question, answer, began, ended)


@dataclass(repr=False)
class Writer:
    """Raises the labels of its own entities, some through the proxy and some behind its back."""

    identity: Identity
    labels: list[Label]
    connection: Connection
    direct: Connection
    measured: Measured
    chance: random.Random
    pause: float

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(self.chance.uniform(0.5, 1.5) * self.pause)
            label = self.chance.choice(self.labels)
            if self.chance.random() < 0.5:
                await self.write(label, self.connection, b"")
            else:
                self.direct.drop()  # upstream does not keep it for long
                await self.write(label, self.direct, DIRECT)

    async def write(self, label: Label, connection: Connection, extra: bytes) -> None:
        """The next number."""
        number = label.last + 1
        label.began.append((time.monotonic(), number))
        through = connection is self.connection
        try:
            answer = await written(connection, self.identity, label, number, extra)
        except Broken:
            answer = None
        if answer is not None and answer.status == 204:
            now = time.monotonic()
            label.done.append((now, number))
            if through:
                label.own.append((now, number))
            self.measured.writes["done"] += 1
        else:
            self.measured.writes["lost" if answer is None else str(answer.status)] += 1
            await self._found_out(label)

    async def _found_out(self, label: Label) -> None:
        """Whether upstream has it all the same."""
        await asyncio.sleep(LOST_SECONDS)
        self.direct.drop()
        answer = await self.direct.ask(b"GET", label.path.encode(), DIRECT + self.identity.fields)
        number = number_of(json.loads(answer.body)["label"])
        assert number is not None
        label.done.append((time.monotonic(), max(number, label.done[-1][1])))


async def written(
    connection: Connection, identity: Identity, label: Label, number: int, extra: bytes = DIRECT
) -> Answered:
    """The answer to the write of a number. Raises Broken."""
    fields = identity.fields + extra + b"Content-Type: application/json\r\n"
    body = json.dumps({"label": text(number)}).encode()
    return await connection.ask(b"PATCH", label.path.encode(), fields, body)


def labels_of(ids: dict[str, list[str]]) -> dict[str, Label]:
    """A label for each folder and task."""
    return {
        each: Label(f"/api/projects/{FILM}/{kind}/{each}", each)
        for kind in ("folders", "tasks")
        for each in ids[kind]
    }
