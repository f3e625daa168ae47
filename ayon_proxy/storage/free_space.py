"""How much the database takes; writing its WAL back; giving back what eviction has freed in it."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

from sqlalchemy.engine import Connection

from ayon_proxy.storage.write_back import wal_bytes

AHEAD = "-ahead"
COMPANIONS = ("-wal", "-shm", AHEAD)
"""What is beside a database file: what SQLite keeps there in WAL mode, and the log ahead of it."""

_WORTH_IT = 256
_AT_ONCE = 512


def margin_bytes(max_bytes: int) -> int:
    """What of `max_bytes` to leave to the database: it grows by more than what is put in, for a
    moment, and shrinks later than what is taken out.

    Three times the WAL: as long as it gets in a burst, what waits to be written back from it, and
    free pages not given back yet.
    """
    return min(3 * wal_bytes(max_bytes), max_bytes // 8)


def give_back(connection: Connection) -> None:
    """Shorten the file by free pages, where there are many (1 MiB), and by 2 MiB at most.

    Fewer are left for the next responses to fill. Outside of a transaction only.
    """
    if _pragma(connection, "freelist_count") < _WORTH_IT:
        return
    # Each step of this statement frees one page, and sqlite3 takes one step of a statement that has
    # no columns. A script is run to its end.
    connection.connection.cursor().executescript(f"PRAGMA incremental_vacuum({_AT_ONCE})")


def write_back(connection: Connection) -> int:
    """Write what it can of the WAL back into the file, without making anybody wait; how many
    frames the WAL had."""
    checkpoint = connection.connection.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)")
    _busy, frames, _written = checkpoint.fetchone()
    return int(frames)


def empty_wal(connection: Connection) -> None:
    """Write all of the WAL back and shorten it to nothing. Outside of a transaction only.

    Writers wait while it is shortened, but not while most of it is written back and synced.
    """
    write_back(connection)
    connection.connection.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def occupied_bytes(connection: Connection, path: Path) -> int:
    """Pages in use, WAL and shared memory. Free pages are not counted: they are filled again or
    given back, and evicting more would not make them fewer."""
    pages = _pragma(connection, "page_count") - _pragma(connection, "freelist_count")
    occupied = pages * _pragma(connection, "page_size")
    for suffix in COMPANIONS:
        with suppress(FileNotFoundError):
            occupied += Path(f"{path}{suffix}").stat().st_size
    return occupied


def _pragma(connection: Connection, name: str) -> int:
    # Past SQLAlchemy, which would begin a transaction for it.
    (value,) = connection.connection.cursor().execute(f"PRAGMA {name}").fetchone()
    return int(value)
