"""As `asyncio.timeout`, by the clock of the port."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ayon_proxy.cache.ports import Clock


@asynccontextmanager
async def at_most(clock: Clock, seconds: float) -> AsyncIterator[None]:
    """Raises TimeoutError when the block takes longer than so many seconds."""
    async with asyncio.timeout(None) as limit:
        over = asyncio.create_task(clock.sleep(seconds))

        ended = False

        def end(_: asyncio.Task[None]) -> None:
            # It may be called in the turn after the block's end: it was on its way by then.
            if not ended:
                limit.reschedule(0.0)

        over.add_done_callback(end)
        try:
            yield
        finally:
            ended = True
            over.cancel()
