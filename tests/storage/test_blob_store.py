"""What only files can show: where they lie, full disks, cancelled callers, lost bytes."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import os
import random
import resource
import stat
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest

from ayon_proxy.errors import CannotStart, StorageFailed
from ayon_proxy.storage.blob_store import FileBlobStore

BODY = b"body " * 30_000
DIGEST = hashlib.sha256(BODY).digest()


@pytest.fixture
async def blobs(tmp_path: Path) -> AsyncIterator[FileBlobStore]:
    store = FileBlobStore(tmp_path)
    yield store
    await store.aclose()


def files(root: Path) -> dict[str, int]:
    """Path and permissions of everything below the root."""
    return {
        str(path.relative_to(root)): stat.S_IMODE(path.stat().st_mode) for path in root.rglob("*")
    }


def staged_files(root: Path) -> list[Path]:
    return list((root / "staging").iterdir())


def open_below(root: Path) -> list[Path]:
    """Files below the root that this process has open."""
    targets = []
    for descriptor in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # the one that lists them
            targets.append(descriptor.readlink())
    return [target for target in targets if target.is_relative_to(root)]


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


async def put(blobs: FileBlobStore, body: bytes) -> bytes:
    staged = await blobs.stage()
    await staged.write(body)
    digest = await staged.commit()
    await staged.aclose()
    return digest


async def test_a_blob_lies_under_its_digest_for_its_owner_alone(
    blobs: FileBlobStore, tmp_path: Path
) -> None:
    digest = (await put(blobs, BODY)).hex()
    assert files(tmp_path) == {
        "blobs": 0o700,
        "blobs/VERSION": 0o600,
        f"blobs/{digest[:2]}": 0o700,
        f"blobs/{digest[:2]}/{digest[2:]}": 0o600,
        "staging": 0o700,
    }


async def test_blobs_are_there_after_reopening(blobs: FileBlobStore, tmp_path: Path) -> None:
    await put(blobs, BODY)
    again = FileBlobStore(tmp_path)
    assert await again.digests() == {DIGEST}
    await again.aclose()


@pytest.mark.parametrize("version", ["2\n", ""], ids=["newer", "empty"])
def test_a_tree_of_another_form_is_refused(tmp_path: Path, version: str) -> None:
    (tmp_path / "blobs").mkdir()
    (tmp_path / "blobs" / "VERSION").write_text(version)
    with pytest.raises(CannotStart, match="made by another"):
        FileBlobStore(tmp_path)


def test_a_place_that_cannot_be_used_is_refused(tmp_path: Path) -> None:
    (tmp_path / "blobs").write_text("not a directory")
    with pytest.raises(CannotStart, match="can't be used"):
        FileBlobStore(tmp_path)


async def test_strange_files_are_no_blobs(blobs: FileBlobStore, tmp_path: Path) -> None:
    await put(blobs, BODY)
    shard = tmp_path / "blobs" / DIGEST.hex()[:2]
    for strange in (shard / "lost", tmp_path / "blobs" / "lost+found"):
        await asyncio.to_thread(strange.mkdir)
    assert await blobs.digests() == {DIGEST}


async def test_a_blob_that_lost_bytes_is_replaced_by_the_next_of_its_digest(
    blobs: FileBlobStore, tmp_path: Path
) -> None:
    await put(blobs, BODY)
    name = DIGEST.hex()
    os.truncate(tmp_path / "blobs" / name[:2] / name[2:], 10)
    await put(blobs, BODY)
    blob = await blobs.open(DIGEST)
    assert blob is not None
    assert await blob.read(0, len(BODY)) == BODY
    await blob.aclose()


async def test_what_an_earlier_process_staged_is_dropped(
    blobs: FileBlobStore, tmp_path: Path
) -> None:
    (tmp_path / "staging" / "abandoned").write_bytes(b"half")
    staged = await blobs.stage()
    await staged.write(BODY)
    await blobs.drop_abandoned()
    assert len(staged_files(tmp_path)) == 1
    await staged.commit()
    await staged.aclose()


async def test_a_body_too_large_for_the_disk_is_not_stored_but_read_on(
    blobs: FileBlobStore, tmp_path: Path
) -> None:
    staged = await blobs.stage()
    with largest_file(100_000):
        await staged.write(bytes(60_000))
        with pytest.raises(StorageFailed, match="File too large"):
            await staged.write(bytes(60_000))
    assert staged.written == 60_000
    assert await staged.read(0, 100_000) == bytes(60_000)
    for refused in (staged.write(b"more"), staged.commit()):  # a gap would be a wrong body
        with pytest.raises(StorageFailed):
            await refused
    await staged.aclose()
    assert await blobs.digests() == set()
    assert staged_files(tmp_path) == []


async def test_a_store_that_cannot_make_files_raises_and_leaves_nothing(
    blobs: FileBlobStore, tmp_path: Path
) -> None:
    (tmp_path / "staging").rmdir()
    with pytest.raises(StorageFailed, match="No such file"):
        await blobs.stage()
    assert blobs.staged_bytes == 0


async def test_a_commit_that_fails_leaves_no_blob_and_holds_none(
    blobs: FileBlobStore, tmp_path: Path
) -> None:
    staged = await blobs.stage()
    await staged.write(BODY)
    for path in (tmp_path / "staging").iterdir():
        path.unlink()
    with pytest.raises(StorageFailed, match="No such file"):
        await staged.commit()
    assert await staged.read(0, 4) == BODY[:4]
    await staged.aclose()
    assert await blobs.digests() == set()
    assert not blobs.reading


async def test_a_closed_store_raises_storage_failed(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path)
    await blobs.aclose()
    with pytest.raises(StorageFailed, match="closed"):
        await blobs.open(DIGEST)


async def test_cancelling_at_any_moment_leaves_no_file_open_or_staged(tmp_path: Path) -> None:
    blobs = FileBlobStore(tmp_path)

    async def whole_life() -> None:
        staged = await blobs.stage()
        try:
            await staged.write(BODY)
            await staged.read(0, 1000)
            digest = await staged.commit()
        finally:
            await staged.aclose()
        if blob := await blobs.open(digest):
            try:
                await blob.read(0, 1000)
            finally:
                await blob.aclose()

    moments = random.Random(1)
    lives: list[asyncio.Future[None]] = []
    for _ in range(30):  # more at once than threads, so that some are cancelled while they queue
        living = [asyncio.ensure_future(whole_life()) for _ in range(12)]
        lives += living
        while living:
            for _ in range(moments.randrange(30)):
                await asyncio.sleep(0)
            living.pop(moments.randrange(len(living))).cancel()
    await asyncio.gather(*lives, return_exceptions=True)
    await blobs.aclose()  # waits for the threads
    gc.collect()
    assert open_below(tmp_path) == []
    assert staged_files(tmp_path) == []
    assert not blobs.reading
    assert blobs.staged_bytes == 0


async def test_readers_follow_a_writer_without_a_wrong_byte(blobs: FileBlobStore) -> None:
    body = os.urandom(3 * 1024 * 1024 + 7)
    staged = await blobs.stage()
    grown = asyncio.Condition()

    async def write() -> None:
        for start in range(0, len(body), 50_000):
            await staged.write(body[start : start + 50_000])
            async with grown:
                grown.notify_all()
        await staged.commit()

    async def follow(size: int) -> bytes:
        pieces: list[bytes] = []
        start = 0
        while start < len(body):
            async with grown:
                while staged.written == start:
                    await grown.wait()
            pieces.append(await staged.read(start, size))
            start += len(pieces[-1])
        return b"".join(pieces)

    *followed, _ = await asyncio.gather(*(follow(1000 * n) for n in range(5, 60, 7)), write())
    assert all(got == body for got in followed)
    await staged.aclose()
