"""What `cache` relies on in a BlobStore, the fake and the real one alike."""

from __future__ import annotations

import asyncio
import hashlib
import random

import pytest

from ayon_proxy.cache.ports import BlobStore
from ayon_proxy.errors import StorageFailed

BODY = random.Random(2).randbytes(300_007)
DIGEST = hashlib.sha256(BODY).digest()


async def put(blobs: BlobStore, body: bytes) -> bytes:
    staged = await blobs.stage()
    await staged.write(body)
    digest = await staged.commit()
    await staged.aclose()
    return digest


@pytest.mark.parametrize("chunk_size", [1 << 20, 65_536, 9_973], ids=str)
async def test_a_body_comes_back_byte_for_byte(blobs: BlobStore, chunk_size: int) -> None:
    staged = await blobs.stage()
    for start in range(0, len(BODY), chunk_size):
        await staged.write(BODY[start : start + chunk_size])
    assert await staged.commit() == DIGEST
    await staged.aclose()

    blob = await blobs.open(DIGEST)
    assert blob is not None
    assert blob.size == len(BODY)
    assert await blob.read(0, len(BODY) + 1) == BODY
    assert await blob.read(100_000, 17) == BODY[100_000:100_017]
    assert await blob.read(len(BODY) - 5, 100) == BODY[-5:]
    assert await blob.read(len(BODY), 1) == b""
    assert await blob.read(len(BODY) + 100, 1) == b""
    await blob.aclose()


async def test_an_empty_body_is_a_blob(blobs: BlobStore) -> None:
    digest = await put(blobs, b"")
    assert digest == hashlib.sha256().digest()
    blob = await blobs.open(digest)
    assert blob is not None
    assert (blob.size, await blob.read(0, 10)) == (0, b"")
    await blob.aclose()


async def test_an_unknown_digest_is_no_blob(blobs: BlobStore) -> None:
    assert await blobs.open(DIGEST) is None
    assert not blobs.reading


class TestStaged:
    async def test_readers_see_what_is_written_and_no_more(self, blobs: BlobStore) -> None:
        staged = await blobs.stage()
        assert await staged.read(0, 10) == b""
        await staged.write(b"first")
        assert staged.written == 5
        assert await staged.read(1, 100) == b"irst"
        assert await staged.read(5, 100) == b""
        assert await staged.read(50, 100) == b""
        await staged.write(b"second")
        assert await staged.read(3, 4) == b"stse"
        await staged.aclose()

    async def test_what_is_written_ahead_counts_when_it_is_taken_up(self, blobs: BlobStore) -> None:
        staged = await blobs.stage()
        await staged.write(BODY[:1000])
        await staged.write_ahead(200_000, BODY[200_000:])
        await staged.write_ahead(1500, BODY[1500:100_000])
        assert (staged.written, blobs.staged_bytes) == (1000, len(BODY) - 100_500)
        assert await staged.read(1500, 10) == b""
        await staged.write(BODY[1000:1500])
        assert staged.written == 1500
        for size in (1, 50_000, 100_000 - 51_501):
            await staged.take_up(size)
        assert staged.written == 100_000
        assert await staged.read(99_990, 100) == BODY[99_990:100_000]
        await staged.write(BODY[100_000:200_000])
        await staged.take_up(len(BODY) - 200_000)
        assert blobs.staged_bytes == staged.written == len(BODY)
        assert await staged.commit() == DIGEST
        await staged.aclose()

    async def test_what_was_not_written_ahead_can_not_be_taken_up(self, blobs: BlobStore) -> None:
        staged = await blobs.stage()
        await staged.write(BODY)
        with pytest.raises(StorageFailed):
            await staged.take_up(10)
        with pytest.raises(StorageFailed):
            await staged.commit()
        await staged.aclose()

    @pytest.mark.parametrize("end", ["commit", "discard"])
    async def test_readers_read_on_after_its_end(self, blobs: BlobStore, end: str) -> None:
        staged = await blobs.stage()
        await staged.write(BODY)
        await getattr(staged, end)()
        assert staged.written == len(BODY)
        parts = await asyncio.gather(*(staged.read(start, 1000) for start in range(0, 9000, 1000)))
        assert b"".join(parts) == BODY[:9000]
        await staged.aclose()

    async def test_nobody_reads_after_it_is_closed(self, blobs: BlobStore) -> None:
        staged = await blobs.stage()
        await staged.write(BODY)
        await staged.aclose()
        with pytest.raises(StorageFailed):
            await staged.read(0, 1)

    @pytest.mark.parametrize("end", ["commit", "discard", "aclose"])
    async def test_nothing_is_added_after_its_end(self, blobs: BlobStore, end: str) -> None:
        staged = await blobs.stage()
        await staged.write(BODY)
        await getattr(staged, end)()
        with pytest.raises(StorageFailed):
            await staged.write(b"more")
        with pytest.raises(StorageFailed):
            await staged.commit()
        await staged.aclose()

    @pytest.mark.parametrize("end", ["discard", "aclose"])
    async def test_what_was_not_committed_is_no_blob(self, blobs: BlobStore, end: str) -> None:
        staged = await blobs.stage()
        await staged.write(BODY)
        await getattr(staged, end)()
        await staged.aclose()
        assert await blobs.digests() == set()
        assert blobs.staged_bytes == 0

    async def test_discarding_after_the_commit_takes_nothing_back(self, blobs: BlobStore) -> None:
        staged = await blobs.stage()
        await staged.write(BODY)
        await staged.commit()
        await staged.discard()
        await staged.aclose()
        await staged.aclose()
        assert await blobs.digests() == {DIGEST}
        assert not blobs.reading

    async def test_its_bytes_are_counted_until_it_is_a_blob_or_gone(self, blobs: BlobStore) -> None:
        kept, dropped = await blobs.stage(), await blobs.stage()
        await kept.write(bytes(1000))
        await dropped.write(bytes(500))
        assert blobs.staged_bytes == 1500
        await kept.commit()
        assert blobs.staged_bytes == 500
        await dropped.discard()
        await dropped.aclose()
        assert blobs.staged_bytes == 0
        await kept.aclose()


