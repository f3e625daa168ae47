"""A body on its way: memory, then a file, then a window when the disk refuses."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ayon_proxy.cache.file_part import READ_BYTES
from ayon_proxy.cache.space import Space
from ayon_proxy.cache.spool import INLINE_BYTES, WINDOW_BYTES, NobodyReads, Spool
from ayon_proxy.errors import StorageFailed, UpstreamBroke
from tests.cache.rig import settled
from tests.support.memory_ports import ManualClock, MemoryBlobStore

CHUNK = bytes(range(256)) * 256
"""64 KiB in which every place tells where it is."""


def pattern(size: int) -> bytes:
    return b"".join(b"%08d" % at for at in range(0, size + 8, 8))[:size]


def spool_over(
    blobs: MemoryBlobStore, *, inline_bytes: int = INLINE_BYTES, on_disk: bool = True
) -> Spool:
    space = Space(1 << 40, ManualClock())
    return Spool(blobs, space, inline_bytes=inline_bytes, on_disk=on_disk)


async def write(spool: Spool, content: bytes, size: int = 10_007) -> None:
    for at in range(0, len(content), size):
        await spool.append(content[at : at + size])
    spool.finish()


async def whole(chunks: AsyncIterator[bytes]) -> bytes:
    return b"".join([chunk async for chunk in chunks])


@pytest.mark.parametrize("size", [0, 1, INLINE_BYTES - 1, INLINE_BYTES])
async def test_a_small_body_stays_in_memory(size: int) -> None:
    blobs = MemoryBlobStore()
    spool = spool_over(blobs)
    reader = spool.join()
    await write(spool, pattern(size))
    assert spool.staged is None
    assert spool.memory == await whole(spool.follow(reader)) == pattern(size)
    await spool.leave(reader)
    await spool.close_when_read()


@pytest.mark.parametrize("chunk", [INLINE_BYTES + 1, 10_007, 65_536])
async def test_a_larger_one_is_a_file_from_its_first_byte_on(chunk: int) -> None:
    blobs = MemoryBlobStore()
    spool = spool_over(blobs)
    reader = spool.join()
    content = pattern(300_001)
    await write(spool, content, chunk)
    assert spool.staged is not None
    assert spool.staged.written == len(content)
    assert await spool.staged.read(0, len(content)) == content
    assert await whole(spool.follow(reader)) == content
    await spool.close_when_read()
    assert blobs.staged, "a reader holds the file"
    await spool.leave(reader)
    assert not blobs.staged


async def test_a_reader_takes_a_bounded_piece_at_once() -> None:
    spool = spool_over(MemoryBlobStore())
    reader = spool.join()
    await write(spool, pattern(1_000_000), 1_000_000)
    pieces = [len(piece) async for piece in spool.follow(reader)]
    assert max(pieces) == READ_BYTES
    await spool.leave(reader)
    await spool.close_when_read()


@pytest.mark.parametrize("room", [None, 0, 100_000], ids=["on disk", "window", "disk, then window"])
@pytest.mark.parametrize(
    ("start", "end"),
    [(0, 1), (5, 5), (70_000, 140_000), (250_000, None), (0, 10_000_000), (299_999, 300_000)],
)
async def test_a_reader_is_given_the_part_it_asks_for(
    room: int | None, start: int, end: int | None
) -> None:
    content = pattern(300_000)
    spool = spool_over(MemoryBlobStore(room=room))
    reader = spool.join()
    await write(spool, content)
    assert await whole(spool.follow(reader, start, end)) == content[start:end]
    await spool.leave(reader)
    await spool.close_when_read()


@pytest.mark.parametrize("room", [0, 65_536, 65_537, 200_000], ids=str)
async def test_when_the_disk_refuses_readers_at_all_places_read_on(room: int) -> None:
    blobs = MemoryBlobStore(room=room)
    spool = spool_over(blobs)
    content = pattern(400_003)
    readers = [spool.join() for _ in range(4)]
    streams = [spool.follow(reader) for reader in readers]
    received = [b"" for _ in readers]
    for index, at in enumerate(range(0, len(content), 9_973)):
        await spool.append(content[at : at + 9_973])
        turn = index % 3
        if turn < len(streams) - 1:
            received[turn] += await anext(streams[turn])
    spool.finish()
    assert spool.refused is not None
    assert not spool.joinable
    for turn, stream in enumerate(streams):
        received[turn] += await whole(stream)
    assert received == [content] * 4
    for reader in readers:
        await spool.leave(reader)
    await spool.close_when_read()
    assert not blobs.staged


async def test_a_first_write_that_fails_leaves_no_file() -> None:
    blobs = MemoryBlobStore(room=10)
    spool = spool_over(blobs)
    spool.join()
    await spool.append(pattern(1_000))
    await spool.append(pattern(100_000))
    assert spool.refused is not None
    assert not blobs.staged


async def test_the_window_waits_for_the_slowest_reader_and_stays_bounded() -> None:
    spool = spool_over(MemoryBlobStore(room=0), inline_bytes=0)
    quick, slow = spool.join(), spool.join()
    quick_stream, slow_stream = spool.follow(quick), spool.follow(slow)
    total = 3 * WINDOW_BYTES
    content = pattern(total)
    writing = asyncio.create_task(write(spool, content, len(CHUNK)))
    await settled()
    received = b""
    while len(received) < WINDOW_BYTES:
        received += await anext(quick_stream)
    await settled()
    held = sum(len(chunk) for chunk in spool._window)
    assert held <= WINDOW_BYTES + len(CHUNK)
    assert spool.size <= WINDOW_BYTES + len(CHUNK)
    assert not writing.done()
    also = await anext(slow_stream)
    await settled()
    assert sum(len(chunk) for chunk in spool._window) <= WINDOW_BYTES + len(CHUNK)
    reading = asyncio.create_task(whole(quick_stream))
    also += await whole(slow_stream)
    assert received + await reading == also == content
    await writing


async def test_the_window_goes_on_when_the_slowest_reader_leaves() -> None:
    spool = spool_over(MemoryBlobStore(room=0), inline_bytes=0)
    quick, slow = spool.join(), spool.join()
    content = pattern(3 * WINDOW_BYTES)
    writing = asyncio.create_task(write(spool, content, len(CHUNK)))
    reading = asyncio.create_task(whole(spool.follow(quick)))
    await settled()
    assert not writing.done()
    await spool.leave(slow)
    assert await reading == content
    await writing


async def test_when_the_last_reader_of_the_window_leaves_the_writer_hears() -> None:
    spool = spool_over(MemoryBlobStore(room=0), inline_bytes=0)
    reader = spool.join()
    writing = asyncio.create_task(write(spool, pattern(3 * WINDOW_BYTES), len(CHUNK)))
    await settled()
    await spool.leave(reader)
    await spool.leave(reader)
    with pytest.raises(NobodyReads):
        await writing


async def test_without_a_reader_a_body_that_is_kept_goes_on() -> None:
    spool = spool_over(MemoryBlobStore())
    await write(spool, pattern(3 * WINDOW_BYTES), len(CHUNK))
    assert spool.refused is None
    await spool.close_when_read()


async def test_who_needs_what_has_left_the_window_is_told() -> None:
    spool = spool_over(MemoryBlobStore(room=0), inline_bytes=0)
    reader = spool.join()
    writing = asyncio.create_task(write(spool, pattern(2 * WINDOW_BYTES), len(CHUNK)))
    await whole(spool.follow(reader))
    await writing
    with pytest.raises(StorageFailed, match="left the window"):
        await anext(spool.follow(reader, 0, 1))


async def test_readers_get_all_that_came_of_a_body_that_broke() -> None:
    spool = spool_over(MemoryBlobStore())
    reader = spool.join()
    await spool.append(b"half")
    spool.finish(UpstreamBroke("cut"))
    assert not spool.joinable
    stream = spool.follow(reader)
    assert await anext(stream) == b"half"
    with pytest.raises(UpstreamBroke, match="cut"):
        await anext(stream)


async def test_a_body_that_may_not_be_on_disk_never_is() -> None:
    blobs = MemoryBlobStore()
    spool = spool_over(blobs, on_disk=False)
    reader = spool.join()
    await write(spool, pattern(200_000))
    assert spool.refused is not None
    assert spool.staged is None
    assert not blobs.staged
    assert await whole(spool.follow(reader)) == pattern(200_000)


class TestFinished:
    async def test_is_when_the_body_is_whole(self) -> None:
        spool = spool_over(MemoryBlobStore())
        waiting = asyncio.create_task(spool.finished())
        await spool.append(b"x")
        await settled()
        assert not waiting.done()
        spool.finish()
        await waiting

    async def test_raises_when_it_never_will_be(self) -> None:
        spool = spool_over(MemoryBlobStore())
        waiting = asyncio.create_task(spool.finished())
        spool.finish(UpstreamBroke("cut"))
        with pytest.raises(UpstreamBroke):
            await waiting

    async def test_is_when_not_all_of_it_will_be_kept(self) -> None:
        """Else writer and reader would wait for each other."""
        spool = spool_over(MemoryBlobStore(room=0), inline_bytes=0)
        spool.join()
        waiting = asyncio.create_task(spool.finished())
        await spool.append(b"x")
        await asyncio.wait_for(waiting, 5)
        assert not spool.done


@given(
    room=st.none() | st.integers(0, 3000),
    inline=st.integers(0, 1000),
    chunks=st.lists(st.integers(1, 400), max_size=20),
    readers=st.lists(st.integers(0, 25), min_size=1, max_size=4),
)
@settings(max_examples=150, deadline=None)
async def test_whatever_refuses_when_every_reader_gets_every_byte(
    room: int | None, inline: int, chunks: list[int], readers: list[int]
) -> None:
    """`readers` are the steps after which each begins to read; all have joined before."""
    blobs = MemoryBlobStore(room=room)
    spool = spool_over(blobs, inline_bytes=inline)
    content = pattern(sum(chunks))
    joined = [(spool.join(), begins) for begins in readers]
    reading: list[asyncio.Task[bytes]] = []
    at = 0
    for step, size in enumerate(chunks):
        reading += [asyncio.create_task(whole(spool.follow(r))) for r, b in joined if b == step]
        await spool.append(content[at : at + size])
        at += size
        await asyncio.sleep(0)
    spool.finish()
    reading += [asyncio.create_task(whole(spool.follow(r))) for r, b in joined if b >= len(chunks)]
    assert await asyncio.gather(*reading) == [content] * len(readers)
    for reader, _ in joined:
        await spool.leave(reader)
    await spool.close_when_read()
    assert not blobs.staged
    assert (spool.refused is not None) == (room is not None and len(content) > max(room, inline))


def test_a_reader_costs_less_than_the_window() -> None:
    assert READ_BYTES * 200 <= 32 * 1024 * 1024
