"""Carries out what events and own writes tell of somebody's rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayon_proxy.cache.credentials import Credentials
from ayon_proxy.cache.ports import Clock
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.principal import key_mark, session_mark, session_tokens
from ayon_proxy.policy.revocation import SETTLE_SECONDS, Revocation, revocation


class Revoking:
    """`heard` is called with every event, from whatever socket it came."""

    def __init__(self, credentials: Credentials, clock: Clock, secret_key: bytes) -> None:
        self._credentials = credentials
        self._clock = clock
        self._secret_key = secret_key

    def heard(self, event: Mapping[str, Any]) -> None:
        """Let go of the proofs that it takes away."""
        if (revoked := revocation(event)) is not None:
            self._revoke(revoked)

    def everybody(self) -> None:
        """Somebody's rights may have been changed through the proxy."""
        self._revoke(Revocation(everybody=True, settles=True))

    async def ended(self, request: Request) -> None:
        """The sessions that its sender has named are over, in whatever form a token is sent."""
        marks = (session_mark(token, self._secret_key) for token in session_tokens(request))
        await self._credentials.forget(self._holding(frozenset(marks)))

    def _revoke(self, revoked: Revocation) -> None:
        if revoked.token is not None:
            token = revoked.token.encode(errors="surrogatepass")
            over = self._holding(frozenset({session_mark(token, self._secret_key)}))
            self._credentials.spawn(self._credentials.forget(over))
            perhaps = self._holding(frozenset({key_mark(token, self._secret_key)}))
            self._credentials.doubt(perhaps)
        if revoked.everybody:
            self._doubt_all()
        if revoked.settles:
            self._credentials.unsettled_until = self._clock.now() + SETTLE_SECONDS
            self._credentials.spawn(self._doubt_later())

    def _doubt_all(self) -> None:
        self._credentials.doubt(tuple(self._credentials.callers))

    async def _doubt_later(self) -> None:
        await self._clock.sleep(SETTLE_SECONDS)
        self._doubt_all()

    def _holding(self, marks: frozenset[bytes]) -> list[bytes]:
        callers = self._credentials.callers.items()
        return [one for one, known in callers if known.marks & marks]
