"""One writer, several readers, and every answer compared with upstream's own.

What is done is chosen by `random.Random(seed)` alone. There is no waiting but for conditions: after
a write that went past the proxy, until the proxy has heard of it; a write through the proxy is
compared at once (contract.md, G1 and G2).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

import httpx

from tests.differential import (
    reads_of_library,
    reads_of_pages,
    reads_of_rest,
    writes_of_batches,
    writes_of_conversation,
    writes_of_entities,
    writes_of_studio,
)
from tests.differential.answers import Answer, answer_of
from tests.differential.library_questions import LibraryQuestions
from tests.differential.listening import SECONDS, Arrival, Listener
from tests.differential.reads import Read, question
from tests.differential.tally import Stale, Tally
from tests.differential.world import NothingThere, World
from tests.differential.writes import Write, WriteKind

WRITES = (
    *writes_of_entities.KINDS,
    *writes_of_batches.KINDS,
    *writes_of_conversation.KINDS,
    *writes_of_studio.KINDS,
)
READS = (*reads_of_rest.KINDS, *reads_of_pages.KINDS)
CALLS = reads_of_library.CALLS

ASSIGNED_SECONDS = 11.0
"""How long stored answers are good for who sees by assignment (README, Rules by assignment), and a
second."""
UNDER_WAY = frozenset({"pending", "in_progress"})
FAVOURITES = 10
"""Questions that are all asked after each write: so each has been stored just before it, and only
what that one write has said can make it go."""
RENEWED = 3
"""How many of them are others after each write."""
WANTED = 0.6
"""How often a new question is one that shows what is about to be written."""
WRITES_AT_A_PLACE = 8
THROUGH_PROXY = 0.3
CROSSING = 0.3
"""How often a write goes through the proxy, and reads are under way while it happens."""


@dataclass
class Driver:
    """A run. `upstream` and `proxied` are the writer's clients; those of the readers bear no
    credential, `readers` has one (header fields) for each by name."""

    seed: object
    world: World
    upstream: httpx.AsyncClient
    proxied: httpx.AsyncClient
    upstream_reads: httpx.AsyncClient
    proxied_reads: httpx.AsyncClient
    readers: Mapping[str, Mapping[str, str]]
    library: LibraryQuestions
    listener: Listener
    arrival: Arrival
    settle_seconds: float = 0.0
    """How long upstream itself may answer with an old state (1.6); the demo server never does."""
    by_assignment: frozenset[str] = frozenset()
    """Readers who see what is assigned only: a change of assignments may show so much later."""
    writes: Sequence[WriteKind] = WRITES
    keeps_known: bool = False
    """Whether upstream is asked once for a question between two writes, to save time."""
    random: Random = field(init=False)
    tally: Tally = field(default_factory=Tally)
    step: int = 0
    rounds: int = 0
    favourites: list[tuple[str, Read]] = field(default_factory=list)
    fetched: dict[tuple[str, Read], int] = field(default_factory=dict)
    """How many messages had been heard when an answer was last fetched."""
    known: dict[tuple[str, Read], Answer] = field(default_factory=dict)
    """What upstream has answered since the last write; where it is not kept, it is asked."""
    last_write: str = "nothing"
    _deck: list[WriteKind] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.random = self.world.random

    async def take_steps(self, number: int) -> None:
        """A step is a write, or a read. Each write is followed by all favourite questions."""
        end = self.step + number
        while self.step < end:
            await self.world.look(self.upstream)
            if self.rounds % WRITES_AT_A_PLACE == 0:
                self.world.go_elsewhere()
            self.rounds += 1
            kind, write = self._next_write()
            await self._renew(kind)
            await self.write(kind, write, through_proxy=self.random.random() < THROUGH_PROXY)
            await self.read()

    def _next_write(self) -> tuple[WriteKind, Write]:
        """Every kind comes up as often as its weight says, in another order each time."""
        while True:
            if not self._deck:
                self._deck = [each for each in self.writes for _ in range(each.weight)]
                self.random.shuffle(self._deck)
            kind = self._deck.pop()
            try:
                with self.world.noting_subjects():
                    return kind, kind.make(self.world)
            except NothingThere:
                continue

    async def write(self, kind: WriteKind, write: Write, *, through_proxy: bool) -> None:
        """Change something, past the proxy unless nobody else could know of it, and wait until it
        must be seen."""
        self.step += 1
        through_proxy = through_proxy or kind.silent
        client = self.proxied if through_proxy else self.upstream
        self.known.clear()
        heard = len(self.listener.heard)
        crossing: list[asyncio.Task[Any]] = []
        if self.favourites and self.random.random() < CROSSING:
            some = [self.random.choice(self.favourites) for _ in range(3)]
            crossing = [asyncio.create_task(self._ask(self.proxied_reads, *each)) for each in some]
        self.last_write = f"{kind.name}: {write.method} {write.path} {json.dumps(write.json)}"
        if through_proxy:
            self.last_write += " through the proxy"
        done = await self._send(client, write)
        await asyncio.gather(*crossing)
        self.tally.writes[kind.name] += 1
        self.tally.through += through_proxy
        if not done:
            self.tally.refused[kind.name] += 1
        elif write.then is not None:
            write.then()
        if through_proxy:
            await self.read()
        if done and write.awaits is not None:
            await self.listener.said(*write.awaits, heard)
        await self.arrival.passed()

    async def _send(self, client: httpx.AsyncClient, write: Write) -> bool:
        """Whether it was done (of a batch: whether its last operation was)."""
        sent = await client.request(
            write.method,
            write.path,
            json=write.json,
            content=write.content,
            headers=dict(write.headers),
        )
        if sent.is_error:
            self.last_write += f": {sent.status_code} {sent.text[:200]}"
            self.world.stale = True
            return False
        if not write.path.partition("?")[0].endswith(("/operations", "/background")):
            return True
        result = sent.json()
        if write.polled:
            poll = f"{write.path}/{result['id']}"
            async with asyncio.timeout(SECONDS):
                while (state := (await client.get(poll)).json())["status"] in UNDER_WAY:
                    pass
            if state["status"] != "completed":
                self.last_write += f": {state}"
                return False
            result = state["result"]
        self.world.stale = True
        return bool(result["operations"][-1]["success"]) and (
            bool(result["success"]) or bool(write.json["canFail"])
        )

    async def read(self) -> None:
        """Ask the favourite questions, in another order each time."""
        for reader, read in self.random.sample(self.favourites, len(self.favourites)):
            self.step += 1
            await self.compare(reader, read)

    async def compare(self, reader: str, read: Read) -> None:
        """Ask through the proxy, then directly; both must be told the same."""
        found = (reader, read)
        proxied = await self._ask(self.proxied_reads, reader, read)
        if not proxied.is_hit:
            self.fetched[found] = len(self.listener.heard)
        self.tally.read(read.kind, proxied)
        upstream = self.known.get(found) or await self._ask(self.upstream_reads, reader, read)
        if self.keeps_known:
            self.known[found] = upstream
        if proxied.same_as(upstream) or await self._settles(reader, read):
            return
        if any((each.reader, each.read) == found for each in self.tally.stale):
            return
        events = self.listener.heard[self.fetched.get(found, 0) :]
        stale = Stale(
            *(self.seed, self.step, reader, read, upstream, proxied, self.last_write, events)
        )
        self.tally.stale.append(stale)

    async def _settles(self, reader: str, read: Read) -> bool:
        """Whether it is upstream that has not come to rest, or what is known to be late."""
        first = await self._ask(self.upstream_reads, reader, read)
        seconds = self.settle_seconds
        if reader in self.by_assignment:
            seconds = max(seconds, ASSIGNED_SECONDS)
        if seconds:
            await asyncio.sleep(seconds)
        proxied = await self._ask(self.proxied_reads, reader, read)
        upstream = await self._ask(self.upstream_reads, reader, read)
        moves = bool(seconds) or not first.same_as(upstream)
        if moves and proxied.same_as(upstream):
            self.tally.settled += 1
            return True
        return False

    async def _renew(self, before: WriteKind) -> None:
        """Other questions in the places of some, each asked once; some that show the write."""
        for each in self.random.sample(self.favourites, min(RENEWED, len(self.favourites))):
            self.favourites.remove(each)
        while len(self.favourites) < FAVOURITES:
            try:
                read = await self._new_question(before.shown_in)
            except NothingThere:
                continue
            names = list(self.readers)
            reader = names[0] if self.random.random() < 0.6 else self.random.choice(names)
            if read is not None and (reader, read) not in self.favourites:
                self.favourites.append((reader, read))
                self.step += 1
                await self.compare(reader, read)

    async def _new_question(self, wanted: Sequence[str]) -> Read | None:
        name = self.random.choice(wanted) if wanted and self.random.random() < WANTED else None
        reads = [each for each in READS if name in (None, each.name)]
        calls = [each for each in CALLS if name in (None, each[0])]
        if reads and not (calls and self.random.random() < 0.5):
            kind = self.random.choices(reads, [each.weight for each in reads])[0]
            return kind.make(self.world)
        name, make, _ = self.random.choices(calls, [each[2] for each in calls])[0]
        asked = await asyncio.to_thread(self.library.question, make(self.world))
        return None if asked is None else question(f"graphql {name}", *asked)

    async def _ask(self, client: httpx.AsyncClient, reader: str, read: Read) -> Answer:
        headers = dict(self.readers[reader])
        if read.body is None:
            return answer_of(await client.get(read.path, headers=headers))
        headers["content-type"] = "application/json"
        return answer_of(await client.post(read.path, content=read.body, headers=headers))
