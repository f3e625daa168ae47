"""The one thread that writes to the database.

A transaction takes in all that waits, for a short time: a commit costs the same for one change and
for a hundred. It ends at once when it holds something urgent. When a batch fails its changes are
repeated one by one, each in a transaction of its own, so that nobody fails for another's sake.
Before each change goes what has been written ahead of the database until then (`ahead_log`).
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy.engine import Connection

from ayon_proxy.errors import StorageFailed
from ayon_proxy.storage.ahead_log import AheadLog
from ayon_proxy.storage.connections import transaction
from ayon_proxy.storage.lanes import Lanes

T = TypeVar("T")
Change = Callable[[Connection], T]
"""Statements of one change. It may be called twice; the first time is then rolled back."""

_MOST_IN_ONE_TRANSACTION = 128


@dataclass(frozen=True, slots=True)
class _Submitted:
    change: Change[Any]
    urgent: bool
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
    """Carries out changes in the order they were submitted, the urgent ones before the others.

    `after_commit` is called in the writer thread, outside of a transaction, with the number of
    changes, when those who submitted them have been told. It must not raise. A transaction
    takes in no more changes once it is `batch_seconds` old.
    """

    def __init__(
        self,
        connection: Connection,
        ahead: AheadLog,
        after_commit: Callable[[int], None],
        *,
        batch_seconds: float = 0.002,
    ) -> None:
        self._connection = connection
        self._ahead = ahead
        self._batch_seconds = batch_seconds
        self._after_commit = after_commit
        self._submitted: Lanes[_Submitted] = Lanes()
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        self._thread.start()

    def submit(self, change: Change[T], *, urgent: bool = False) -> asyncio.Future[T]:
        """The change's result, once it is committed. It is on its way when this returns.

        A change that was submitted happens, whether or not anybody still waits for it. The future
        raises what the change or its commit raises; StorageFailed after `close`.
        """
        written: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        if not self._submitted.put(_Submitted(change, urgent, written), urgent=urgent):
            written.set_exception(StorageFailed("the database is closed"))
        return written

    def close(self) -> None:
        """Return when everything submitted so far has been carried out. The connection stays."""
        self._submitted.close()
        self._thread.join()

    def _run(self) -> None:
        while first := self._submitted.wait():
            outcomes = self._carry_out(first)
            _tell(outcomes)
            self._after_commit(len(outcomes))

    def _carry_out(self, first: _Submitted) -> list[_Outcome]:
        batch: list[_Submitted] = []
        try:
            with self._transaction():
                return [self._carried_out(one, batch) for one in self._batch(first)]
        except Exception as error:  # it is handed to whoever submitted, or the change is repeated
            if len(batch) <= 1:
                return [_Outcome(first.written, error=error)]
            return [self._alone(one) for one in batch]

    def _carried_out(self, one: _Submitted, batch: list[_Submitted]) -> _Outcome:
        batch.append(one)
        self._ahead.carry_over(self._connection)
        return _Outcome(one.written, one.change(self._connection))

    def _alone(self, one: _Submitted) -> _Outcome:
        try:
            with self._transaction():
                return self._carried_out(one, [])
        except Exception as error:  # it is handed to whoever submitted
            return _Outcome(one.written, error=error)

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        with self._ahead.carrying(), transaction(self._connection):
            yield

    def _batch(self, first: _Submitted) -> Iterator[_Submitted]:
        """`first` and what may share its transaction, taken when its turn has come."""
        ends_at = time.monotonic() + self._batch_seconds
        urgent = False
        following: _Submitted | None = first
        taken = 0
        while following is not None:
            yield following
            taken += 1
            urgent = urgent or following.urgent
            if taken == _MOST_IN_ONE_TRANSACTION or time.monotonic() >= ends_at:
                return
            following = self._submitted.next(urgent_only=urgent)


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
