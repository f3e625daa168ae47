"""Cache key → the fetch that is under way for it (collapsed forwarding, RFC 9211 section 2.6)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from ayon_proxy.cache.fetch import Fetch
from ayon_proxy.cache.tag_clock import TagClock


class InFlight:
    """One fetch per key. Fetches are tasks of the cache's own: clients come and go."""

    def __init__(self, tags: TagClock) -> None:
        self._tags = tags
        self._fetches: dict[bytes, Fetch] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    @property
    def fetches(self) -> int:
        """How many are under way, those included that only store what they brought."""
        return len(self._tasks)

    def under_way(self, key: bytes) -> bool:
        """Whether there is a fetch to join."""
        fetch = self._fetches.get(key)
        return fetch is not None and fetch.joinable and not self._perhaps_old(fetch)

    def join(
        self, key: bytes, begin: Callable[[], Fetch], *, anew: bool = False
    ) -> tuple[Fetch, bool]:
        """The fetch to wait for, and whether this caller is the first to.

        A fetch that began before something it shows was invalidated is not joined: it may bring
        the old state to a client that has just written the new one. What the answer to a GraphQL
        question shows is not known before it has come: then it is whatever was invalidated.
        With `anew` one that has brought its answer, and only stores it yet, is not joined either.
        """
        fetch = self._fetches.get(key)
        over = anew and fetch is not None and fetch.spool.done
        if fetch is not None and fetch.joinable and not over and not self._perhaps_old(fetch):
            return fetch, False
        fetch = self._fetches[key] = begin()
        task = asyncio.create_task(self._run(key, fetch), name=f"fetch {fetch.plan.url}")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return fetch, True

    def _perhaps_old(self, fetch: Fetch) -> bool:
        if fetch.plan.question is not None:
            return self._tags.sequence > fetch.begun_seq
        return self._tags.invalidated_since(fetch.plan.tags, fetch.begun_seq)

    async def _run(self, key: bytes, fetch: Fetch) -> None:
        try:
            await fetch.run()
        finally:
            if self._fetches.get(key) is fetch:
                del self._fetches[key]

    async def idle(self) -> None:
        """Wait until what was under way when this was called has ended, stored or not."""
        if self._tasks:
            await asyncio.wait(set(self._tasks))

    async def aclose(self) -> None:
        """Stop all fetches; what they have not finished is not stored."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for fetch in self._fetches.values():
            fetch.stopped()  # one whose task had not begun
