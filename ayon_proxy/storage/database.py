"""The database file: opened and migrated, written by one thread, read by a few.

Nothing here blocks the event loop: reads and writes are functions of a connection, run in threads.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from ayon_proxy.errors import CannotStart, StorageFailed
from ayon_proxy.storage import schema
from ayon_proxy.storage.connections import connected
from ayon_proxy.storage.failures import damaged, reason, storage_failures
from ayon_proxy.storage.free_space import empty_wal, give_back, write_back
from ayon_proxy.storage.set_aside import mark_suspect, set_aside, suspect
from ayon_proxy.storage.write_back import SHORTEST_WAL_BYTES, WriteBack
from ayon_proxy.storage.writer import Writer

T = TypeVar("T")

_READERS = 3


class Database:
    """Make it with `open`. `notice` is a sentence for the log when the file had to be replaced."""

    def __init__(
        self, path: Path, connection: Connection, notice: str | None, wal_bytes: int
    ) -> None:
        self.path = path
        self.notice = notice
        self._writing = connection
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="database-reader")
        self._own = threading.local()
        self._reading: list[Connection] = []
        # SQLite refuses a checkpoint while another is running, and does not wait for its end.
        self._writing_back = threading.Lock()
        self._write_back_when = WriteBack(wal_bytes)
        self._checkpoint: Future[None] | None = None
        self._writer = Writer(connection, self._after_commit)

    @classmethod
    def open(cls, path: Path, wal_bytes: int = SHORTEST_WAL_BYTES) -> Self:
        """Open or create the file and migrate it. Blocks; call it before serving.

        The WAL beside it is kept within `wal_bytes`.

        A file that is broken is set aside and an empty one opened. Raises CannotStart when the file
        is newer than this program, or can't be opened at all.
        """
        notice = None
        try:
            if suspect(path):
                notice = _replaced(path, "an earlier run found it broken")
            try:
                connection = _migrated(path, wal_bytes)
            except SQLAlchemyError as error:
                if not damaged(error):
                    raise
                notice = _replaced(path, reason(error))
                connection = _migrated(path, wal_bytes)
        except (SQLAlchemyError, OSError) as error:
            raise CannotStart(f"The database {path} can't be opened: {reason(error)}.") from error
        return cls(path, connection, notice, wal_bytes)

    async def read(self, question: Callable[[Connection], T]) -> T:
        """The answer, asked in a reader thread. Raises StorageFailed."""
        loop = asyncio.get_running_loop()
        with self._failures("the database can't be read"):
            try:
                answer = loop.run_in_executor(self._readers, self._ask, question)
            except RuntimeError as error:  # the pool takes no more work
                raise StorageFailed("the database is closed") from error
            return await answer

    async def write(self, change: Callable[[Connection], T], *, urgent: bool = False) -> T:
        """The change's result, once committed by the writer thread. Raises StorageFailed.

        Changes are carried out in the order of the calls, the urgent ones before the others. One
        may be called twice, the first time being rolled back, so it must have no effect outside of
        its connection.
        """
        return await self.submit(change, urgent=urgent)

    def submit(
        self, change: Callable[[Connection], T], *, urgent: bool = False
    ) -> Coroutine[Any, Any, T]:
        """`write`, with the change on its way before anything is awaited."""
        return self._written(self._writer.submit(change, urgent=urgent))

    async def _written(self, written: Awaitable[T]) -> T:
        with self._failures("the database can't be written"):
            return await written

    async def empty_wal(self) -> None:
        """Write the WAL back into the file, all of it. Raises StorageFailed."""
        await self.read(partial(self._write_back, empty_wal))

    async def aclose(self) -> None:
        """Finish what was submitted, write the WAL back and close. Harmless when repeated."""
        await asyncio.to_thread(self._close)

    def _close(self) -> None:
        self._writer.close()
        self._readers.shutdown()
        for connection in self._reading:
            connection.close()
        self._reading.clear()
        if not self._writing.closed:
            with contextlib.suppress(sqlite3.Error):  # the next start will do it
                empty_wal(self._writing)
            self._writing.close()

    def _after_commit(self, changes: int) -> None:
        with contextlib.suppress(sqlite3.Error):  # the pages are free all the same
            give_back(self._writing)
        due = self._write_back_when.due(changes)
        if due and (self._checkpoint is None or self._checkpoint.done()):
            # In another thread: it syncs, and no change has to wait for that.
            self._checkpoint = self._readers.submit(self._ask, self._write_some_back)

    def _write_some_back(self, connection: Connection) -> None:
        self._write_back_when.done(self._write_back(write_back, connection))

    def _write_back(self, how: Callable[[Connection], T], connection: Connection) -> T:
        with self._writing_back:
            return how(connection)

    def _ask(self, question: Callable[[Connection], T]) -> T:
        connection: Connection | None = getattr(self._own, "connection", None)
        if connection is None:
            connection = self._own.connection = connected(self.path, writing=False)
            self._reading.append(connection)
        return question(connection)

    @contextlib.contextmanager
    def _failures(self, attempt: str) -> Iterator[None]:
        try:
            with storage_failures(attempt):
                yield
        except StorageFailed as failure:
            if damaged(failure.__cause__):
                with contextlib.suppress(OSError):
                    mark_suspect(self.path)
            raise


def _migrated(path: Path, wal_bytes: int) -> Connection:
    # SQLite gives the WAL the mode of the file, so this is all it takes to keep both private.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = connected(path, writing=True, wal_bytes=wal_bytes)
    try:
        schema.upgrade(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _replaced(path: Path, why: str) -> str:
    aside = set_aside(path)
    return f"The database {path} is broken ({why}); it is now {aside.name}, and an empty one opened"
