"""Looks callers up, and guards upstream from those who guess."""

from __future__ import annotations

import asyncio
from weakref import WeakValueDictionary

import structlog

from ayon_proxy.cache.looking_up import looked_up
from ayon_proxy.cache.ports import Clock, Upstream
from ayon_proxy.cache.standing import Refusal, Throttled
from ayon_proxy.policy.fields import value
from ayon_proxy.policy.guesses import Guesses
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.principal import is_key
from ayon_proxy.policy.rights import Told

log = structlog.get_logger(__name__)

AT_ONCE = 8
"""Unknown credentials of one address that upstream is asked about at the same time: of a flood, no
more than these have been asked about when the first refusals come."""


class GuardedLookUp:
    """Called with a caller; raises ProxyError where upstream says nothing."""

    def __init__(self, upstream: Upstream, clock: Clock) -> None:
        self._upstream = upstream
        self._clock = clock
        self._guesses = Guesses()
        self._turns: WeakValueDictionary[str, asyncio.Semaphore] = WeakValueDictionary()

    async def __call__(
        self, request: Request, *, known: bool, expected: bool
    ) -> Told | Refusal | Throttled:
        """What upstream says of it; one that is not `known` waits for its turn. `expected` is one
        with a token that upstream knows, or has handed out: that is no guess."""
        if known or expected:
            return await looked_up(self._upstream, request, known=True)
        address = (value(request.fields, b"x-forwarded-for") or b"").decode("latin-1")
        turns = self._turns.setdefault(address, asyncio.Semaphore(AT_ONCE))
        key = is_key(request)
        async with turns:
            seconds = self._guesses.wait_seconds(address, self._clock.now(), key=key)
            if seconds:
                return Throttled(seconds)
            found = await looked_up(self._upstream, request, known=False)
            if isinstance(found, Refusal):
                self._guesses.refused(address, self._clock.now(), key=key)
                if self._guesses.wait_seconds(address, self._clock.now(), key=key):
                    log.warning("guessing", address=address, effect="unknown credentials get 429")
            return found
