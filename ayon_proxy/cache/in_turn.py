"""Reads that are no fetches wait for their turn, too: what is passed on, proofs, resolved URIs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from ayon_proxy.cache.ports import Upstream, UpstreamResponse
from ayon_proxy.cache.turns import Turn, Turns
from ayon_proxy.cache.wrapped import Wrapped
from ayon_proxy.policy.message import Request


class InTurn:
    """Implements the `Upstream` port over another. `waiting` is how many callers are taken to wait
    for each answer; the turn is over when that is closed."""

    def __init__(
        self,
        upstream: Upstream,
        turns: Turns,
        safe: Callable[[Request], bool],
        waiting: int = 1,
    ) -> None:
        self._upstream = upstream
        self._turns = turns
        self._safe = safe
        self._waiting = waiting

    async def send(
        self,
        request: Request,
        body: AsyncIterator[bytes] | bytes | None = None,
        *,
        decode: bool = False,
        follow_redirects: bool = False,
    ) -> UpstreamResponse:
        """As `Upstream.send`; at once for whatever is no safe read."""
        turn = await self._turns.next(lambda: self._waiting) if self._safe(request) else None
        try:
            response = await self._upstream.send(
                request, body, decode=decode, follow_redirects=follow_redirects
            )
        except BaseException:
            if turn is not None:
                turn.over()
            raise
        return response if turn is None else _Held(response, turn)


class _Held(Wrapped):
    """A response that ends a turn."""

    def __init__(self, response: UpstreamResponse, turn: Turn) -> None:
        super().__init__(response)
        self._turn = turn

    async def aclose(self) -> None:
        self._turn.over()
        await super().aclose()
