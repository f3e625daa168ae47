"""A thread for calls that block, which never keeps the program from ending."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from queue import SimpleQueue
from typing import Any, TypeAlias, TypeVar

T = TypeVar("T")

_Order: TypeAlias = tuple[asyncio.Future[Any], Callable[[], Any]] | None


class WorkerThread:
    """One call after the other.

    The executors of the standard library are waited for when the interpreter ends, however long
    upstream takes to answer; this one is not.
    """

    def __init__(self, name: str) -> None:
        self._orders: SimpleQueue[_Order] = SimpleQueue()
        self._thread = threading.Thread(target=self._work, name=name, daemon=True)
        self._thread.start()

    async def call(self, function: Callable[[], T]) -> T:
        """What the function returns or raises. A caller that is cancelled leaves it running."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        self._orders.put((answer, function))
        return await answer

    def close(self) -> None:
        """End after what was ordered; nothing waits for it."""
        self._orders.put(None)

    def _work(self) -> None:
        while (order := self._orders.get()) is not None:
            answer, function = order
            if answer.cancelled():
                continue
            try:
                outcome = (answer.set_result, function())
            except Exception as failure:
                outcome = (answer.set_exception, failure)
            # The loop may be closed by now: then nobody waits.
            with suppress(RuntimeError):
                answer.get_loop().call_soon_threadsafe(_settle, answer, *outcome)


def _settle(answer: asyncio.Future[Any], settle: Callable[[Any], None], outcome: Any) -> None:
    if not answer.done():
        settle(outcome)
