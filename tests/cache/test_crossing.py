"""A look-up that crosses the end of another's fetch: neither stored yet when the index was asked,
nor under way any more when its answer came."""

from __future__ import annotations

import asyncio

from tests.cache.rig import FOLDER, Rig, ok, settled
from tests.cache.test_store import SteppedIndex


async def test_a_read_that_missed_the_end_of_a_fetch_looks_again() -> None:
    index = SteppedIndex()
    rig = Rig(index=index)
    end = asyncio.Event()
    rig.upstream.answers(FOLDER, ok(b"{", end, b"}"))
    first = await rig.begin(FOLDER)
    late = index.hold("after lookup")
    crossing = asyncio.create_task(rig.ask(FOLDER))
    await settled()
    end.set()
    assert b"".join([chunk async for chunk in first.body.stream()]) == b"{}"
    await first.body.aclose()
    await rig.cache.in_flight.idle()
    late.set()
    assert (await crossing).cache_status.startswith(b"ayon-proxy; hit")
    assert rig.asked(FOLDER) == 1
