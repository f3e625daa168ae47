"""The line knows whether upstream is there, and counts what crosses it."""

from __future__ import annotations

import asyncio

import pytest

from ayon_proxy.cache.line import Line
from ayon_proxy.cache.traffic import Traffic
from ayon_proxy.errors import UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.reachability import State
from tests.cache.rig import ok, settled
from tests.support.memory_ports import ManualClock, MemoryUpstream, MemoryUpstreamResponse
from tests.support.memory_upstream import Answer

ONE, TWO = Request("GET", b"/one"), Request("GET", b"/two")


class HeldFailure(MemoryUpstream):
    """Requests for /one fail, but only when `held` is set."""

    held: asyncio.Event

    async def send(
        self, request: Request, *args: object, **kwargs: object
    ) -> MemoryUpstreamResponse:
        if request == ONE:
            await self.held.wait()
            raise UpstreamUnreachable("timed out")
        return await super().send(request)


@pytest.fixture
def upstream() -> HeldFailure:
    upstream = HeldFailure()
    upstream.held = asyncio.Event()
    upstream.answers(b"/two", ok(b"body"))
    return upstream


@pytest.fixture
def line(upstream: HeldFailure) -> Line:
    return Line(upstream, ManualClock(), Traffic())


async def test_a_request_that_fails_alone_speaks_for_upstream(
    line: Line, upstream: HeldFailure
) -> None:
    upstream.held.set()
    with pytest.raises(UpstreamUnreachable):
        await line.send(ONE)
    assert not line.reachability.online
    assert line.reachability.last_error == "timed out"
    with pytest.raises(UpstreamUnreachable, match="timed out"):
        await line.send(TWO)
    assert upstream.sent == []


async def test_one_that_is_slow_while_others_are_answered_does_not(
    line: Line, upstream: HeldFailure
) -> None:
    slow = asyncio.create_task(line.send(ONE))
    await settled()
    await (await line.send(TWO)).aclose()
    upstream.held.set()
    with pytest.raises(UpstreamUnreachable):
        await slow
    assert line.reachability.online


async def test_a_connection_that_is_lost_says_nothing_of_upstream(line: Line) -> None:
    line._upstream = upstream = MemoryUpstream()
    upstream.answers(b"/two", UpstreamBroke("reset"))
    with pytest.raises(UpstreamBroke):
        await line.send(TWO)
    assert line.reachability.online


async def test_bytes_are_counted_as_they_cross_and_once(line: Line) -> None:
    response = await line.send(TWO)
    async for chunk in response.chunks():
        assert chunk == b"body"
        assert line._traffic.bytes_from_upstream == 4
    await response.aclose()
    assert line._traffic.bytes_from_upstream == response.wire_bytes == 4


async def test_who_is_asked_to_stay_away_again_and_again_is_not_served_in_time() -> None:
    upstream = MemoryUpstream()
    upstream.answers(b"/one", Answer(429))
    line = Line(upstream, ManualClock(), Traffic())
    for state in (State.ONLINE, State.ONLINE, State.SLOW):
        await (await line.send(ONE)).aclose()
        assert line.reachability.state is state


async def test_what_cuts_the_probe_again_and_again_is_away() -> None:
    upstream = MemoryUpstream()
    upstream.answers(b"/api/info", UpstreamBroke("cut"))
    line = Line(upstream, ManualClock(), Traffic())
    for state in (State.ONLINE, State.ONLINE, State.OFFLINE):
        await line.probe()
        assert line.reachability.state is state
    assert line.reachability.last_error == "cut"
