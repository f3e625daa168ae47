"""Own writes: what a write changes is invalidated before it is sent and when it has been answered.

The tags are told from the request alone and written down as an intent before it is sent (G1): a
crash in between leaves the intent, which the next process carries out. A write is sent once (G6);
its answer is handed on when what it changed has been invalidated, however it ended.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, AsyncExitStack, nullcontext
from functools import partial

from ayon_proxy.cache import registrations
from ayon_proxy.cache.answer import Answer, RequestBody
from ayon_proxy.cache.background import Background
from ayon_proxy.cache.forwarding import Forwarder
from ayon_proxy.cache.invalidator import Invalidator
from ayon_proxy.cache.ports import Clock, Journal
from ayon_proxy.cache.registrations import Registrations
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy.cache_status import is_hit
from ayon_proxy.policy.classify import Classified
from ayon_proxy.policy.decision import ForwardReason
from ayon_proxy.policy.invalidation.table import Invalidation
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.tags import tag_hash
from ayon_proxy.policy.writes.background import PATTERN, POLL_PATTERN, legible
from ayon_proxy.policy.writes.table import doubtful, looks_into, row_for, tags_of_write

READ_BYTES = 4 * 1024 * 1024
"""A longer body is not looked into: it is streamed, and the path alone tells what it changes. To
read JSON of that length keeps all others waiting for a tenth of a second (2,000 operations are
shorter)."""

OK = 200

Around = Callable[[Request, bytes | None], AbstractAsyncContextManager[None]]
"""Entered before a write is sent, with its body where that was read; left when it was answered."""


Send = Callable[[], Awaitable[Answer]]


def _nothing(_request: Request, _body: bytes | None) -> AbstractAsyncContextManager[None]:
    return nullcontext()


class Writer:
    """Sends what may change something. `report` is told of a storage that fails; an event of one of
    the `harmless` topics changes nothing, sent by a client as little as by upstream."""

    def __init__(
        self,
        forwarder: Forwarder,
        invalidator: Invalidator,
        journal: Journal,
        clock: Clock,
        report: Callable[[StorageFailed], None],
        around: Around = _nothing,
        harmless: Collection[str] = (),
    ) -> None:
        self._forwarder = forwarder
        self._invalidator = invalidator
        self._journal = journal
        self._report = report
        self._around = around
        self._harmless = harmless
        self._background = Background(forwarder, invalidator, clock)
        self.sites = Registrations()
        """What questions for `registrations.ASKED` have told of sites."""
        self._ending: set[asyncio.Task[None]] = set()

    async def write(
        self,
        request: Request,
        classified: Classified,
        body: RequestBody,
        reason: ForwardReason = ForwardReason.METHOD,
        send: Send | None = None,
    ) -> Answer:
        """Send it and give upstream's answer; 504 where there is none. `send` does it in another
        way than by relaying."""
        send = send or partial(self._forwarder.relay, request, body, reason)
        row = row_for(request, classified)
        if row is None:
            return await send()
        looked_into = body.present and looks_into(row, request)
        content = await body.whole(READ_BYTES) if looked_into else None
        wrong = tags_of_write(request, classified, content, self._harmless)
        if not wrong.now:
            return await send()
        if row.pattern == POLL_PATTERN:
            return await self._background.polled(request, wrong)
        if row.pattern == PATTERN:
            return await self._begin(request, body, content, wrong)
        async with self._around(request, content):
            answer = await self._sent(send, wrong)
        if row.pattern == registrations.ASKED and _is_of_upstream(answer):
            self.sites.done(request.fields)
        elif row.pattern == registrations.CHANGED:
            self.sites.forget()
        return answer

    async def aclose(self) -> None:
        """Leave what has not ended to the next process."""
        await self._background.aclose()
        await asyncio.gather(*self._ending, return_exceptions=True)

    async def _sent(self, send: Send, wrong: Invalidation) -> Answer:
        intent = await self._intend(wrong)
        certain = False
        async with AsyncExitStack() as given_up:
            try:
                answer = await send()
                given_up.push_async_callback(answer.body.aclose)
                certain = answer.head.status < 500
            finally:
                await self._ended(wrong if certain else doubtful(wrong), intent)
            given_up.pop_all()
            return answer

    async def _begin(
        self, request: Request, body: RequestBody, content: bytes | None, wrong: Invalidation
    ) -> Answer:
        """A batch whose answer only says that it has begun: its intent stays open until it ends."""
        async with AsyncExitStack() as around, AsyncExitStack() as given_up:
            await around.enter_async_context(self._around(request, content))
            intent = await self._intend(wrong)
            followed = False
            try:
                answer = await self._forwarder.relay(legible(request), body, ForwardReason.METHOD)
                given_up.push_async_callback(answer.body.aclose)
                answer, followed = await self._background.begun(
                    request, answer, wrong, around, partial(self._close, intent)
                )
            finally:
                await self._ended(doubtful(wrong), None if followed else intent)
            given_up.pop_all()
            return answer

    async def _intend(self, wrong: Invalidation) -> bytes:
        """Invalidate, and write down that it is to be done again."""
        intent = os.urandom(16)
        names = wrong.now.union(*(each.tags for each in wrong.later))
        await asyncio.gather(
            self._open(intent, {tag_hash(name) for name in names}),
            self._drop(wrong),
        )
        return intent

    async def _drop(self, wrong: Invalidation) -> None:
        await self._invalidator.drop(wrong.now)

    async def _ended(self, wrong: Invalidation, intent: bytes | None) -> None:
        """Invalidate again, also where whoever waits for it is cancelled twice."""
        ending = asyncio.create_task(self._end(wrong, intent), name="write ended")
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)
        await asyncio.shield(ending)

    async def _end(self, wrong: Invalidation, intent: bytes | None) -> None:
        if await self._invalidator.invalidate(wrong) and intent is not None:
            await self._close(intent)

    async def _open(self, intent: bytes, tag_hashes: set[int]) -> None:
        try:
            await self._journal.open_intent(intent, tag_hashes)
        except StorageFailed as failure:
            self._report(failure)

    async def _close(self, intent: bytes) -> None:
        try:
            await self._journal.close_intent(intent)
        except StorageFailed as failure:
            self._report(failure)


def _is_of_upstream(answer: Answer) -> bool:
    return answer.head.status == OK and not is_hit(answer.cache_status)
