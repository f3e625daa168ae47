"""Foreign exceptions of this floor become StorageFailed here, once."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from ayon_proxy.errors import StorageFailed

_DAMAGED = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})


@contextmanager
def storage_failures(attempt: str) -> Iterator[None]:
    """Raise StorageFailed, "<attempt>: <why>", for what SQLite, SQLAlchemy and the system raise."""
    try:
        yield
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:
        raise StorageFailed(f"{attempt}: {reason(error)}") from error


def reason(error: BaseException) -> str:
    """Why, in few words: without the statement and without the values it was given."""
    if isinstance(error, DBAPIError) and error.orig is not None:
        return str(error.orig)
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return str(error)


def damaged(error: BaseException | None) -> bool:
    """Whether SQLite says that the file itself is broken, not the disk or the question."""
    if isinstance(error, DBAPIError):
        error = error.orig
    # The low byte is the primary result code: https://www.sqlite.org/rescode.html
    return (
        isinstance(error, sqlite3.DatabaseError)
        and getattr(error, "sqlite_errorcode", 0) & 0xFF in _DAMAGED
    )
