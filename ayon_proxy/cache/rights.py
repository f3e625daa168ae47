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
    under_way: asyncio.Task[None] | None = None


class Rights:
    """`recheck_seconds`: how old a proof gets before it is renewed; at twice that it is none.

    `watched` tells whether the event feed is LIVE: without it lifetimes are short for everybody.
    `report` is told of a storage that fails.
    """

    def __init__(
        self,
        upstream: Upstream,
        callers: Callers,
        journal: Journal,
        clock: Clock,
        recheck_seconds: float,
        watched: Callable[[], bool],
        report: Callable[[StorageFailed], None],
    ) -> None:
        self._upstream = upstream
        self._callers = callers
        self._journal = journal
        self._clock = clock
        self._recheck_seconds = recheck_seconds
        self._watched = watched
        self._report = report
        self._proofs: OrderedDict[bytes, _Proof] = OrderedDict()
        self._looking: set[asyncio.Task[None]] = set()

    def renew(self, caller: bytes, request: Request) -> _Proof | None:
        """Look the caller up behind its request, when that is due; None where there is no feed that
        would make it matter, or no credential."""
        if not self._watched() or self._callers.is_nobody(caller):
            return None
        proof = self._proofs.setdefault(caller, _Proof())
        self._proofs.move_to_end(caller)
        if len(self._proofs) > MOST_CALLERS:
            self._proofs.popitem(last=False)
        if self._age(proof) >= self._recheck_seconds and proof.under_way is None:
            proof.under_way = asyncio.create_task(self._look_up(caller, request, proof))
            self._looking.add(proof.under_way)
            proof.under_way.add_done_callback(self._looking.discard)
        return proof

    async def prove(self, caller: bytes, as_of: bytes, request: Request, wait: bool) -> bool:
        """Whether the caller's rights are those that its stored answers were given under, and
        events tell when something else is shown to it. `wait` for upstream where that isn't known.

        `as_of` is what `Callers.as_of_now` gave for the key of those answers.
        """
        proof = self.renew(caller, request)
        if proof is None:
            return False
        expired = self._age(proof) >= 2 * self._recheck_seconds
        if wait and expired and proof.under_way is not None:
            await asyncio.shield(proof.under_way)
        proved = self._age(proof) < 2 * self._recheck_seconds and not proof.by_assignment
        return proved and self._callers.as_of_now(caller) == as_of

    def _age(self, proof: _Proof) -> float:
        """A proof from the future is none: the clock was set back."""
        age = self._clock.now() - proof.proved_at
        return age if age >= 0 else float("inf")

    async def aclose(self) -> None:
        """Stop looking up."""
        for task in self._looking:
            task.cancel()
        await asyncio.gather(*self._looking, return_exceptions=True)

    async def _look_up(self, caller: bytes, request: Request, proof: _Proof) -> None:
        try:
            began = self._clock.now()
            found = told(*await asyncio.gather(*map(self._answer, questions(request))))
            if found is None or not await self._same(caller, found.digest, proof):
                return
            proof.proved_at = began
            proof.by_assignment = found.by_assignment
        except (ProxyError, StorageFailed):
            return  # nothing is proved; what is stored lives shortly
        finally:
            proof.under_way = None

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
