"""The database file: opened and migrated, written by one thread, read by a few.

Reads and writes are functions of a connection, run in threads: they don't block the event loop.
What can't wait for a thread the loop writes into a file ahead of the database (`ahead_log`).
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Awaitable, Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

from sqlalchemy.engine import Connection
from sqlalchemy.exc import SQLAlchemyError

from ayon_proxy.errors import CannotStart, StorageFailed
from ayon_proxy.storage import schema
from ayon_proxy.storage.ahead_log import Ahead, AheadLog
from ayon_proxy.storage.connections import connected
from ayon_proxy.storage.failures import damaged, reason, storage_failures
from ayon_proxy.storage.free_space import AHEAD, empty_wal, give_back, write_back
from ayon_proxy.storage.set_aside import mark_suspect, set_aside, suspect
from ayon_proxy.storage.write_back import SHORTEST_WAL_BYTES, WriteBack
from ayon_proxy.storage.writer import Writer

T = TypeVar("T")

_READERS = 3

CARRY_OVER_SECONDS = 0.05
"""After the first change that is written ahead, so that a few share a transaction."""


class Database:
    """Make it with `open`. `notice` is a sentence for the log when the file had to be replaced."""

    def __init__(
        self,
        path: Path,
        connection: Connection,
        ahead: AheadLog,
        notice: str | None,
        wal_bytes: int,
    ) -> None:
        self.path = path
        self.notice = notice
        self._writing = connection
        self._ahead = ahead
        self._carrying_over: asyncio.TimerHandle | None = None
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="database-reader")
        self._own = threading.local()
        self._reading: list[Connection] = []
        # SQLite refuses a checkpoint while another is running, and does not wait for its end.
        self._writing_back = threading.Lock()
        self._write_back_when = WriteBack(wal_bytes)
        self._checkpoint: Future[None] | None = None
        self._writer = Writer(connection, ahead, self._after_commit)

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
                connection, ahead = _opened(path, wal_bytes)
            except (SQLAlchemyError, sqlite3.Error) as error:
                if not damaged(error):
                    raise
                notice = _replaced(path, reason(error))
                connection, ahead = _opened(path, wal_bytes)
        except (SQLAlchemyError, sqlite3.Error, OSError) as error:
            raise CannotStart(f"The database {path} can't be opened: {reason(error)}.") from error
        return cls(path, connection, ahead, notice, wal_bytes)

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
        return await self._written(self._writer.submit(change, urgent=urgent))

    def write_ahead(self, change: Ahead) -> asyncio.Future[None]:
        """Make this change before all that is submitted later. It is durable when the future is
        done, which mostly it is already. The future raises StorageFailed."""
        if not self._ahead.append(change):
            # On its way before anything is awaited.
            written = self._writer.submit(change.carry_out, urgent=True)
            return asyncio.ensure_future(self._written(written))
        loop = asyncio.get_running_loop()
        if self._carrying_over is None:
            self._carrying_over = loop.call_later(CARRY_OVER_SECONDS, self._begin_carrying_over)
        done = loop.create_future()
        done.set_result(None)
        return done

    async def carry_over(self) -> None:
        """Have readers see what was written ahead until now. Raises StorageFailed."""
        await self.write(_nothing)

    def _begin_carrying_over(self) -> None:
        self._carrying_over = None
        self._writer.submit(_nothing).add_done_callback(self._carried_over)

    def _carried_over(self, carried: asyncio.Future[None]) -> None:
        # The next change that can't be written ahead is told the same.
        with contextlib.suppress(StorageFailed), self._failures("the database can't be written"):
            carried.result()

    async def _written(self, written: Awaitable[T]) -> T:
        with self._failures("the database can't be written"):
            return await written

    async def empty_wal(self) -> None:
        """Write the WAL back into the file, all of it. Raises StorageFailed."""
        await self.read(partial(self._write_back, empty_wal))

    async def aclose(self) -> None:
        """Finish what was submitted, write the WAL back and close. Harmless when repeated."""
        self._ahead.end()
        if self._carrying_over is not None:
            self._carrying_over.cancel()
        self._begin_carrying_over()
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
            self._ahead.close()

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


def _nothing(_connection: Connection) -> None:
    """The change that only has those made that are written ahead."""


def _opened(path: Path, wal_bytes: int) -> tuple[Connection, AheadLog]:
    # SQLite gives the WAL the mode of the file, so this is all it takes to keep both private.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    connection = connected(path, writing=True, wal_bytes=wal_bytes)
    try:
        schema.upgrade(connection, path)
        return connection, AheadLog(Path(f"{path}{AHEAD}"), connection)
    except BaseException:
        connection.close()
        raise


def _replaced(path: Path, why: str) -> str:
    aside = set_aside(path)
    return f"The database {path} is broken ({why}); it is now {aside.name}, and an empty one opened"
