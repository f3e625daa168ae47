"""A broken file is moved away, once; what it held was a cache."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection

from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage import meta
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.set_aside import mark_suspect


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


def set_fact(connection: Connection, key: str, value: str) -> None:
    meta.set_fact(connection, key, value)


def everything(connection: Connection) -> object:
    return connection.execute(text("SELECT * FROM meta")).all()


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


@pytest.mark.parametrize(
    "content",
    [b"no database at all" * 1000, b"SQLite format 3\x00" + bytes(8192)],
    ids=["other bytes", "empty pages"],
)
async def test_it_is_set_aside_and_an_empty_one_opened(path: Path, content: bytes) -> None:
    put(path, content)
    database = Database.open(path)
    await database.write(partial(set_fact, key="a", value="b"))
    await database.aclose()
    (aside,) = path.parent.glob("index.sqlite.corrupt-*")
    assert content_of(aside) == content
    assert database.notice is not None
    assert aside.name in database.notice


@pytest.mark.parametrize("beside", ["-wal", "-ahead"])
async def test_what_belongs_to_it_goes_with_it(path: Path, beside: str) -> None:
    """It would be taken for the new file's."""
    put(path, b"no database at all" * 1000)
    put(path.with_name(f"{path.name}{beside}"), b"its own")
    mark_suspect(path)  # else SQLite tries the file first, and removes the WAL
    database = Database.open(path)
    assert database.notice is not None
    await database.aclose()
    (aside,) = path.parent.glob(f"index.sqlite.corrupt-*{beside}")
    assert content_of(aside) == b"its own"


async def test_only_the_newest_is_kept(path: Path) -> None:
    put(path.with_name("index.sqlite.corrupt-20200101T000000Z"), b"older")
    put(path, b"no database at all" * 1000)
    await Database.open(path).aclose()
    (aside,) = path.parent.glob("index.sqlite.corrupt-*")
    assert aside.read_bytes().startswith(b"no database")


async def test_one_that_breaks_while_it_is_open_is_set_aside_at_the_next_start(path: Path) -> None:
    database = Database.open(path)
    for number in range(50):
        await SqliteJournal(database).remember(f"{number}", b"x" * 2000)
    await database.aclose()
    overwrite_data(path)

    broken = Database.open(path)
    assert broken.notice is None
    with pytest.raises(StorageFailed, match="malformed"):
        await SqliteJournal(broken).recall("1")
    await broken.aclose()

    replaced = Database.open(path)
    assert replaced.notice is not None
    assert await SqliteJournal(replaced).recall("1") is None
    await replaced.aclose()
    again = Database.open(path)
    assert again.notice is None
    await again.aclose()
