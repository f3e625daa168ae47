"""From one caller's answer to everybody's who may see it (architecture 3.7).

    fetched ─> stored for the fetching credential alone ─> that credential is proved anew
                                          ─┬─ the same scope: moved to the key of all who share it
                                           └─ another, or none: stays where it is

The proof begins after the fetch has ended, so that no change of rights between the two can put
bytes of one scope under the key of another. Others of the scope wait for it rather than fetch.
So it is with what upstream refuses to one of them: it may be only that one who may not see it now.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from ayon_proxy.cache.credentials import Credentials
from ayon_proxy.cache.ports import Clock
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.time_limit import at_most
from ayon_proxy.cache.wanted import Sharing
from ayon_proxy.policy.scope import scope

TOGETHER_SECONDS = 1.0
"""While nobody waits for an answer to be shared, one proof is made for all of so long."""

LAST_SECONDS = 2.0
"""How long a stop waits for that."""


class _Coming:
    """An answer on its way to those who share it."""

    def __init__(self, caller: bytes) -> None:
        self.caller = caller
        self.awaited = asyncio.Event()
        self.over = asyncio.Event()
        self.kept = False


class Shared:
    """Answers on their way. Tasks are its own: clients come and go."""

    def __init__(self, credentials: Credentials, store: Store, clock: Clock) -> None:
        self._credentials = credentials
        self._store = store
        self._clock = clock
        self._coming: dict[bytes, _Coming] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def is_coming(self, sharing: Sharing) -> bool:
        """Whether another caller of the scope is being given the answer."""
        coming = self._coming.get(sharing.key)
        return coming is not None and coming.caller != sharing.caller

    async def comes(self, sharing: Sharing, seconds: float) -> bool:
        """Wait for that, at most so long; whether it has come to an end, for good or ill."""
        coming = self._coming.get(sharing.key)
        if coming is None:
            return True
        coming.awaited.set()
        try:
            async with at_most(self._clock, seconds):
                await coming.over.wait()
        except TimeoutError:
            return False
        return True

    @contextmanager
    def arriving(self, sharing: Sharing | None) -> Iterator[None]:
        """Around a fetch: others of the scope wait for what becomes of it."""
        if sharing is None or sharing.key in self._coming:
            yield
            return
        coming = self._coming[sharing.key] = _Coming(sharing.caller)
        try:
            yield
        finally:
            if not coming.kept:
                self._end(sharing, coming)

    def kept(self, sharing: Sharing, key: bytes) -> None:
        """The answer is stored under the caller's own key: share it when that is proved."""
        coming = self._coming.get(sharing.key)
        if coming is None or coming.caller != sharing.caller or coming.kept:
            coming = _Coming(sharing.caller)
        coming.kept = True
        number = self._credentials.next_look_up(sharing.caller)
        self._spawn(self._share(sharing, key, coming, number))

    def spoken_against(self, sharing: Sharing, begun_seq: int) -> None:
        """Upstream has refused what is shared to one of those who share it, in a fetch that began
        at `begun_seq`: forget it when it is proved that the caller still is one of them."""
        self._spawn(self._forget(sharing, begun_seq))

    async def aclose(self) -> None:
        """Share what has been fetched, so that all who were given it are given it again by the
        next process; what upstream does not prove within LAST_SECONDS stays its caller's own."""
        for coming in self._coming.values():
            coming.awaited.set()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LAST_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _share(self, sharing: Sharing, key: bytes, coming: _Coming, number: int) -> None:
        try:
            await self._while_nobody_waits(coming)
            if await self._is_proved(sharing, number):
                await self._store.move(key, sharing.key)
        finally:
            self._end(sharing, coming)

    async def _forget(self, sharing: Sharing, begun_seq: int) -> None:
        if await self._is_proved(sharing):
            await self._store.forget(sharing.key, begun_seq)

    async def _is_proved(self, sharing: Sharing, number: int | None = None) -> bool:
        """Whether the caller has the scope, as upstream says from now on, or in the look-up of that
        number."""
        told = await self._credentials.proved_anew(sharing.caller, sharing.request, number)
        # One worker of upstream may have answered by the old rules, and another by the new ones.
        if told is None or self._clock.now() < self._credentials.unsettled_until:
            return False
        return scope(sharing.share, sharing.project, told) == sharing.scope

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(coroutine, name="share")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _while_nobody_waits(self, coming: _Coming) -> None:
        with suppress(TimeoutError):
            async with at_most(self._clock, TOGETHER_SECONDS):
                await coming.awaited.wait()

    def _end(self, sharing: Sharing, coming: _Coming) -> None:
        if self._coming.get(sharing.key) is coming:
            del self._coming[sharing.key]
        coming.over.set()
