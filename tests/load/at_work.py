"""What the proxy holds at a moment, by its own metrics."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

from tests.load.connection import Connection

SETTLING_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class AtWork:
    """Counts; memory in bytes. `open_files` are those besides `pooled`, connections to upstream
    that wait for the next question: one more or less by whether two were asked at once."""

    connections: int
    fetches: int
    tasks: int
    open_files: int
    pooled: int
    memory: int

    def more_than(self, before: AtWork) -> list[str]:
        """What there is more of than there was, memory aside."""
        names = ("connections", "fetches", "tasks", "open_files")
        pairs = [(name, getattr(before, name), getattr(self, name)) for name in names]
        return [f"{name}: {was} before, {now} now" for name, was, now in pairs if now > was]


async def at_work(operator: Connection) -> AtWork:
    """At this moment."""
    answer = await operator.ask(b"GET", b"/-/metrics")
    found = {
        sample.name: sample.value
        for family in text_string_to_metric_families(answer.body.decode())
        for sample in family.samples
        if not sample.labels
    }
    pooled = int(found["ayon_proxy_upstream_connections"])
    return AtWork(
        connections=int(found["ayon_proxy_connections"]),
        fetches=int(found["ayon_proxy_fetches"]),
        tasks=int(found["ayon_proxy_tasks"]),
        open_files=int(found["process_open_fds"]) - pooled,
        pooled=pooled,
        memory=int(found["process_resident_memory_bytes"]),
    )


async def at_rest(operator: Connection, before: AtWork | None = None) -> AtWork:
    """Once there is no more than `before`, or half a minute has shown that there is."""
    deadline = time.monotonic() + SETTLING_SECONDS
    while True:
        await asyncio.sleep(0.5)
        now = await at_work(operator)
        if before is None or not now.more_than(before) or time.monotonic() > deadline:
            return now


async def live(operator: Connection) -> None:
    """Wait until every event is seen."""
    async with asyncio.timeout(SETTLING_SECONDS):
        while await feed_state(operator) != "live":
            pass


async def feed_state(operator: Connection) -> str:
    """As `/-/status` has it."""
    answer = await operator.ask(b"GET", b"/-/status")
    return str(json.loads(answer.body)["feed"]["state"])
