"""Killed at any moment, the next process finds no wrong, half or dangling answer."""

from __future__ import annotations

import hashlib
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from ayon_proxy.cache.ports import Invalidations
from ayon_proxy.storage.blob_store import FileBlobStore
from ayon_proxy.storage.data_directory import DataDirectory
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.response_index import SqliteResponseIndex
from tests.storage.crashing_program import KEPT, NEW, OLD

CHECKOUT = Path(__file__).parents[2]


@contextmanager
def running(directory: Path, point: str) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "tests.storage.crashing_program", str(directory), point]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()
    assert process.returncode == -signal.SIGKILL


def lines(process: subprocess.Popen[str], count: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(count)]


@dataclass
class Reopened:
    """The directory as the next process finds it."""

    index: SqliteResponseIndex
    journal: SqliteJournal
    blobs: FileBlobStore
    directory: Path

    async def body(self, key: bytes) -> bytes | None:
        """The stored body, after a proof that it is whole and what the row says."""
        stored = await self.index.lookup(key)
        if stored is None:
            return None
        assert stored.digest is not None
        blob = await self.blobs.open(stored.digest)
        assert blob is not None, "a row without its blob"
        body = await blob.read(0, blob.size)
        await blob.aclose()
        assert len(body) == stored.size
        assert hashlib.sha256(body).digest() == stored.digest
        return body

    async def clear_away(self) -> None:
        """What the janitor does after a start."""
        await self.blobs.drop_abandoned()
        await self.blobs.delete(await self.index.unreferenced(await self.blobs.digests()))

    def staged(self) -> list[Path]:
        return list((self.directory / "staging").iterdir())


@asynccontextmanager
async def reopened(directory: Path) -> AsyncIterator[Reopened]:
    data = DataDirectory.open(directory)
    database = Database.open(data.database)
    blobs = FileBlobStore(directory)
    assert database.notice is None
    yield Reopened(SqliteResponseIndex(database), SqliteJournal(database), blobs, directory)
    await blobs.aclose()
    await database.aclose()
    data.close()


def digests(*bodies: bytes | None) -> set[bytes]:
    return {hashlib.sha256(body).digest() for body in bodies if body is not None}


@pytest.mark.parametrize(
    ("point", "found", "orphans", "abandoned"),
    [
        ("half written", OLD, (), 1),
        ("before rename", OLD, (), 1),
        ("before row", OLD, (NEW,), 0),
        ("in transaction", OLD, (NEW,), 0),
        ("after row", NEW, (OLD,), 0),
        ("before unlink", None, (OLD,), 0),
    ],
)
async def test_a_kill_leaves_the_old_answer_or_the_new_one_whole(
    tmp_path: Path, point: str, found: bytes | None, orphans: tuple[bytes, ...], abandoned: int
) -> None:
    with running(tmp_path, point) as process:
        assert lines(process, 1) == [f"at {point}"]
    async with reopened(tmp_path) as after:
        assert await after.body(b"key") == found
        assert await after.body(b"kept") == KEPT
        assert await after.blobs.digests() == digests(KEPT, found, *orphans)
        assert len(after.staged()) == abandoned
        await after.clear_away()
        assert await after.blobs.digests() == digests(KEPT, found)
        assert after.staged() == []
        assert await after.body(b"key") == found


async def test_a_kill_loses_no_invalidation_and_nothing_of_the_journal(tmp_path: Path) -> None:
    with running(tmp_path, "invalidated") as process:
        assert lines(process, 1) == ["at invalidated"]
    async with reopened(tmp_path) as after:
        assert await after.index.invalidations() == Invalidations(7, 0, {5: 7, 1 << 63: 7}, {}, 2)
        assert await after.journal.open_intents() == {b"later": {5}}
        assert await after.journal.recall("cursor") == b"here"


@pytest.mark.parametrize("point", ["written ahead", "half carried over", "carried over"])
async def test_a_kill_loses_nothing_that_was_written_ahead_and_repeats_nothing(
    tmp_path: Path, point: str
) -> None:
    with running(tmp_path, point) as process:
        assert lines(process, 1) == [f"at {point}"]
    last = {5: 7, 1 << 63: 7, **{number << 8: number for number in range(1, 8)}}
    async with reopened(tmp_path) as after:
        assert await after.index.invalidations() == Invalidations(7, 0, last, {}, 21)
        assert await after.journal.open_intents() == {b"later": {5}}
        await after.index.invalidate([6], 8)
    async with reopened(tmp_path) as again:
        assert (await again.index.invalidations()).last == {**last, 6: 8}


async def test_a_kill_while_old_tags_are_forgotten_leaves_the_floor(tmp_path: Path) -> None:
    with running(tmp_path, "half forgotten") as process:
        assert lines(process, 1) == ["at half forgotten"]
    async with reopened(tmp_path) as after:
        known = await after.index.invalidations()
        assert (known.highest_seq, known.floor) == (1000, 900)
        assert 0 < len(set(range(1, 901)) - known.last.keys()) < 900
        assert set(range(901, 1001)) <= known.last.keys()
        await after.index.forget_invalidations(950)
        assert set((await after.index.invalidations()).last) == set(range(951, 1001))


@pytest.mark.parametrize("moment", [1, 6, 23, 57], ids=lambda moment: f"after {moment}")
async def test_a_kill_under_load_loses_nothing_that_was_said_to_be_stored(
    tmp_path: Path, moment: int
) -> None:
    with running(tmp_path, "many") as process:
        said = lines(process, moment)
    numbers = [int(line.removeprefix("stored ")) for line in said]
    assert len(numbers) == moment
    async with reopened(tmp_path) as after:
        for number in numbers:
            assert await after.body(b"%d" % number) == b"%d " % number * 20_000
        for number in range(max(numbers) + 8):  # those under way are there whole or not at all
            assert await after.body(b"%d" % number) in {None, b"%d " % number * 20_000}
        await after.clear_away()
        usage = await after.index.usage()
        assert len(await after.blobs.digests()) == usage.blobs == usage.responses
        assert after.staged() == []
