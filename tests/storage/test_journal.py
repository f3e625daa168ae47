"""What only the database can show of the journal: it lasts, and goes with the invalidations."""

from __future__ import annotations

import asyncio
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.response_index import SqliteResponseIndex
from ayon_proxy.storage.tables import intent, invalidation


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


async def test_it_is_there_after_reopening(path: Path) -> None:
    database = Database.open(path)
    journal = SqliteJournal(database)
    await journal.remember("cursor", b"1")
    await journal.open_intent(b"write", [1, 1 << 63])
    await database.aclose()

    database = Database.open(path)
    journal = SqliteJournal(database)
    assert await journal.recall("cursor") == b"1"
    assert await journal.open_intents() == {b"write": {1, 1 << 63}}
    await database.aclose()


async def test_an_intent_goes_with_the_invalidation_before_everything_that_waits(
    path: Path,
) -> None:
    database = Database.open(path)
    index, journal = SqliteResponseIndex(database), SqliteJournal(database)
    started, go_on = threading.Event(), threading.Event()
    seen: list[object] = []

    def hold(_connection: Connection) -> None:
        started.set()
        assert go_on.wait(10)

    def look(connection: Connection) -> None:
        for table in (invalidation, intent):
            seen.extend(connection.execute(select(func.count()).select_from(table)).scalars())

    held = asyncio.ensure_future(database.write(hold, urgent=True))
    await asyncio.to_thread(started.wait, 10)
    waiting = [
        asyncio.ensure_future(one)
        for one in (
            database.write(look),
            index.invalidate([5], 1),
            journal.open_intent(b"later", [5]),
        )
    ]
    await asyncio.sleep(0)
    go_on.set()
    await asyncio.gather(held, *waiting)
    assert seen == [1, 1]
    await database.aclose()


async def test_every_question_to_a_closed_journal_raises_storage_failed(path: Path) -> None:
    database = Database.open(path)
    journal = SqliteJournal(database)
    await database.aclose()
    questions = [
        journal.recall("name"),
        journal.remember("name", b""),
        journal.open_intent(b"intent", [1]),
        journal.close_intent(b"intent"),
        journal.open_intents(),
    ]
    for question in questions:
        with pytest.raises(StorageFailed):
            await question
