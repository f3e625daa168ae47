"""Follows background operations to their end, whoever polls: their client, or the proxy instead.

What they change is invalidated at each poll, since progress shows, and once more at their end;
until then the pictures among it are not asked for, as around any write. The credential of whoever
began one is kept in memory until then, and never written down: after a restart of the proxy nobody
can poll in its name, and its tags fall at once and again a while later (`Invalidator.recover`).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace

import structlog

from ayon_proxy.cache.answer import Answer, NoBody
from ayon_proxy.cache.forwarding import Forwarder
from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.cache.peeking import PeekedBody
from ayon_proxy.cache.ports import Clock
from ayon_proxy.policy.decision import ForwardReason
from ayon_proxy.policy.invalidation.table import Invalidation
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.writes.background import Progress, legible, poll_of, progress, task_id

log = structlog.get_logger(__name__)

QUIET_SECONDS = 5.0
"""Nobody polled for so long: its client has gone, and the proxy polls in its place."""

LIMIT_SECONDS = 1800.0
"""Upstream forgets a task so long after its last progress."""

MOST_FOLLOWED = 1000
"""Tasks at one time. For those beyond, each poll invalidates all answers of the project."""

ANSWER_BYTES = 16 * 1024 * 1024
"""The answer to a poll names every operation of the batch; a longer one is not looked into."""


@dataclass(slots=True)
class _Task:
    poll: Request
    wrong: Invalidation
    over: Callable[[], Awaitable[None]]
    around: AsyncExitStack = field(default_factory=AsyncExitStack)
    polled: bool = False


class Background:
    """The tasks that have begun through this proxy."""

    def __init__(self, forwarder: Forwarder, invalidator: Invalidator, clock: Clock) -> None:
        self._forwarder = forwarder
        self._invalidator = invalidator
        self._clock = clock
        self._tasks: dict[bytes, _Task] = {}
        self._following: set[asyncio.Task[None]] = set()

    async def begun(
        self,
        request: Request,
        answer: Answer,
        wrong: Invalidation,
        around: AsyncExitStack,
        over: Callable[[], Awaitable[None]],
    ) -> tuple[Answer, bool]:
        """Upstream has answered a batch so; the answer to be handed on, and whether it is followed.

        If so, `around` is taken from the caller and closed when it has ended, and `over` is called
        when what it changed has been invalidated durably.
        """
        body = PeekedBody(answer.body)
        content = await body.whole(ANSWER_BYTES)
        name = task_id(answer.head.status, content)
        if name is None:
            return replace(answer, body=body), False
        task = _Task(poll_of(request, name), wrong, over)
        return replace(answer, body=body), self._follow(task, around)

    async def polled(self, request: Request, unknown: Invalidation) -> Answer:
        """Poll for a client; `unknown` is invalidated when nobody here saw that task begin."""
        async with AsyncExitStack() as given_up:
            answer, said = await self._ask(legible(request))
            given_up.push_async_callback(answer.body.aclose)
            task = self._tasks.get(request.path)
            if task is None:
                await self._invalidator.invalidate(unknown)
            else:
                task.polled = True
                await self._told(task, said)
            given_up.pop_all()
            return answer

    async def aclose(self) -> None:
        """Stop polling; what is unfinished is invalidated at the next start."""
        following = tuple(self._following)
        for each in following:
            each.cancel()
        await asyncio.gather(*following, return_exceptions=True)

    def _follow(self, task: _Task, around: AsyncExitStack) -> bool:
        if len(self._tasks) >= MOST_FOLLOWED or task.poll.path in self._tasks:
            return False
        self._tasks[task.poll.path] = task
        task.around = around.pop_all()
        following = asyncio.create_task(self._to_the_end(task), name="background")
        self._following.add(following)
        following.add_done_callback(self._following.discard)
        return True

    async def _to_the_end(self, task: _Task) -> None:
        async with task.around:
            await self._polled_to_the_end(task)

    async def _polled_to_the_end(self, task: _Task) -> None:
        for _ in range(int(LIMIT_SECONDS / QUIET_SECONDS)):
            task.polled = False
            await self._clock.sleep(QUIET_SECONDS)
            if self._is_over(task):
                return
            if not task.polled:
                answer, said = await self._ask(task.poll)
                await answer.body.aclose()
                await self._told(task, said)
            if self._is_over(task):
                return
        log.warning("background_task_did_not_end", path=task.poll.path.decode("latin-1"))
        await self._told(task, Progress.ENDED)

    def _is_over(self, task: _Task) -> bool:
        return task.poll.path not in self._tasks

    async def _ask(self, poll: Request) -> tuple[Answer, Progress]:
        answer = await self._forwarder.relay(poll, NoBody(), ForwardReason.BYPASS)
        body = PeekedBody(answer.body)
        try:
            said = progress(answer.head.status, await body.whole(ANSWER_BYTES))
        except BaseException:
            await body.aclose()
            raise
        return replace(answer, body=body), said

    async def _told(self, task: _Task, said: Progress) -> None:
        if said is not Progress.ENDED:
            await self._invalidator.drop(task.wrong.now)
            return
        durable = await self._invalidator.invalidate(task.wrong)
        # Two polls may have been answered at the same time.
        if self._tasks.pop(task.poll.path, None) is not None:
            await task.around.aclose()
            if durable:
                await task.over()
