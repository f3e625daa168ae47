"""Looks for what a request wants, under the key of all who share it and under the caller's own."""

from __future__ import annotations

from dataclasses import replace

from ayon_proxy.cache.deciding import Decider
from ayon_proxy.cache.in_flight import InFlight
from ayon_proxy.cache.sharing import Shared
from ayon_proxy.cache.store import Store
from ayon_proxy.cache.waiting import Waiting
from ayon_proxy.cache.wanted import Wanted
from ayon_proxy.policy.decision import Decision, Deliver, Forward, ForwardReason
from ayon_proxy.policy.message import StoredResponse


class Finder:
    """Says what policy makes of what is stored."""

    def __init__(
        self,
        store: Store,
        decider: Decider,
        in_flight: InFlight,
        shared: Shared,
        waiting: Waiting,
    ) -> None:
        self._waiting = waiting
        self._store = store
        self._decider = decider
        self._in_flight = in_flight
        self._shared = shared

    async def decision(self, wanted: Wanted) -> Decision:
        """What to do with the request. A fetch that ended while the index was asked has left
        something that was not there yet, and is not there any more to be joined: look again. So it
        is when others who share it were waited for.
        """
        before = self._store.changes
        decision = await self._decided(wanted)
        if not isinstance(decision, Forward):
            return decision
        if self._in_flight.under_way(wanted.joined_by):
            return decision
        if self._store.changes != before:
            decision = await self._decided(wanted)
        if isinstance(decision, Forward) and self._may_come(wanted, decision):
            return await self._come(wanted, decision)
        return decision

    async def holds_still(self, wanted: Wanted) -> bool:
        """Whether the caller was told exactly this, and nothing that it shows was dropped since."""
        stored = await self._store.lookup(wanted.key) if wanted.given else None
        return stored is not None and not self._decider.dropped(stored)

    def _may_come(self, wanted: Wanted, forward: Forward) -> bool:
        """Whether another caller is being given the same: not where upstream is to be asked anyway,
        or somebody does not want to wait."""
        if wanted.sharing is None or wanted.deciding or forward.reason is ForwardReason.REQUEST:
            return False
        return self._shared.is_coming(wanted.sharing) and not self._waiting.is_vain(forward)

    async def _come(self, wanted: Wanted, forward: Forward) -> Decision:
        assert wanted.sharing is not None  # noqa: S101
        seconds = self._waiting.seconds(forward)
        in_time = await self._shared.comes(wanted.sharing, seconds)
        decision = await self._decided(wanted)
        return decision if in_time or not isinstance(decision, Forward) else _waited(decision)

    async def _decided(self, wanted: Wanted) -> Decision:
        if not wanted.given:
            return self._decider.decide(None, wanted)
        found: list[StoredResponse | None] = []
        if wanted.sharing is not None:
            found.append(await self._store.lookup(wanted.sharing.key))
            decision = self._decider.decide(found[0], wanted)
            if isinstance(decision, Deliver) and not decision.offline:
                return decision
        found.append(await self._store.lookup(wanted.key))
        stored = [each for each in found if each is not None]
        if not stored and wanted.elsewhere is not None:
            return await self._stood_in_for(wanted, wanted.elsewhere)
        newest = max(stored, key=lambda each: (each.begun_seq, each.received_at), default=None)
        return self._decider.decide(newest, wanted)

    async def _stood_in_for(self, wanted: Wanted, elsewhere: bytes) -> Decision:
        """What is stored there is never what upstream would say of this, so it can't confirm it."""
        decision = self._decider.decide(await self._store.lookup(elsewhere), wanted)
        return replace(decision, current=None) if isinstance(decision, Forward) else decision


def _waited(forward: Forward) -> Forward:
    return replace(forward, waited=True)
