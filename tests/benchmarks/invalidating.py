"""From an event to what it invalidates, durable: `Invalidator.apply` as the feed calls it."""

from __future__ import annotations

import asyncio
import os
import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.errors import StorageFailed
from ayon_proxy.settings.sections import Storage
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.response_index import SqliteResponseIndex
from ayon_proxy.storage.write_back import wal_bytes
from ayon_proxy.system_clock import SystemClock
from tests.benchmarks.many_responses import NUMBERS_OF_TAGS
from tests.support.builders import stored_response

EVENTS_PER_SECOND = 100
TOPICS = (
    "entity.version.created",
    "entity.version.status_changed",
    "entity.task.status_changed",
    "entity.folder.attrib_changed",
    "entity.representation.created",
    "activity.created",
    "thumbnail.updated",
)


async def apply_seconds(path: Path, events: int, stores_per_second: int) -> list[float]:
    """What each of the events took, while so many responses a second are stored."""
    async with _invalidator(path) as (invalidator, index):
        storing = asyncio.create_task(_store(index, stores_per_second))
        await _paced(10, EVENTS_PER_SECOND, lambda: invalidator.apply(_event()))  # warm
        taken: list[float] = []

        async def apply() -> None:
            event = _event()
            began = time.perf_counter()
            await invalidator.apply(event)
            taken.append(time.perf_counter() - began)

        await _paced(events, EVENTS_PER_SECOND, apply)
        storing.cancel()
        await asyncio.gather(storing, return_exceptions=True)
        return taken


@asynccontextmanager
async def _invalidator(path: Path) -> AsyncIterator[tuple[Invalidator, SqliteResponseIndex]]:
    database = await asyncio.to_thread(Database.open, path, wal_bytes(Storage().max_bytes))
    index = SqliteResponseIndex(database)
    tags = TagClock(index)
    await tags.load()
    invalidator = Invalidator(tags, SqliteJournal(database), SystemClock(), _fail)
    try:
        yield invalidator, index
    finally:
        await invalidator.aclose()
        await database.aclose()


def _fail(failure: StorageFailed) -> None:
    raise failure


async def _paced(number: int, per_second: float, act: Callable[[], Awaitable[None]]) -> None:
    """Act so many times, at that pace: each when its time has come, or the last one is done."""
    began = time.monotonic()
    for position in range(number):
        await asyncio.sleep(began + position / per_second - time.monotonic())
        await act()


async def _store(index: SqliteResponseIndex, per_second: int) -> None:
    """Store small responses under new keys at that rate, each as soon as its time has come."""
    chance = random.Random(3)
    under_way: set[asyncio.Task[None]] = set()

    async def begin() -> None:
        response = replace(
            stored_response(os.urandom(32), body=os.urandom(2000)),
            tags=chance.randbytes(8 * chance.choice(NUMBERS_OF_TAGS)),
        )
        task = asyncio.create_task(index.store(response))
        under_way.add(task)
        task.add_done_callback(under_way.discard)

    if per_second:
        await _paced(1 << 30, per_second, begin)


def _event() -> dict[str, Any]:
    """One that no other is equal to."""
    entity, parent = os.urandom(16).hex(), os.urandom(16).hex()
    return {
        "id": os.urandom(16).hex(),
        "topic": random.choice(TOPICS),
        "project": "bench",
        "status": "finished",
        "summary": {"entityId": entity, "parentId": parent},
    }
