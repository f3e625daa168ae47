"""Safe reads that meet trouble are tried again inside; nothing else is.

Broken once, to see the tests fail: a third try; writes tried again; no pause; Retry-After passed
over; a Retry-After of a minute waited for; a response that is not closed before the next try.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ayon_proxy.cache.retrying import Retrying
from ayon_proxy.errors import (
    ProxyError,
    RedirectedNowhere,
    UpstreamBroke,
    UpstreamTroubled,
    UpstreamUnreachable,
)
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.patience import Patience
from tests.cache.rig import settled
from tests.support.memory_ports import ManualClock, MemoryUpstream, MemoryUpstreamResponse
from tests.support.memory_upstream import Answer

READ = Request("GET", b"/api/projects/demo")
QUESTION = Request("POST", b"/graphql")
WRITE = Request("POST", b"/api/projects/demo/folders")

REFUSED, RESET = UpstreamUnreachable("refused"), UpstreamBroke("reset")
GOOD = Answer(200, (), (b"ok",))

Outcome = MemoryUpstreamResponse | ProxyError


class Asking:
    """One request through `Retrying`, by a clock that the test moves."""

    def __init__(self, *answers: Answer | ProxyError, request: Request = READ) -> None:
        self.upstream, self.clock = MemoryUpstream(), ManualClock()
        self.upstream.answers(request.target, *answers)
        self.request = request
        self.retrying = Retrying(
            self.upstream,
            self.clock,
            Patience(),
            safe=lambda request: classify(request).safe,
            chance=lambda: 0.5,
        )

    async def outcome(self, *, most: float = 10.0) -> tuple[object, float]:
        """What comes of it, and after how many seconds."""
        asking = asyncio.create_task(self.retrying.send(self.request, b"{}"))
        passed = 0.0
        while not asking.done() and passed < most:
            await settled(10)
            self.clock.advance(0.1)
            passed += 0.1
        await asyncio.wait({asking}, timeout=1)
        outcome: object = asking.exception() or asking.result()
        return outcome, passed

    @property
    def tries(self) -> int:
        return len(self.upstream.sent)


@pytest.mark.parametrize("request_", [READ, QUESTION], ids=["GET", "question"])
@pytest.mark.parametrize(
    "trouble",
    [REFUSED, RESET, *(Answer(status) for status in (429, 502, 503, 504, 524))],
    ids=str,
)
@pytest.mark.parametrize("number", [1, 2])
async def test_a_read_is_tried_three_times_within_a_second(
    trouble: Answer | ProxyError, number: int, request_: Request
) -> None:
    asking = Asking(*[trouble] * number, GOOD, request=request_)
    outcome, seconds = await asking.outcome()
    assert isinstance(outcome, MemoryUpstreamResponse)
    assert outcome.head.status == 200
    assert asking.tries == number + 1
    assert 0.2 * number <= seconds <= 1.2
    assert all(each.closed.is_set() for each in asking.upstream.responses[:-1])


@pytest.mark.parametrize(
    ("trouble", "given"),
    [(REFUSED, UpstreamUnreachable), (RESET, UpstreamBroke), (Answer(503), UpstreamTroubled)],
    ids=str,
)
async def test_then_it_is_given_up(trouble: Answer | ProxyError, given: type[ProxyError]) -> None:
    asking = Asking(trouble)
    outcome, _ = await asking.outcome()
    assert isinstance(outcome, given)
    assert asking.tries == 3
    assert all(each.closed.is_set() for each in asking.upstream.responses)


async def test_too_many_requests_is_given_as_ayon_said_it_in_the_end() -> None:
    asking = Asking(Answer(429, (), (b"busy",)))
    outcome, _ = await asking.outcome()
    assert isinstance(outcome, MemoryUpstreamResponse)
    assert (outcome.head.status, outcome.closed.is_set()) == (429, False)
    assert asking.tries == 3


@pytest.mark.parametrize(
    "trouble", [REFUSED, RESET, Answer(429), Answer(502), Answer(503)], ids=str
)
async def test_a_write_is_sent_once_and_its_answer_given_as_it_came(
    trouble: Answer | ProxyError,
) -> None:
    asking = Asking(trouble, GOOD, request=WRITE)
    outcome, _ = await asking.outcome()
    assert asking.tries == 1
    if isinstance(trouble, Answer):
        assert isinstance(outcome, MemoryUpstreamResponse)
        assert outcome.head.status == trouble.status
    else:
        assert outcome is trouble


async def test_a_redirect_that_leads_nowhere_is_not_followed_again() -> None:
    asking = Asking(RedirectedNowhere("in circles"), GOOD)
    outcome, _ = await asking.outcome()
    assert isinstance(outcome, RedirectedNowhere)
    assert asking.tries == 1


@pytest.mark.parametrize("status", [200, 304, 400, 401, 403, 404, 409, 422, 500, 501])
async def test_any_other_answer_is_the_answer(status: int) -> None:
    asking = Asking(Answer(status))
    outcome, _ = await asking.outcome()
    assert isinstance(outcome, MemoryUpstreamResponse)
    assert asking.tries == 1


@pytest.mark.parametrize(
    ("said", "tries", "least"),
    [(b"1", 2, 1.0), (b"0", 3, 0.7), (b"2", 1, 0.0), (b"60", 1, 0.0), (b"Fri, 1 Jan", 1, 0.0)],
)
async def test_who_is_told_when_to_come_again_comes_then_or_not_at_all(
    said: bytes, tries: int, least: float
) -> None:
    asking = Asking(Answer(503, ((b"retry-after", said),)))
    outcome, seconds = await asking.outcome()
    assert isinstance(outcome, UpstreamTroubled)
    assert asking.tries == tries
    assert least <= seconds <= 2.0


async def test_one_that_took_long_is_not_tried_again() -> None:
    asking = Asking(Answer(503, head_after=(head := asyncio.Event())), GOOD)
    sending = asyncio.create_task(asking.retrying.send(READ))
    await settled()
    asking.clock.advance(1.9)
    head.set()
    with pytest.raises(UpstreamTroubled):
        await sending
    assert asking.tries == 1


async def test_a_body_that_streams_is_sent_once() -> None:
    async def stream() -> AsyncIterator[bytes]:
        yield b"{}"

    asking = Asking(Answer(503), GOOD, request=QUESTION)
    with pytest.raises(UpstreamTroubled):
        await asking.retrying.send(QUESTION, stream())
    assert asking.tries == 1
