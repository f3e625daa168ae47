"""What is written ahead of the database counts as done: no kill loses it, nothing comes before it.

The next process finds the files as they lie: a copy of them is what a kill leaves, a copy without
the log what a power cut may leave. `tests/storage/test_crashes.py` kills.

Broken once, to see the tests fail: carried over at the start of a transaction alone; not carried
over at the start, or without a change that comes later; carried over without its number; the gap
not seen; written ahead of a database that fails; what could not be carried over forgotten.
"""

from __future__ import annotations

import asyncio
import shutil
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from sqlalchemy.engine import Connection

from ayon_proxy.cache.ports import Invalidations
from ayon_proxy.cache.tag_clock import TagClock
from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage import invalidation_log
from ayon_proxy.storage.ahead_file import MOST_BYTES, AheadFile
from ayon_proxy.storage.ahead_log import Ahead
from ayon_proxy.storage.connections import driver
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.response_index import SqliteResponseIndex

DEADLINE = 10.0


def allow_pages(database: Database, count: int) -> None:
    """How large the database may get; never smaller than it is."""
    # Past the writer, which would have to write something first.
    driver(database._writing).execute(f"PRAGMA max_page_count = {count}").fetchall()


def ahead_of(path: Path) -> Path:
    return Path(f"{path}-ahead")


@asynccontextmanager
async def writer_held(database: Database) -> AsyncIterator[None]:
    """In the middle of a transaction."""
    started, go_on = threading.Event(), threading.Event()

    def hold(_connection: Connection) -> None:
        started.set()
        assert go_on.wait(DEADLINE)

    held = asyncio.ensure_future(database.write(hold, urgent=True))
    await asyncio.to_thread(started.wait, DEADLINE)
    try:
        yield
    finally:
        go_on.set()
        await held


def left_behind(path: Path, *, log: bool = True) -> Path:
    """The database as the next process finds it, with the log or without."""
    to = path.parent.with_name("left behind")
    shutil.copytree(path.parent, to, dirs_exist_ok=True)
    if not log:
        ahead_of(to / path.name).unlink()
    return to / path.name


async def known_in(path: Path) -> Invalidations:
    """What the next process knows."""
    database = Database.open(path)
    assert database.notice is None
    try:
        return await SqliteResponseIndex(database).invalidations()
    finally:
        await database.aclose()


def first(count: int) -> Invalidations:
    """`count` tags that were invalidated under their own numbers."""
    return Invalidations(count, 0, {seq: seq for seq in range(1, count + 1)}, {}, count)


async def test_it_is_durable_at_once_whatever_the_writer_is_doing(
    database: Database, index: SqliteResponseIndex, path: Path
) -> None:
    journal = SqliteJournal(database)
    async with writer_held(database):
        writing = [
            index.invalidate([5, 1 << 63], 7),
            index.invalidate([6], 8, lasting=True),
            journal.open_intent(b"\x00\xff", [5]),
            journal.open_intent(b"over", [5]),
        ]
        assert all(isinstance(each, asyncio.Future) and each.done() for each in writing)
        closing = journal.close_intent(b"over")
        with pytest.raises(StopIteration):
            closing.send(None)
        left = left_behind(path)
    found = Database.open(left)
    assert await SqliteJournal(found).open_intents() == {b"\x00\xff": {5}}
    await found.aclose()
    assert await known_in(left) == Invalidations(8, 0, {5: 7, 1 << 63: 7}, {6: 8}, 2)


async def test_it_is_carried_over_once(index: SqliteResponseIndex, path: Path) -> None:
    """The log still holds it when the database has it."""
    await index.invalidate([1], 1)
    await index.invalidate([2], 2)
    assert await index.invalidations() == first(2)
    assert len(ahead_of(path).read_bytes()) > 0
    assert await known_in(left_behind(path)) == first(2)


async def test_it_is_carried_over_with_nothing_else_to_be_written(
    index: SqliteResponseIndex, database: Database, path: Path
) -> None:
    await index.invalidate([1], 1)
    async with asyncio.timeout(DEADLINE):
        while (await database.read(invalidation_log.invalidations)).highest_seq == 0:
            pass
    assert await known_in(left_behind(path, log=False)) == first(1)


