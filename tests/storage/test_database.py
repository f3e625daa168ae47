"""Opening, upgrading, replacing and closing the database; order and failure of its writes."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import stat
import threading
from collections.abc import AsyncIterator
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TypeVar

import pytest
from sqlalchemy.engine import Connection

from ayon_proxy.errors import CannotStart, StorageFailed
from ayon_proxy.storage import meta
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.free_space import COMPANIONS

T = TypeVar("T")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = Database.open(path)
    yield database
    await database.aclose()


def set_fact(connection: Connection, key: str, value: str) -> None:
    meta.set_fact(connection, key, value)


def note(done: list[T], name: T, _connection: Connection) -> None:
    done.append(name)


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def make_newer(path: Path) -> bytes:
    """Give the file a revision that nobody knows; its bytes then."""
    raw = sqlite3.connect(path)
    with raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    return path.read_bytes()


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def permissions(path: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}


class TestOpening:
    async def test_the_file_is_for_its_owner_alone(self, database: Database, path: Path) -> None:
        await database.write(partial(set_fact, key="a", value="b"))
        names = (path.name, *(f"{path.name}{each}" for each in COMPANIONS))
        assert permissions(path) == dict.fromkeys(names, 0o600)

    @pytest.mark.parametrize(
        ("name", "value"), [("journal_mode", "wal"), ("auto_vacuum", 2), ("synchronous", 1)]
    )
    async def test_it_is_set_up_for_one_writer_and_readers(
        self, database: Database, name: str, value: object
    ) -> None:
        assert await database.write(partial(pragma, name=name)) == value
        assert await database.read(partial(pragma, name=name)) == value

    async def test_what_was_written_is_there_after_reopening(self, path: Path) -> None:
        database = Database.open(path)
        await database.write(partial(set_fact, key="a", value="b"))
        await database.aclose()
        again = Database.open(path)
        assert await again.read(partial(meta.fact, key="a")) == "b"
        assert again.notice is None
        await again.aclose()

    async def test_it_leaves_logging_as_it_was(self, path: Path) -> None:
        alembic = logging.getLogger("alembic")

        def configuration() -> list[object]:
            root = logging.getLogger()
            loggers = (root, alembic, logging.getLogger(__name__))
            return [(one.level, list(one.handlers), one.disabled) for one in loggers]

        before = configuration()
        await Database.open(path).aclose()
        assert configuration() == before

    async def test_a_newer_database_is_refused_and_left_alone(self, path: Path) -> None:
        await Database.open(path).aclose()
        content = make_newer(path)
        with pytest.raises(CannotStart) as refusal:
            Database.open(path)
        assert str(path) in str(refusal.value)
        assert "newer" in str(refusal.value)
        assert content_of(path) == content

    def test_a_directory_in_its_place_is_refused(self, path: Path) -> None:
        path.mkdir()
        with pytest.raises(CannotStart, match="can't be opened"):
            Database.open(path)


class TestWrites:
    async def test_they_happen_in_the_order_of_the_calls(self, database: Database) -> None:
        writes = (database.write(partial(set_fact, key="a", value=str(n))) for n in range(500))
        await asyncio.gather(*writes)
        assert await database.read(partial(meta.fact, key="a")) == "499"

    async def test_none_is_lost_between_two_transactions(self, database: Database) -> None:
        started, go_on = threading.Event(), threading.Event()

        def hold(_connection: Connection) -> None:
            started.set()
            assert go_on.wait(10)

        held = asyncio.ensure_future(database.write(hold))
        await asyncio.to_thread(started.wait, 10)
        done: list[int] = []
        writes = [
            asyncio.ensure_future(database.write(partial(note, done, n))) for n in range(1000)
        ]
        await asyncio.sleep(0)
        go_on.set()
        async with asyncio.timeout(10):
            await asyncio.gather(held, *writes)
        assert done == list(range(1000))

    async def test_an_urgent_one_goes_before_those_that_wait(self, database: Database) -> None:
        started, go_on = threading.Event(), threading.Event()

        def hold(_connection: Connection) -> None:
            started.set()
            assert go_on.wait(10)

        held = asyncio.ensure_future(database.write(hold))
        await asyncio.to_thread(started.wait, 10)
        done: list[str] = []
        writes = [
            asyncio.ensure_future(database.write(partial(note, done, name), urgent=urgent))
            for name, urgent in (("a", False), ("b", False), ("C", True), ("D", True))
        ]
        await asyncio.sleep(0)
        go_on.set()
        await asyncio.gather(held, *writes)
        assert done == ["C", "D", "a", "b"]

    async def test_one_whose_caller_was_cancelled_happens_all_the_same(
        self, database: Database
    ) -> None:
        started, go_on = threading.Event(), threading.Event()

        def set_slowly(connection: Connection) -> None:
            started.set()
            assert go_on.wait(10)
            set_fact(connection, "a", "b")

        writing = asyncio.ensure_future(database.write(set_slowly))
        await asyncio.to_thread(started.wait, 10)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
        go_on.set()
        await database.write(partial(set_fact, key="c", value="d"))
        assert await database.read(partial(meta.fact, key="a")) == "b"

    async def test_a_mistake_in_the_program_is_not_called_a_storage_failure(
        self, database: Database
    ) -> None:
        def mistaken(_connection: Connection) -> None:
            raise ZeroDivisionError

        with pytest.raises(ZeroDivisionError):
            await database.write(mistaken)
        await database.write(partial(set_fact, key="a", value="b"))

    async def test_readers_do_not_wait_for_the_writer(self, database: Database) -> None:
        started, go_on = threading.Event(), threading.Event()

        def hold(connection: Connection) -> None:
            set_fact(connection, "a", "b")
            started.set()
            assert go_on.wait(10)

        holding = asyncio.ensure_future(database.write(hold))
        await asyncio.to_thread(started.wait, 10)
        assert await database.read(partial(meta.fact, key="a")) is None
        go_on.set()
        await holding
        assert await database.read(partial(meta.fact, key="a")) == "b"

    async def test_readers_cannot_write(self, database: Database) -> None:
        with pytest.raises(StorageFailed, match="readonly"):
            await database.read(partial(set_fact, key="a", value="b"))


async def test_two_checkpoints_never_run_at_once(database: Database) -> None:
    """SQLite would refuse the second one, and the WAL would stay as long as it is."""
    met = threading.Barrier(2)
    meetings: list[int] = []

    def try_to_meet(_connection: Connection) -> None:
        with suppress(threading.BrokenBarrierError):
            meetings.append(met.wait(0.2))
        met.reset()

    checkpoint = partial(database._write_back, try_to_meet)
    await asyncio.gather(database.read(checkpoint), database.read(checkpoint))
    assert meetings == []


class TestClosing:
    async def test_it_writes_the_wal_back(self, path: Path) -> None:
        database = Database.open(path)
        await database.write(partial(set_fact, key="a", value="b"))
        await database.aclose()
        assert [file.name for file in path.parent.iterdir()] == [path.name]

    async def test_it_finishes_what_was_submitted(self, path: Path) -> None:
        database = Database.open(path)
        writes = [
            asyncio.ensure_future(database.write(partial(set_fact, key=str(n), value="")))
            for n in range(300)
        ]
        await asyncio.sleep(0)
        await database.aclose()
        await asyncio.gather(*writes)
        await database.aclose()

    async def test_a_closed_one_raises_storage_failed(self, path: Path) -> None:
        database = Database.open(path)
        await database.aclose()
        with pytest.raises(StorageFailed, match="closed"):
            await database.write(partial(set_fact, key="a", value="b"))
        with pytest.raises(StorageFailed, match="closed"):
            await database.read(partial(meta.fact, key="a"))
