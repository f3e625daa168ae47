"""Reads that meet trouble are tried again here, inside: a client's own second try fails even when
it is answered (upstream/clients.md 1.5), and a gateway's 502 means nothing to it.

What is no safe read is passed on as it is, and sent once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

from ayon_proxy.cache.ports import Clock, Upstream, UpstreamResponse
from ayon_proxy.errors import (
    ProxyError,
    RedirectedNowhere,
    UpstreamAway,
    UpstreamBroke,
    UpstreamBusy,
    UpstreamTroubled,
    UpstreamUnreachable,
)
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.patience import Patience
from ayon_proxy.policy.retries import retry_pause
from ayon_proxy.policy.storing import GATEWAY, TRANSIENT


class Retrying:
    """Implements the `Upstream` port over another. `chance` gives a number from 0 to 1."""

    def __init__(
        self,
        upstream: Upstream,
        clock: Clock,
        patience: Patience,
        safe: Callable[[Request], bool],
        chance: Callable[[], float],
    ) -> None:
        self._upstream = upstream
        self._clock = clock
        self._patience = patience
        self._safe = safe
        self._chance = chance

    async def send(
        self,
        request: Request,
        body: AsyncIterator[bytes] | bytes | None = None,
        *,
        decode: bool = False,
        follow_redirects: bool = False,
    ) -> UpstreamResponse:
        """As `Upstream.send`; to a read never a gateway's answer, but UpstreamTroubled."""
        safe = self._safe(request)
        again = body is None or isinstance(body, bytes)
        pauses = self._patience.retry_pauses if safe and again else ()
        began = self._clock.now()
        for planned in pauses:
            outcome = await self._outcome(
                request, body, decode=decode, follow_redirects=follow_redirects
            )
            head = None if isinstance(outcome, ProxyError) else outcome.head
            if head is not None and head.status not in TRANSIENT:
                return await _settled(outcome)
            pause = retry_pause(planned, self._chance(), head)
            if pause is None or self._late(began, pause):
                return await _settled(outcome)
            if not isinstance(outcome, ProxyError):
                await outcome.aclose()
            await self._clock.sleep(pause)
        response = await self._upstream.send(
            request, body, decode=decode, follow_redirects=follow_redirects
        )
        return await _settled(response) if safe else response

    async def _outcome(
        self,
        request: Request,
        body: AsyncIterator[bytes] | bytes | None,
        *,
        decode: bool,
        follow_redirects: bool,
    ) -> UpstreamResponse | UpstreamUnreachable | UpstreamBroke:
        """The response, or what went wrong where a second try may help."""
        try:
            return await self._upstream.send(
                request, body, decode=decode, follow_redirects=follow_redirects
            )
        except (UpstreamAway, UpstreamBusy, RedirectedNowhere):
            raise
        except (UpstreamUnreachable, UpstreamBroke) as error:
            return error

    def _late(self, began: float, pause: float) -> bool:
        """A clock that was set does not keep anybody waiting, nor trying for ever."""
        passed = self._clock.now() - began
        return not 0 <= passed <= self._patience.retry_seconds - pause


async def _settled(outcome: UpstreamResponse | ProxyError) -> UpstreamResponse:
    """What a safe read gets in the end."""
    if isinstance(outcome, ProxyError):
        raise outcome
    if outcome.head.status in GATEWAY:
        await outcome.aclose()
        raise UpstreamTroubled(outcome.head.status)
    return outcome
