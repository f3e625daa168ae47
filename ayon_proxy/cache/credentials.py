"""Callers and what upstream has said of them: nothing is given from the store without a proof.

    unknown ──look-up──┬─ proved   good for twice the recheck time; renewed behind its own requests
                       └─ refused  remembered for the recheck time, and given to all who wait

Upstream tells nobody when it takes a project away from somebody. So whoever asks is looked up again
and again, behind its own requests and with its own credential; and when its rights are not what
they were, nothing that was stored for it alone before is given to it any more.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Container, Coroutine, Iterable
from contextlib import suppress
from typing import Any

from ayon_proxy.cache.callers import Callers
from ayon_proxy.cache.guarded import GuardedLookUp
from ayon_proxy.cache.known_caller import MOST_CALLERS, KnownCaller
from ayon_proxy.cache.ports import Clock, Proofs
from ayon_proxy.cache.proof import Proof, read, written
from ayon_proxy.cache.refusals import Refusals
from ayon_proxy.cache.standing import Met, Refusal, Standing, Throttled
from ayon_proxy.cache.time_limit import at_most
from ayon_proxy.errors import ProxyError, StorageFailed
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.principal import marks
from ayon_proxy.policy.rights import Told

AGAIN_SECONDS = 1.0
"""After a look-up that brought nothing, the caller is not looked up for so long."""


class Credentials:
    """`recheck_seconds`: how old a proof gets before it is renewed; at twice that it is good only
    if upstream does not answer within `wait_seconds`, and then until it is `grace` seconds old.

    `granted` are marks of tokens that upstream has handed out. `report` is told of a storage that
    fails.
    """

    def __init__(
        self,
        *,
        look_up: GuardedLookUp,
        granted: Container[bytes],
        callers: Callers,
        proofs: Proofs,
        clock: Clock,
        recheck_seconds: float,
        wait_seconds: float,
        grace: float,
        secret_key: bytes,
        report: Callable[[StorageFailed], None],
    ) -> None:
        self._look_up = look_up
        self._granted = granted
        self._callers = callers
        self._proofs = proofs
        self._clock = clock
        self._recheck_seconds = recheck_seconds
        self._wait_seconds = wait_seconds
        self._grace = grace
        self._secret_key = secret_key
        self._report = report
        self.callers: OrderedDict[bytes, KnownCaller] = OrderedDict()
        self._refusals = Refusals(clock, recheck_seconds)
        self._tasks: set[asyncio.Task[Any]] = set()
        self.unsettled_until = float("-inf")
        """Upstream's workers may disagree about changed rules; seconds since the epoch."""
        self.rechecks = 0
        """Look-ups that began."""

    @property
    def known(self) -> int:
        """Callers with a proof."""
        return sum(each.proof is not None for each in self.callers.values())

    @property
    def refused(self) -> int:
        """Refusals that upstream has sent."""
        return self._refusals.count

    async def load(self) -> None:
        """Take up what an earlier process was told. Raises StorageFailed."""
        now, past = self._clock.now(), []
        for principal, (proved_at, content) in (await self._proofs.known()).items():
            # One from the future counts from now on: the clock was set back.
            proof = read(min(proved_at, now), content)
            if proof is None or now - proof.proved_at > self._grace:
                past.append(principal)
            else:
                self.callers[principal] = KnownCaller(proof, proof.marks)
        if past:
            await self._proofs.drop(past)

    def knows(self, principal: bytes) -> bool:
        """Whether upstream has ever said who it is, and has not refused it since."""
        known = self.callers.get(principal)
        return known is not None and known.proof is not None

    async def met(self, principal: bytes, request: Request) -> Met:
        """What is known of the caller; upstream is asked where that is nothing, or too old."""
        known = self.callers.get(principal)
        if known is None or not self._is_fresh(known):
            if (refusal := self._refusals.of(principal)) is not None:
                return refusal
            known = self._remembered(principal)
            await self._looked_up(principal, request, known)
        else:
            self.callers.move_to_end(principal)
        if self._is_fresh(known) and known.proof is not None:
            if self._age(known.proof) >= self._recheck_seconds:
                self._begin(principal, request, known)
            return Standing(known.proof.told, fresh=True)
        vain = known.proof is None and known.look_up is None and not known.holders
        if vain and self.callers.get(principal) is known:
            # Of a credential that somebody makes up nothing is remembered.
            del self.callers[principal]
        return self._refusals.of(principal) or self._unproved(known)

    def _unproved(self, known: KnownCaller) -> Met:
        if known.proof is not None and self._age(known.proof) <= self._grace:
            return Standing(known.proof.told, fresh=False)
        return Throttled(known.throttled) if known.throttled else None

    def next_look_up(self, principal: bytes) -> int:
        """The number of the first look-up of the caller that begins from now on."""
        known = self.callers.get(principal)
        return 1 if known is None else known.begun + 1

    async def proved_anew(
        self, principal: bytes, request: Request, number: int | None = None
    ) -> Told | None:
        """What upstream says of the caller in a look-up that begins from now on, or in that of this
        number, or a later one; None where it says nothing, or refuses."""
        known = self.callers.get(principal)
        if known is None:
            return None
        following = known.begun + 1
        number = following if number is None else min(number, following)
        while known.begun < number or known.look_up is not None:
            self._begin(principal, request, known)
            if known.look_up is None:
                return None
            await asyncio.shield(known.look_up)
        proof = known.proof
        return proof.told if proof is not None and proof.number >= number else None

    async def until_revoked(self, principal: bytes, request: Request) -> None:
        """Return when upstream refuses the caller, or its rights are not what they are now."""
        known = self._remembered(principal)
        known.holders, known.held_by, changed = known.holders + 1, request, known.changed
        try:
            while not changed.is_set() and self._refusals.of(principal) is None:
                proof = known.proof
                if proof is None or not self._is_fresh(known) or self._is_due(proof):
                    self._begin(principal, request, known)
                await self._within(self._recheck_seconds, changed.wait())
        finally:
            known.holders -= 1

    def doubt(self, principals: Iterable[bytes]) -> None:
        """What upstream has said of them does not count any more. Who holds a connection open is
        looked up at once, all others when they ask."""
        for principal in principals:
            known = self.callers.get(principal)
            if known is None:
                continue
            known.doubt()
            if known.holders and known.held_by is not None:
                self.spawn(self.proved_anew(principal, known.held_by))

    async def forget(self, principals: Iterable[bytes]) -> None:
        """They are over: nothing that was stored for them is given to them any more."""
        for principal in tuple(principals):
            known = self.callers.get(principal)
            if known is None:
                continue
            known.doubt()
            if known.proof is None:
                continue
            known.proof = None
            known.tell_changed()
            # What can't be written down of the one is no reason to keep the other.
            await self._written_down(self._proofs.drop([principal]))
            await self._written_down(self._callers.changed(principal))

    async def _written_down(self, writing: Awaitable[None]) -> None:
        try:
            await writing
        except StorageFailed as failure:
            self._report(failure)

    def spawn(self, coroutine: Coroutine[Any, Any, Any]) -> asyncio.Task[Any]:
        """Carry out until `aclose`."""
        task = asyncio.create_task(coroutine, name="credentials")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def aclose(self) -> None:
        """Stop looking up."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _remembered(self, principal: bytes) -> KnownCaller:
        known = self.callers.setdefault(principal, KnownCaller())
        self.callers.move_to_end(principal)
        if len(self.callers) > MOST_CALLERS:
            # Who holds a connection open has to be found when an event says that it is over.
            others = (
                each for each, of in self.callers.items() if not of.holders and of is not known
            )
            self.callers.pop(next(others, principal))
        return known

    def _age(self, proof: Proof) -> float:
        """A proof from the future is none: the clock was set back."""
        age = self._clock.now() - proof.proved_at
        return age if age >= 0 else float("inf")

    def _is_fresh(self, known: KnownCaller) -> bool:
        proof = known.proof
        if proof is None or proof.number < known.good_from:
            return False
        return self._age(proof) < 2 * self._recheck_seconds

    def _is_due(self, proof: Proof) -> bool:
        return self._age(proof) >= self._recheck_seconds

    def _begin(self, principal: bytes, request: Request, known: KnownCaller) -> None:
        now = self._clock.now()
        if known.look_up is None and not 0 < known.not_before - now <= AGAIN_SECONDS:
            known.begun, known.begun_at, known.throttled = known.begun + 1, now, 0.0
            known.marks = marks(request, self._secret_key)
            self.rechecks += 1
            known.look_up = self.spawn(self._carry_out(principal, request, known))

    async def _looked_up(self, principal: bytes, request: Request, known: KnownCaller) -> None:
        """Wait for what upstream says: of one that was known before not longer than an answer that
        is stored may be kept back."""
        for _ in range(2):  # what is under way may have begun before it was doubted
            wanted = known.good_from
            self._begin(principal, request, known)
            number, looking = known.begun, known.look_up
            if looking is None:
                return
            if known.proof is None:
                await asyncio.shield(looking)
            else:
                left = self._wait_seconds - (self._clock.now() - known.begun_at)
                await self._within(left, asyncio.shield(looking))
            if number >= wanted or not looking.done():
                return

    async def _within(self, seconds: float, event: Awaitable[Any]) -> None:
        """Wait for it, for so long at the most."""
        with suppress(TimeoutError):
            async with at_most(self._clock, seconds):
                await event

    async def _carry_out(self, principal: bytes, request: Request, known: KnownCaller) -> None:
        number, began = known.begun, known.begun_at
        try:
            found = await self._look_up(
                request, known=known.proof is not None, expected=self._is_expected(known.marks)
            )
            if isinstance(found, Throttled):
                known.throttled = 0.0 if self._refusals.again(principal) else found.seconds
            elif isinstance(found, Refusal):
                self._refusals.remember(principal, found)
                await self.forget([principal])
                known.tell_changed()
            else:
                self._refusals.forget(principal)
                proof = Proof(found, began, known.marks, number)
                await self._proved(principal, known, proof)
        except ProxyError:
            known.not_before = self._clock.now() + AGAIN_SECONDS
        finally:
            known.look_up = None

    def _is_expected(self, marks: frozenset[bytes]) -> bool:
        """Whether upstream knows the tokens in another form, or has just handed them out: all of
        them, since who has one could try others beside it."""
        new = {mark for mark in marks if mark not in self._granted}
        proved = (each.marks for each in self.callers.values() if each.proof is not None)
        return marks != frozenset() and (not new or any(map(new.issubset, proved)))

    async def _proved(self, principal: bytes, known: KnownCaller, proof: Proof) -> None:
        before = known.proof
        if before is None and proof.number < known.good_from:
            return  # it ended while upstream was asked
        known.proof = proof
        try:
            if before is not None and before.told.digest != proof.told.digest:
                known.tell_changed()
                await self._callers.changed(principal)
            await self._proofs.keep(principal, proof.proved_at, written(proof))
            if not self.knows(principal):  # it ended meanwhile, which may have overtaken this
                await self._proofs.drop([principal])
        except StorageFailed as failure:
            self._report(failure)