async def test_no_change_is_made_before_what_was_written_ahead_of_it(
    database: Database, index: SqliteResponseIndex
) -> None:
    """Not even one that is taken into a transaction which had already begun: a power cut may leave
    the database alone."""
    async with writer_held(database):
        await index.invalidate([1], 1)
        seen = asyncio.ensure_future(database.write(invalidation_log.invalidations, urgent=True))
        await asyncio.sleep(0)
        await index.invalidate([2], 2)
        also_seen = asyncio.ensure_future(
            database.write(invalidation_log.invalidations, urgent=True)
        )
        await asyncio.sleep(0)
    assert (await seen).highest_seq >= 1
    assert await also_seen == first(2)


async def test_what_follows_a_gap_is_left_out(index: SqliteResponseIndex, path: Path) -> None:
    """The database has lost what came before it, and with it all that was submitted later."""
    await index.invalidate([1], 1)
    await index.invalidations()
    left = left_behind(path)
    file = AheadFile(ahead_of(left))
    for number in (3, 4):
        lost = invalidation_log.row([number], number, lasting=False)
        assert file.append(number, Ahead("invalidate", lost).packed())
    file.close(remove=False)
    found = Database.open(left)
    # Else it might go on from what is written from now on.
    assert ahead_of(left).stat().st_size == 0
    await found.aclose()
    assert await known_in(left) == first(1)


async def test_a_torn_last_record_costs_no_other(
    database: Database, index: SqliteResponseIndex, path: Path
) -> None:
    async with writer_held(database):
        for seq in (1, 2, 3):
            await index.invalidate([seq], seq)
        left = left_behind(path)
    with ahead_of(left).open("r+b") as file:
        file.truncate(ahead_of(left).stat().st_size - 1)
    assert await known_in(left) == first(2)


async def test_the_clock_goes_on_from_where_a_kill_has_left_it(
    database: Database, index: SqliteResponseIndex, path: Path
) -> None:
    clock = TagClock(index)
    await clock.load()
    for tag in range(40):
        await clock.invalidate([tag])
        if tag == 20:
            await database.carry_over()
    left = left_behind(path)
    for _ in range(2):  # a kill at once after the next start, too
        next_process = Database.open(left)
        next_clock = TagClock(SqliteResponseIndex(next_process))
        await next_clock.load()
        assert next_clock.sequence == clock.sequence == 40
        assert next_clock.last_invalidated(39) == 40
        await next_process.aclose()


async def test_it_does_not_grow_while_the_database_takes_it(
    index: SqliteResponseIndex, path: Path
) -> None:
    for seq in range(1, 501):
        await index.invalidate([seq], seq)
        if not seq % 10:
            await index.invalidations()
    assert ahead_of(path).stat().st_size < 4096
    assert await known_in(left_behind(path)) == first(500)


async def test_what_does_not_fit_goes_through_the_writer(
    index: SqliteResponseIndex, path: Path
) -> None:
    many = range(MOST_BYTES // 8)
    await index.invalidate(many, 1)
    left = left_behind(path, log=False)
    assert len((await known_in(left)).last) == len(many)


async def test_while_the_database_takes_nothing_nothing_is_said_to_be_done(
    database: Database, index: SqliteResponseIndex, path: Path
) -> None:
    allow_pages(database, 1)
    tags = range(2000)
    await index.invalidate(tags, 1)
    with pytest.raises(StorageFailed, match="full"):
        await index.invalidations()
    with pytest.raises(StorageFailed, match="full"):
        await index.invalidate(tags, 2)
    # What was said to be done is done by the next process, or when there is room.
    assert (await known_in(left_behind(path))).last == dict.fromkeys(tags, 1)
    allow_pages(database, 1_000_000)
    await index.invalidate([7], 3)
    assert (await index.invalidations()).last == {**dict.fromkeys(tags, 1), 7: 3}


async def test_at_the_end_it_goes_if_the_database_has_it_all(
    database: Database, index: SqliteResponseIndex, path: Path
) -> None:
    await index.invalidate([1], 1)
    await database.aclose()
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    assert await known_in(path) == first(1)
    with pytest.raises(StorageFailed, match="closed"):
        await index.invalidate([2], 2)


async def test_at_the_end_it_stays_if_the_database_does_not_take_it(
    database: Database, index: SqliteResponseIndex, path: Path
) -> None:
    allow_pages(database, 1)
    tags = range(2000)
    await index.invalidate(tags, 1)
    await database.aclose()
    assert (await known_in(path)).last == dict.fromkeys(tags, 1)
