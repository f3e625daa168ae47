"""Files keep to the bandwidth that is set, and nothing else is held back.

Broken once, to see the tests fail: questions paced, too; uploads not; a pace for each file; no
schedule; the head held back; both directions in one.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from ayon_proxy.cache.pacing import Pace, PacedFiles
from ayon_proxy.policy.bandwidth import CREDIT_SECONDS
from ayon_proxy.policy.message import Fields, Request
from tests.cache.rig import ADDON, FOLDER, file, ok, settled
from tests.support.memory_ports import ManualClock, MemoryUpstream

PIECE = bytes(100)
RATE = 100
"""A piece a second."""

UPLOAD = b"/api/projects/demo/files"
BINARY = ((b"content-type", b"application/octet-stream"),)
JSON = ((b"content-type", b"application/json"),)


class Line:
    """Files over a clock that the test moves; `limited` while the limit holds."""

    def __init__(self) -> None:
        self.clock = ManualClock()
        self.upstream = MemoryUpstream()
        self.limited = True
        self.down, self.up = (Pace(RATE, lambda: not self.limited, self.clock) for _ in range(2))
        self.files = PacedFiles(self.upstream, self.down, self.up)
        self.got: dict[bytes, int] = {}

    async def read(self, target: bytes) -> None:
        """Read a body, noting how much of it has come."""
        path, _, query = target.partition(b"?")
        response = await self.files.send(Request("GET", path, query))
        self.got[target] = 0
        async for chunk in response.chunks():
            self.got[target] += len(chunk)
            assert response.wire_bytes >= self.got[target]
        await response.aclose()

    async def passes(self, seconds: float) -> None:
        for _ in range(round(10 * seconds)):
            self.clock.advance(0.1)
            await settled(20)


@pytest.fixture
def line() -> Line:
    line = Line()
    pieces = [PIECE] * 100
    line.upstream.answers(ADDON, file(b"".join(pieces), b'"one"', *pieces))
    line.upstream.answers(FOLDER, ok(*pieces))
    return line


async def test_a_file_comes_at_the_rate_and_its_head_at_once(line: Line) -> None:
    reading = asyncio.create_task(line.read(ADDON))
    await settled()
    assert line.got == {ADDON: 0}
    for seconds in range(1, 6):
        await line.passes(1)
        assert line.got[ADDON] == pytest.approx(seconds * RATE, abs=RATE * CREDIT_SECONDS + 1)
        assert line.down.holds
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_a_question_does_not_wait_while_files_do(line: Line) -> None:
    reading = asyncio.create_task(line.read(ADDON))
    await settled()
    await asyncio.wait_for(line.read(FOLDER), 5)
    assert line.got == {ADDON: 0, FOLDER: 100 * len(PIECE)}
    reading.cancel()
    await asyncio.gather(reading, return_exceptions=True)


async def test_files_share_the_rate_in_equal_parts(line: Line) -> None:
    names = [ADDON + b"?%d" % number for number in range(4)]
    for name in names:
        line.upstream.answers(name, file(PIECE * 100, b'"one"', *[PIECE] * 100))
    reading = [asyncio.create_task(line.read(name)) for name in names]
    await settled()
    await line.passes(40)
    for name in names:
        assert line.got[name] == pytest.approx(10 * RATE, abs=len(PIECE))
    for each in reading:
        each.cancel()
    await asyncio.gather(*reading, return_exceptions=True)


async def test_while_it_is_unlimited_nobody_waits(line: Line) -> None:
    line.limited = False
    await asyncio.wait_for(line.read(ADDON), 5)
    assert line.got[ADDON] == 100 * len(PIECE)
    assert not line.down.holds


async def test_the_limit_begins_and_ends_in_the_middle_of_a_file(line: Line) -> None:
    reading = asyncio.create_task(line.read(ADDON))
    await line.passes(5)
    assert line.got[ADDON] < 10 * len(PIECE)
    line.limited = False
    await line.passes(2)
    await asyncio.wait_for(reading, 5)
    assert line.got[ADDON] == 100 * len(PIECE)


@pytest.mark.parametrize(("fields", "sent_at_once"), [(BINARY, False), (JSON, True)])
async def test_an_upload_keeps_to_its_own_rate(
    line: Line, fields: Fields, sent_at_once: bool
) -> None:
    """Though a download holds the line in the other direction."""
    taken = 0

    async def body() -> AsyncIterator[bytes]:
        nonlocal taken
        for _ in range(5):
            taken += 1
            yield PIECE

    line.upstream.answers(UPLOAD, ok(b"{}"))
    down = asyncio.create_task(line.read(ADDON))
    await line.passes(0.1)
    request = Request("POST", UPLOAD, b"", fields)
    up = asyncio.create_task(line.files.send(request, body()))
    await settled()
    assert (taken == 5) == sent_at_once
    await line.passes(4)
    assert taken == 5
    assert up.done() == sent_at_once
    await line.passes(1)
    await (await up).aclose()
    assert line.upstream.sent[-1].body == 5 * PIECE
    down.cancel()
    await asyncio.gather(down, return_exceptions=True)
