"""What strangers are told is asked for by the proxy itself. Broken once: asked once only, asked of
what is no AYON server, waited an hour for an upstream that was away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from ayon_proxy.cache.strangers import AGAIN_SECONDS, PATHS, SOON_SECONDS, keep_ready
from ayon_proxy.policy.message import Request
from tests.support.manual_clock import ManualClock


@dataclass
class Upstream:
    """What it is asked, in rounds; `there` and `answers` say what becomes of it."""

    there: bool = True
    answers: bool = True
    looked: asyncio.Event = field(default_factory=asyncio.Event)
    asked: list[bytes] = field(default_factory=list)

    async def is_there(self) -> bool:
        self.looked.set()
        return self.there

    async def content(self, request: Request) -> bytes | None:
        assert (b"cache-control", b"no-cache") in request.fields
        self.asked.append(request.path)
        return b"{}" if self.answers else None


@asynccontextmanager
async def kept_ready(upstream: Upstream, clock: ManualClock) -> AsyncIterator[None]:
    keeping = asyncio.create_task(keep_ready(upstream.is_there, upstream.content, clock))
    try:
        yield
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def next_round(upstream: Upstream, clock: ManualClock) -> float:
    """It asks again when it is time to; the seconds until the time after that."""
    upstream.looked.clear()
    clock.advance(max(await clock.sleeping()))
    await upstream.looked.wait()
    return max(await clock.sleeping())


async def test_it_is_asked_for_at_the_start_and_every_hour() -> None:
    upstream, clock = Upstream(), ManualClock()
    async with kept_ready(upstream, clock):
        assert await clock.sleeping() == [AGAIN_SECONDS]
        assert upstream.asked == [*PATHS]
        assert await next_round(upstream, clock) == AGAIN_SECONDS
        assert upstream.asked == [*PATHS, *PATHS]


async def test_who_is_not_there_or_does_not_answer_is_asked_soon_again() -> None:
    upstream, clock = Upstream(there=False), ManualClock()
    async with kept_ready(upstream, clock):
        assert await clock.sleeping() == [SOON_SECONDS]
        assert upstream.asked == []
        upstream.there, upstream.answers = True, False
        assert await next_round(upstream, clock) == SOON_SECONDS
        assert upstream.asked == [*PATHS]
        upstream.answers = True
        assert await next_round(upstream, clock) == AGAIN_SECONDS
