"""Connections to the database file, set up for one writer and several readers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import cast

from sqlalchemy import NullPool, create_engine, event
from sqlalchemy.engine import URL, Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry

from ayon_proxy.storage.write_back import PAGE_BYTES, SHORTEST_WAL_BYTES

_MEBIBYTE = 1 << 20

_BOTH = (
    "synchronous = NORMAL",
    f"mmap_size = {256 * _MEBIBYTE}",
    f"cache_size = -{8 * 1024}",
    "temp_store = MEMORY",
)
# NORMAL syncs at checkpoints: a crash of the process loses nothing, a power cut may lose the newest
# transactions but never tears one. journal_size_limit gives the WAL's space back after a burst.
_READER = (*_BOTH, "query_only = ON")
_BUSY_SECONDS = 10


def connected(path: Path, *, writing: bool, wal_bytes: int = SHORTEST_WAL_BYTES) -> Connection:
    """An own connection, usable from one thread at a time; closing it closes the file.

    The writer's transactions take the write lock when they begin; it writes the WAL back when that
    is `wal_bytes` long. A reader has none: each of its
    statements sees the newest commit, and no forgotten snapshot holds back a checkpoint.
    """
    engine = create_engine(
        URL.create("sqlite", database=str(path)),
        poolclass=NullPool,
        hide_parameters=True,
        connect_args={
            "isolation_level": None,
            "check_same_thread": False,
            "timeout": _BUSY_SECONDS,
        },
    )
    event.listen(
        engine, "connect", partial(_set_up_writer, wal_bytes) if writing else _set_up_reader
    )
    if writing:
        event.listen(engine, "begin", _take_write_lock)
    return engine.connect()


def _set_up_writer(
    wal_bytes: int, connection: DBAPIConnection, _entry: ConnectionPoolEntry
) -> None:
    pragmas = (
        "journal_mode = WAL",
        f"journal_size_limit = {wal_bytes}",
        # A reader thread writes back behind the writer (`write_back`); under load that never gets
        # to the end of the WAL. Then the writer does the rest, here: the WAL comes on top of what
        # MAX_BYTES is spent on, and its pages are in the file already.
        f"wal_autocheckpoint = {wal_bytes // PAGE_BYTES}",
        *_BOTH,
    )
    (pages,) = connection.cursor().execute("PRAGMA page_count").fetchone()
    # Only while the file is empty does it take effect, and WAL writes to it. Later it would be a
    # write at every start.
    _set(connection, ("auto_vacuum = INCREMENTAL", *pragmas) if pages == 0 else pragmas)


def _set_up_reader(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    _set(connection, _READER)


def _set(connection: DBAPIConnection, pragmas: tuple[str, ...]) -> None:
    cursor = connection.cursor()
    for pragma in pragmas:
        cursor.execute(f"PRAGMA {pragma}").fetchall()
    cursor.close()


def driver(connection: Connection) -> sqlite3.Connection:
    """The sqlite3 connection under it, for what comes thousands of times a second."""
    return cast("sqlite3.Connection", connection.connection.driver_connection)


@contextmanager
def transaction(connection: Connection) -> Iterator[None]:
    """A write transaction, as `connection.begin()` is, in a tenth of the time (5 µs).

    SQLAlchemy joins it with the first statement that goes through it, if one does.
    """
    raw = driver(connection)
    raw.execute("BEGIN IMMEDIATE")
    try:
        yield
        _ending(connection, raw).commit()
    except BaseException:
        _ending(connection, raw).rollback()
        raise


def _ending(connection: Connection, raw: sqlite3.Connection) -> Connection | sqlite3.Connection:
    return connection if connection.in_transaction() else raw


def _take_write_lock(connection: Connection) -> None:
    if not driver(connection).in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")
