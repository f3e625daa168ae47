"""What the feed has begun and not ended yet: held on to, and no defect of it is overlooked."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any


class FeedTasks:
    """`pending` are invalidations, which are finished whatever happens; what else there is may be
    given up. `met` is called when one of them has met a defect of ours."""

    def __init__(self, met: Callable[[], None]) -> None:
        self._met = met
        self._others: set[asyncio.Task[Any]] = set()
        self.pending: set[asyncio.Task[Any]] = set()
        self._defect: BaseException | None = None

    def begin(self, coroutine: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        """A question, or something like it."""
        return self._begin(self._others, coroutine)

    def invalidate(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """An invalidation."""
        self._begin(self.pending, coroutine)

    async def durable(self) -> None:
        """Return when no invalidation is pending. Raises the defect that one has met."""
        while self.pending:
            await asyncio.gather(*self.pending)
        self.expect_no_defect()

    def expect_no_defect(self) -> None:
        """Raises one that was met. To be asked often: an answer that never comes is waited for."""
        if self._defect is not None:
            raise self._defect

    async def end(self) -> None:
        """Finish the invalidations and give up the rest. What was met is forgotten."""
        for task in self._others:
            task.cancel()
        await asyncio.gather(*self._others, *self.pending, return_exceptions=True)
        self._defect = None

    def _begin(
        self, tasks: set[asyncio.Task[Any]], coroutine: Coroutine[Any, Any, Any]
    ) -> asyncio.Task[Any]:
        task = asyncio.create_task(coroutine)
        tasks.add(task)
        task.add_done_callback(tasks.discard)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        if not task.cancelled() and (defect := task.exception()) is not None:
            self._defect = defect
            self._met()
