"""Carries out what events and own writes tell of somebody's rights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ayon_proxy.cache.credentials import Credentials
from ayon_proxy.cache.ports import Clock
from ayon_proxy.policy.principal import mark
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

    async def ended(self, principal: bytes) -> None:
        """Its session is over, and so is whatever else holds its token."""
        known = self._credentials.callers.get(principal)
        if known is not None and known.proof is not None:
            await self._credentials.forget(self._holding(known.proof.marks))

    def _revoke(self, revoked: Revocation) -> None:
        if revoked.token is not None:
            token = mark(revoked.token.encode(errors="surrogatepass"), self._secret_key)
            over = self._holding(frozenset({token}))
            self._credentials.spawn(self._credentials.forget(over))
            return
        self._doubt(revoked)
        if revoked.settles:
            self._credentials.spawn(self._doubt_later(revoked))

    def _doubt(self, revoked: Revocation) -> None:
        self._credentials.doubt(
            [
                principal
                for principal, known in self._credentials.callers.items()
                if revoked.everybody or (known.proof and known.proof.told.name == revoked.user)
            ]
        )

    async def _doubt_later(self, revoked: Revocation) -> None:
        await self._clock.sleep(SETTLE_SECONDS)
        self._doubt(revoked)

    def _holding(self, marks: frozenset[bytes]) -> list[bytes]:
        callers = self._credentials.callers.items()
        return [one for one, known in callers if known.proof and known.proof.marks & marks]
