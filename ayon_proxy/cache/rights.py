"""Whose rights were proved lately: only for them do the long lifetimes hold.

Upstream tells nobody when it takes a project away from somebody. So while the feed is live, whoever
asks is looked up at upstream again and again, behind its own requests; and when its rights are not
what they were, nothing that was stored for it before is given to it any more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from ayon_proxy.cache.callers import Callers
from ayon_proxy.cache.ports import Clock, Journal, Upstream
from ayon_proxy.errors import ProxyError, StorageFailed
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.rights import questions, told

MOST_CALLERS = 10_000
"""Callers remembered; those beyond are looked up at their next request."""

ANSWER_BYTES = 4 * 1024 * 1024
"""More than the rights of anybody in any number of projects take."""


@dataclass(slots=True)
class _Proof:
    """`proved_at` is when the look-up began; nothing that was changed before it is unknown."""

    proved_at: float = float("-inf")
    digest: bytes | None = None
    by_assignment: bool = False
    under_way: bool = False


class Rights:
    """`recheck_seconds`: how old a proof gets before it is renewed; at twice that it is none.

    `report` is told of a storage that fails. Asked only where the answer matters: without a feed
    lifetimes are short for everybody.
    """

    def __init__(
        self,
        upstream: Upstream,
        callers: Callers,
        journal: Journal,
        clock: Clock,
        recheck_seconds: float,
        report: Callable[[StorageFailed], None],
    ) -> None:
        self._upstream = upstream
        self._callers = callers
        self._journal = journal
        self._clock = clock
        self._recheck_seconds = recheck_seconds
        self._report = report
        self._proofs: OrderedDict[bytes, _Proof] = OrderedDict()
        self._looking: set[asyncio.Task[None]] = set()

    def proved(self, caller: bytes, request: Request) -> bool:
        """Whether the caller's rights are those that its stored answers were given under, and
        events tell when something else is shown to it.

        Where that is not known, or soon no more, upstream is asked behind the request.
        """
        if self._callers.is_nobody(caller):
            return False
        proof = self._proofs.setdefault(caller, _Proof())
        self._proofs.move_to_end(caller)
        if len(self._proofs) > MOST_CALLERS:
            self._proofs.popitem(last=False)
        age = self._clock.now() - proof.proved_at
        if not 0 <= age < self._recheck_seconds and not proof.under_way:
            proof.under_way = True
            task = asyncio.create_task(self._look_up(caller, request, proof), name="rights")
            self._looking.add(task)
            task.add_done_callback(self._looking.discard)
        return 0 <= age < 2 * self._recheck_seconds and not proof.by_assignment

    async def aclose(self) -> None:
        """Stop looking up."""
        for task in self._looking:
            task.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)

    async def _look_up(self, caller: bytes, request: Request, proof: _Proof) -> None:
        try:
            began = self._clock.now()
            answers = [await self._answer(question) for question in questions(request)]
            found = told(*answers)
            if found is None or not await self._same(caller, found.digest, proof):
                return
            proof.proved_at = began
            proof.by_assignment = found.by_assignment
        except (ProxyError, StorageFailed):
            return  # nothing is proved; what is stored lives shortly
        finally:
            proof.under_way = False

    async def _answer(self, question: Request) -> bytes:
        """Empty for all but a 200: a refusal is met by the caller's own requests."""
        response = await self._upstream.send(question, decode=True)
        try:
            if response.head.status != 200:
                return b""
            content = bytearray()
            async for chunk in response.chunks():
                content += chunk
                if len(content) > ANSWER_BYTES:
                    return b""
            return bytes(content)
        finally:
            await response.aclose()

    async def _same(self, caller: bytes, found: bytes, proof: _Proof) -> bool:
        """Whether nothing stored for the caller is from under other rights: it has been let go of
        by then. False where that could not be made sure of."""
        name = f"rights:{caller.hex()}"
        known = proof.digest
        try:
            if known is None:
                known = await self._journal.recall(name)
            if known != found:
                if known is not None:
                    await self._callers.changed(caller)
                await self._journal.remember(name, found)
        except StorageFailed as failure:
            self._report(failure)
            return False
        proof.digest = found
        return True
