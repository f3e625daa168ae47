"""What a running proxy says of itself, and waiting for it to say something else."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import httpx


async def until(true: Callable[[], Awaitable[bool]], seconds: float) -> float:
    """Wait until it is so; how long that took. Raises TimeoutError."""
    began = time.monotonic()
    async with asyncio.timeout(seconds):
        # Nothing tells when: what is looked at is what everybody sees.
        while not await true():  # noqa: ASYNC110
            await asyncio.sleep(0.03)
    return time.monotonic() - began


async def turned(client: httpx.AsyncClient, section: str, state: str, seconds: float) -> float:
    """Wait until upstream, or the feed, is in that state; how long that took."""

    async def is_so() -> bool:
        return bool((await client.get("/-/status")).json()[section]["state"] == state)

    return await until(is_so, seconds)
