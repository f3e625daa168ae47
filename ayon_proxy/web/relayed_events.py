"""Events on their way to a client: applied before the client is told of them.

The proxy's own feed may be later than a client's socket. A client that reacts to an event by
reading must not get what the event replaced, so it is handed on when the invalidation is done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ayon_proxy.policy.relayed_event import event_in, without_token

LONG = 1024 * 1024
"""Characters of a frame that is parsed beside the loop; AYON's events have some hundreds."""

Apply = Callable[[Mapping[str, Any]], Awaitable[None]]
"""Returns when what the event tells of is invalidated; goes on with it when the client leaves."""


class RelayedEvents:
    """`told` is called for every text frame of upstream, one after the other for each socket."""

    def __init__(self, apply: Apply) -> None:
        self._apply = apply

    async def told(self, text: str) -> str:
        """The frame to hand on: the same one, unless it tells a secret."""
        event = event_in(text) if len(text) < LONG else await asyncio.to_thread(event_in, text)
        if event is None:
            return text
        await self._apply(event)
        kept = without_token(event)
        return text if kept is None else kept