async def test_two_bodies_of_the_same_bytes_are_one_blob(blobs: BlobStore) -> None:
    first, second = await blobs.stage(), await blobs.stage()
    for staged in (first, second):
        await staged.write(BODY)
    digests = await asyncio.gather(first.commit(), second.commit())
    assert list(digests) == [DIGEST, DIGEST]
    assert await second.read(0, 10) == BODY[:10]
    await first.aclose()
    await second.aclose()
    assert await blobs.digests() == {DIGEST}
    assert not blobs.reading


class TestDeletion:
    async def test_a_deleted_blob_is_gone(self, blobs: BlobStore) -> None:
        other = await put(blobs, b"other")
        await put(blobs, BODY)
        await blobs.delete([DIGEST, hashlib.sha256(b"never stored").digest()])
        assert await blobs.digests() == {other}
        assert await blobs.open(DIGEST) is None

    async def test_it_does_not_cut_off_a_reader(self, blobs: BlobStore) -> None:
        await put(blobs, BODY)
        blob = await blobs.open(DIGEST)
        assert blob is not None
        await blobs.delete([DIGEST])
        assert await blob.read(0, len(BODY)) == BODY
        await blob.aclose()

    async def test_it_spares_what_was_committed_and_may_get_its_row_now(
        self, blobs: BlobStore
    ) -> None:
        staged = await blobs.stage()
        await staged.write(BODY)
        await staged.commit()
        assert DIGEST in blobs.reading
        await blobs.delete([DIGEST])
        assert await blobs.digests() == {DIGEST}
        await staged.aclose()
        await blobs.delete([DIGEST])
        assert await blobs.digests() == set()


async def test_reading_names_a_blob_until_its_last_reader_has_left(blobs: BlobStore) -> None:
    await put(blobs, BODY)
    first, second = await blobs.open(DIGEST), await blobs.open(DIGEST)
    assert first is not None
    assert second is not None
    assert set(blobs.reading) == {DIGEST}
    await first.aclose()
    await first.aclose()
    assert set(blobs.reading) == {DIGEST}
    with pytest.raises(StorageFailed):
        await first.read(0, 1)
    await second.aclose()
    assert not blobs.reading


async def test_abandoned_bodies_are_dropped_and_living_ones_are_not(blobs: BlobStore) -> None:
    staged = await blobs.stage()
    await staged.write(BODY)
    await blobs.drop_abandoned()
    assert await staged.commit() == DIGEST
    await staged.aclose()
    assert await blobs.digests() == {DIGEST}
