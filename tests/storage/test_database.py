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
from sqlalchemy import text
from sqlalchemy.engine import Connection

from ayon_proxy.errors import CannotStart, StorageFailed
from ayon_proxy.storage import meta
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.set_aside import mark_suspect

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


def everything(connection: Connection) -> object:
    return connection.execute(text("SELECT * FROM meta")).all()


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def make_newer(path: Path) -> bytes:
    """Give the file a revision that nobody knows; its bytes then."""
    raw = sqlite3.connect(path)
    with raw:
        raw.execute("UPDATE alembic_version SET version_num = '9999'")
    raw.close()
    return path.read_bytes()


def overwrite_data(path: Path) -> None:
    """Damage all pages but the first ones, in which the schema is."""
    spared = 16 * 4096
    with path.open("r+b") as file:
        file.seek(spared)
        file.write(b"\xff" * (path.stat().st_size - spared))


def content_of(path: Path) -> bytes:
    return path.read_bytes()


def put(path: Path, content: bytes) -> None:
    path.write_bytes(content)


def permissions(path: Path) -> dict[str, int]:
    return {file.name: stat.S_IMODE(file.stat().st_mode) for file in path.parent.iterdir()}


class TestOpening:
    async def test_the_file_is_for_its_owner_alone(self, database: Database, path: Path) -> None:
        await database.write(partial(set_fact, key="a", value="b"))
        names = (path.name, f"{path.name}-wal", f"{path.name}-shm")
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


class TestBrokenFile:
    """A broken file is moved away, once; what it held was a cache."""

    @pytest.mark.parametrize(
        "content",
        [b"no database at all" * 1000, b"SQLite format 3\x00" + bytes(8192)],
        ids=["other bytes", "empty pages"],
    )
    async def test_it_is_set_aside_and_an_empty_one_opened(
        self, path: Path, content: bytes
    ) -> None:
        put(path, content)
        database = Database.open(path)
        await database.write(partial(set_fact, key="a", value="b"))
        await database.aclose()
        (aside,) = path.parent.glob("index.sqlite.corrupt-*")
        assert content_of(aside) == content
        assert database.notice is not None
        assert aside.name in database.notice

    async def test_its_wal_goes_with_it(self, path: Path) -> None:
        """It would be taken for the new file's."""
        put(path, b"no database at all" * 1000)
        put(path.with_name(f"{path.name}-wal"), b"its wal")
        mark_suspect(path)  # else SQLite tries the file first, and removes the WAL
        database = Database.open(path)
        assert database.notice is not None
        await database.aclose()
        (aside,) = path.parent.glob("index.sqlite.corrupt-*-wal")
        assert content_of(aside) == b"its wal"

    async def test_only_the_newest_is_kept(self, path: Path) -> None:
        put(path.with_name("index.sqlite.corrupt-20200101T000000Z"), b"older")
        put(path, b"no database at all" * 1000)
        await Database.open(path).aclose()
        (aside,) = path.parent.glob("index.sqlite.corrupt-*")
        assert aside.read_bytes().startswith(b"no database")

    async def test_one_that_breaks_while_it_is_open_is_set_aside_at_the_next_start(
        self, path: Path
    ) -> None:
        database = Database.open(path)
        for number in range(50):
            await database.write(partial(set_fact, key=f"{number}", value="x" * 2000))
        await database.aclose()
        overwrite_data(path)

        broken = Database.open(path)
        assert broken.notice is None
        with pytest.raises(StorageFailed, match="malformed"):
            await broken.read(
                lambda connection: connection.execute(text("SELECT * FROM meta")).all()
            )
        await broken.aclose()

        replaced = Database.open(path)
        assert replaced.notice is not None
        assert await replaced.read(partial(meta.fact, key="1")) is None
        await replaced.aclose()
        again = Database.open(path)
        assert again.notice is None
        await again.aclose()


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
