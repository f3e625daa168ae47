"""The one thread that writes to the database.

What is submitted while a transaction runs goes into the next one together: a commit costs the same
for one change and for a hundred. When a batch fails its changes are repeated one by one, each in a
transaction of its own, so that nobody fails for another's sake.
"""

from __future__ import annotations

import asyncio
import queue
import sqlite3
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage.free_space import give_back

T = TypeVar("T")
Change = Callable[[Connection], T]
"""Statements of one change. It may be called twice; the first time is then rolled back."""

_MOST_IN_ONE_TRANSACTION = 128


@dataclass(frozen=True, slots=True)
class _Submitted:
    change: Change[Any]
    written: asyncio.Future[Any]


@dataclass(frozen=True, slots=True)
class _Outcome:
    written: asyncio.Future[Any]
    result: object = None
    error: Exception | None = None

    def tell(self) -> None:
        """In the loop that waits. Who has been cancelled meanwhile isn't told."""
        if self.written.done():
            return
        if self.error is None:
            self.written.set_result(self.result)
        else:
            self.written.set_exception(self.error)


class Writer:
    """Carries out changes in the order they were submitted."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._submitted: queue.SimpleQueue[_Submitted | None] = queue.SimpleQueue()
        self._closed = False
        self._order = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        self._thread.start()

    async def write(self, change: Change[T]) -> T:
        """The change's result, once it is committed.

        A change that was submitted happens, whether or not anybody still waits for it. Raises what
        the change or its commit raises; StorageFailed after `close`.
        """
        written: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        with self._order:
            if self._closed:
                raise StorageFailed("the database is closed")
            self._submitted.put(_Submitted(change, written))
        return await written

    def close(self) -> None:
        """Return when everything submitted so far has been carried out. The connection stays."""
        with self._order:
            if not self._closed:
                self._closed = True
                self._submitted.put(None)
        self._thread.join()

    def _run(self) -> None:
        going_on = True
        while going_on:
            batch, going_on = self._next_batch()
            if batch:
                outcomes = self._together(batch)
                self._give_back()
                _tell(outcomes)

    def _next_batch(self) -> tuple[list[_Submitted], bool]:
        first = self._submitted.get()
        if first is None:
            return [], False
        batch = [first]
        while len(batch) < _MOST_IN_ONE_TRANSACTION:
            try:
                following = self._submitted.get_nowait()
            except queue.Empty:
                break
            if following is None:
                return batch, False
            batch.append(following)
        return batch, True

    def _give_back(self) -> None:
        # Before anybody is told, so that who has evicted sees the room it made.
        with suppress(sqlite3.Error):  # the pages are free all the same
            give_back(self._connection)

    def _together(self, batch: list[_Submitted]) -> list[_Outcome]:
        try:
            with self._connection.begin():
                return [_Outcome(one.written, one.change(self._connection)) for one in batch]
        except Exception as error:  # it is handed to whoever submitted, or the change is repeated
            if len(batch) == 1:
                return [_Outcome(batch[0].written, error=error)]
            return [outcome for one in batch for outcome in self._together([one])]


def _tell(outcomes: list[_Outcome]) -> None:
    """Wake each loop once for all that it waits for."""
    by_loop: dict[asyncio.AbstractEventLoop, list[_Outcome]] = {}
    for outcome in outcomes:
        by_loop.setdefault(outcome.written.get_loop(), []).append(outcome)
    for loop, its_outcomes in by_loop.items():
        with suppress(RuntimeError):  # the loop has been closed: nobody waits
            loop.call_soon_threadsafe(_tell_all, its_outcomes)


def _tell_all(outcomes: list[_Outcome]) -> None:
    for outcome in outcomes:
        outcome.tell()
