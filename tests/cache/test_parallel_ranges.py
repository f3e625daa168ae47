"""A large body over several streams: always the same bytes, in order, each asked for once.

Broken once, to see the tests fail: an answer that is not compared; what was written ahead shown
before its turn, or never; a stream that goes on past the part that was split off; one dropped that
readers wait for; no end of tries; what is under way left behind by a cancellation.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayon_proxy.cache.parallel_ranges import ParallelRanges, Representation, Streams
from ayon_proxy.cache.space import Space
from ayon_proxy.cache.spool import WINDOW_BYTES, NobodyReads, Spool
from ayon_proxy.errors import ProxyError, UpstreamBroke, UpstreamUnreachable
from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Fields, Head, Request
from ayon_proxy.policy.parallel import LOOK_SECONDS, MOST_STREAMS, VAIN_SECONDS
from tests.cache.rig import settled
from tests.support.memory_ports import ManualClock, MemoryBlobStore

MIB = 1 << 20
CONTENT = random.Random(3).randbytes(64 * MIB)
LENGTH = len(CONTENT)
TAG = b'"one"'
PAUSES = (0.2, 1.0)
CUT = UpstreamBroke("reset")


class Stream:
    """An answer of upstream's that sends when the test says so."""

    def __init__(self, head: Head, start: int, end: int, counted: Callable[[int], None]) -> None:
        self.head = head
        self.start, self.end = start, end
        self.sent = start
        self.closed = False
        self.wire_bytes = 0
        self._counted = counted
        self._steps: asyncio.Queue[int | ProxyError] = asyncio.Queue()

    def gives(self, size: int = LENGTH) -> None:
        """Send so many bytes more, at most to the end."""
        self._steps.put_nowait(size)

    def breaks(self) -> None:
        self._steps.put_nowait(CUT)

    async def chunks(self) -> AsyncIterator[bytes]:
        while self.sent < self.end:
            step = await self._steps.get()
            if isinstance(step, ProxyError):
                raise step
            last = min(self.end, self.sent + step)
            while self.sent < last:
                chunk = CONTENT[self.sent : min(last, self.sent + MIB)]
                self.sent += len(chunk)
                self._counted(len(chunk))
                yield chunk

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Body:
    """One body on its way, and all that the test moves."""

    room: int | None = None
    clock: ManualClock = field(default_factory=ManualClock)
    received: int = 0
    held: bool = False
    asked: list[tuple[int, int]] = field(default_factory=list)
    streams: list[Stream] = field(default_factory=list)
    instead: list[Head | ProxyError] = field(default_factory=list)
    """What upstream answers next in place of what it is asked for."""

    def __post_init__(self) -> None:
        self.blobs = MemoryBlobStore(room=self.room)
        space = Space(1 << 40, self.clock)
        self.spool = Spool(self.blobs, space, inline_bytes=1000)
        self.shared = Streams(self.clock, lambda: self.received, lambda: self.held)
        fields = ((b"etag", TAG), (b"content-length", b"%d" % LENGTH))
        head = Head(200, fields)
        wanted = Representation(Request("GET", b"/file"), head, TAG, LENGTH)
        self.reading = ParallelRanges(
            wanted, self.spool, self.trip, self.clock, self.shared, PAUSES
        )
        self.streams.append(Stream(head, 0, LENGTH, self.count))
        self.task = asyncio.create_task(self.read())

    def count(self, size: int) -> None:
        self.received += size

    async def read(self) -> None:
        try:
            await self.reading.read(self.streams[0])
        except UpstreamBroke as error:
            self.spool.finish(error)
            raise
        self.spool.finish()

    async def trip(self, request: Request) -> Stream:
        written = value(request.fields, b"range") or b""
        assert value(request.fields, b"if-range") == TAG
        start, last = map(int, written.removeprefix(b"bytes=").split(b"-"))
        self.asked.append((start // MIB, (last + 1) // MIB))
        answer = self.instead.pop(0) if self.instead else partial(start, last + 1)
        if isinstance(answer, ProxyError):
            raise answer
        stream = Stream(answer, start, last + 1, self.count)
        self.streams.append(stream)
        return stream

    async def looks(self) -> None:
        await settled()
        self.clock.advance(LOOK_SECONDS)
        await settled()

    async def at_a_stand(self) -> None:
        """One stream brings 4 MiB in each look, and no more."""
        for _ in range(2):
            self.streams[0].gives(4 * MIB)
            await self.looks()

    async def all_give(self) -> None:
        """Everything that is open sends all it has, until it is over."""
        for _ in range(30):
            for stream in self.streams:
                stream.gives()
            await settled()
            self.clock.advance(1)
            if self.task.done():
                break

    async def over(self) -> None:
        """All of it arrived, and nothing is left."""
        await self.all_give()
        await asyncio.wait_for(self.task, 5)
        assert self.spool.size == LENGTH
        assert all(stream.closed for stream in self.streams)
        assert not self.shared.bodies
        if self.spool.refused is None:
            assert self.spool.staged is not None
            assert await self.spool.staged.commit() == hashlib.sha256(CONTENT).digest()
        await self.spool.close_when_read()
        assert len(asyncio.all_tasks()) == 1


def partial(start: int, end: int, *, tag: bytes = TAG, total: int = LENGTH) -> Head:
    fields: Fields = (
        (b"etag", tag),
        (b"content-range", b"bytes %d-%d/%d" % (start, end - 1, total)),
    )
    return Head(206, fields)


async def test_one_stream_after_the_other_takes_half_while_the_whole_gets_quicker() -> None:
    body = Body()
    await body.at_a_stand()
    assert body.asked == [(36, 64)]
    for count in (2, 3):
        for stream in body.streams:
            stream.gives(4 * MIB)
        await body.looks()
        assert len(body.asked) == count
    assert len(body.streams) == MOST_STREAMS
    for stream in body.streams:
        stream.gives(4 * MIB)
    await body.looks()
    assert len(body.streams) == MOST_STREAMS
    await body.over()
    received = sum(stream.sent - stream.start for stream in body.streams)
    assert received < LENGTH + 30 * MIB, "a fake sends on until it is closed"


async def test_readers_see_what_is_next_and_nothing_that_was_written_ahead() -> None:
    body = Body()
    reader = body.spool.join()
    reading = body.spool.follow(reader)
    await body.at_a_stand()
    body.streams[1].gives(20 * MIB)
    await settled()
    assert body.spool.size == 8 * MIB
    received = b""
    while len(received) < 8 * MIB:
        received += await anext(reading)
    body.streams[0].gives(27 * MIB)
    await settled()
    assert body.spool.size == 35 * MIB
    body.streams[0].gives(MIB)
    await settled()
    assert body.spool.size == 56 * MIB
    following = asyncio.create_task(whole(reading))
    await body.all_give()
    assert received + await following == CONTENT
    await body.spool.leave(reader)
    await body.over()


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


async def test_one_that_brings_nothing_is_dropped_and_what_it_brought_stays() -> None:
    body = Body()
    await body.at_a_stand()
    for stream in body.streams:
        stream.gives(2 * MIB)
    await body.looks()
    assert body.streams[1].closed
    assert not body.shared.may_try
    await body.over()
    assert body.asked == [(36, 64), (38, 64)]
    body.clock.advance(VAIN_SECONDS)
    assert body.shared.may_try


async def test_one_that_readers_wait_for_is_not_dropped() -> None:
    body = Body()
    for _ in range(2):
        body.streams[0].gives(22 * MIB)
        await body.looks()
    assert body.asked == [(54, 64)]
    body.streams[0].gives(10 * MIB)
    body.streams[1].gives(8 * MIB)
    await body.looks()
    assert not body.streams[1].closed
    assert not body.shared.may_try
    await body.over()
    assert body.asked == [(54, 64)]


@pytest.mark.parametrize(
    "answer",
    [
        Head(200, ((b"etag", TAG),)),
        Head(206, ((b"etag", TAG),)),
        Head(416),
        Head(503),
        partial(36 * MIB, LENGTH, tag=b'"two"'),
        partial(36 * MIB, LENGTH, total=LENGTH + 1),
        partial(36 * MIB, LENGTH - 1),
        partial(0, LENGTH),
        UpstreamUnreachable("refused"),
        UpstreamBroke("reset"),
    ],
    ids=["200", "no range", "416", "503", "tag", "total", "short", "more", "refused", "reset"],
)
async def test_whatever_else_upstream_answers_the_first_stream_goes_on(
    answer: Head | ProxyError,
) -> None:
    body = Body(instead=[answer])
    await body.at_a_stand()
    assert len(body.asked) == 1
    for _ in range(3):
        body.streams[0].gives(4 * MIB)
        await body.looks()
    await body.over()
    assert len(body.asked) == 1


async def test_no_stream_is_opened_while_files_are_at_their_limit() -> None:
    body = Body(held=True)
    await body.at_a_stand()
    await body.at_a_stand()
    assert body.asked == []
    await body.over()


async def test_all_large_bodies_together_have_so_many_streams() -> None:
    bodies = [Body() for _ in range(2)]
    bodies[1].shared = bodies[1].reading._shared = bodies[0].shared
    for _ in range(8):
        for body in bodies:
            for stream in body.streams:
                stream.gives(MIB)
            bodies[0].received += MIB << len(bodies[0].streams + bodies[1].streams)
            await body.looks()
    assert sum(len(body.streams) for body in bodies) == MOST_STREAMS
    for body in bodies:
        body.task.cancel()
        await asyncio.gather(body.task, return_exceptions=True)
        await body.spool.close_when_read()


@pytest.mark.parametrize("which", [0, 1], ids=["the first", "the second"])
async def test_a_part_is_taken_up_where_its_stream_broke(which: int) -> None:
    body = Body()
    await body.at_a_stand()
    body.streams[which].gives(3 * MIB)
    body.streams[which].breaks()
    await settled()
    assert len(body.asked) == 1
    body.clock.advance(PAUSES[0])
    await settled()
    assert body.asked[1] == ((11, 36), (39, 64))[which]
    await body.over()


async def test_every_part_has_its_own_tries_and_after_the_last_all_is_given_up() -> None:
    body = Body()
    await body.at_a_stand()
    for pause in PAUSES:
        for stream in body.streams:
            stream.breaks()
        await settled()
        body.clock.advance(pause)
        await settled()
    assert len(body.asked) == 1 + 2 * len(PAUSES)
    assert not body.task.done()
    body.streams[-1].breaks()
    await settled()
    with pytest.raises(UpstreamBroke):
        await asyncio.wait_for(body.task, 5)
    assert all(stream.closed for stream in body.streams)
    await body.spool.close_when_read()
    assert not body.blobs.staged


async def test_another_file_in_the_place_of_a_part_that_broke_ends_it() -> None:
    body = Body()
    await body.at_a_stand()
    body.instead.append(partial(8 * MIB, 36 * MIB, tag=b'"two"'))
    body.streams[0].breaks()
    await settled()
    body.clock.advance(PAUSES[0])
    await settled()
    with pytest.raises(UpstreamBroke, match="not the one"):
        await asyncio.wait_for(body.task, 5)
    assert all(stream.closed for stream in body.streams)
    await body.spool.close_when_read()


@pytest.mark.parametrize("room", [10, 14, 18, 40], ids=lambda mib: f"{mib} MiB")
async def test_when_the_disk_refuses_readers_get_all_of_it_in_order(room: int) -> None:
    body = Body(room=room * MIB)
    reader = body.spool.join()
    reading = asyncio.create_task(whole(body.spool.follow(reader)))
    await body.at_a_stand()
    for _ in range(8):
        for stream in reversed(body.streams):
            stream.gives(3 * MIB)
        await settled()
    assert body.spool.refused is not None
    await body.all_give()
    assert await asyncio.wait_for(reading, 5) == CONTENT
    await body.spool.leave(reader)
    await body.over()
    assert body.spool.refused is not None


async def test_when_nothing_is_kept_and_nobody_reads_all_streams_end() -> None:
    body = Body(room=12 * MIB)
    await body.at_a_stand()
    for _ in range(4):
        for stream in body.streams:
            stream.gives(2 * WINDOW_BYTES)
        await settled()
    with pytest.raises(NobodyReads):
        await asyncio.wait_for(body.task, 5)
    assert all(stream.closed for stream in body.streams)
    await body.spool.close_when_read()


async def test_who_is_cancelled_leaves_nothing_behind() -> None:
    for steps in range(4):
        body = Body()
        if steps:
            await body.at_a_stand()
        if steps > 1:
            body.streams[1].gives(5 * MIB)
            body.streams[0].breaks()
            await settled()
        body.task.cancel()
        if steps == 3:
            await asyncio.sleep(0)
        await asyncio.gather(body.task, return_exceptions=True)
        await body.spool.close_when_read()
        assert steps == 0 or all(stream.closed for stream in body.streams)
        assert not body.blobs.staged
        assert not body.shared.bodies
        assert len(asyncio.all_tasks()) == 1


@given(
    st.lists(
        st.tuples(st.sampled_from(["gives", "breaks", "looks", "odd"]), st.integers(0, 5)),
        max_size=25,
    ),
    st.none() | st.integers(1, 70),
)
@settings(max_examples=3, deadline=None)
async def test_whatever_happens_readers_get_these_bytes_or_an_error(
    steps: list[tuple[str, int]], room: int | None
) -> None:
    body = Body(room=None if room is None else room * MIB)
    reader = body.spool.join()
    reading = asyncio.create_task(whole(body.spool.follow(reader)))
    await body.at_a_stand()
    for step, which in steps:
        stream = body.streams[which % len(body.streams)]
        if step == "gives":
            stream.gives((1 + which) * MIB + which)
        elif step == "breaks":
            stream.breaks()
        elif step == "odd":
            body.instead.append(Head(503) if which % 2 else UpstreamUnreachable("refused"))
        await (body.looks() if step == "looks" else settled(10))
    body.instead.clear()
    await body.all_give()
    await asyncio.wait({body.task, reading}, timeout=5)
    if body.task.exception() is None:
        assert reading.result() == CONTENT
        await body.spool.leave(reader)
        await body.over()
    else:
        assert isinstance(reading.exception(), UpstreamBroke)
        await body.spool.leave(reader)
        await body.spool.close_when_read()
    assert all(stream.closed for stream in body.streams)
