"""What only the database can show: that it lasts, gives space back, and never reads it all."""

from __future__ import annotations

import asyncio
import os
import random
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Select
from sqlalchemy.dialects import sqlite
from sqlalchemy.engine import Connection

from ayon_proxy.cache.ports import Invalidations
from ayon_proxy.errors import StorageFailed
from ayon_proxy.policy.message import StoredResponse
from ayon_proxy.storage import statements
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.eviction_order import OLDEST_FIRST
from ayon_proxy.storage.response_index import SqliteResponseIndex
from tests.support.builders import stored_response

MEBIBYTE = 1 << 20


def written_out(statement: Select[*tuple[object, ...]]) -> str:
    asked = statement.params(digests=[b""])
    return str(asked.compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))


def large(key: bytes) -> StoredResponse:
    return stored_response(key, body=os.urandom(10_000))


def bytes_in(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.iterdir())


async def store_all(index: SqliteResponseIndex, count: int) -> list[bytes]:
    responses = [large(b"%d" % number) for number in range(count)]
    await asyncio.gather(*(index.store(response) for response in responses))
    return [response.key for response in responses]


async def test_everything_is_there_after_reopening(path: Path) -> None:
    response = stored_response(begun_seq=3, in_blob=True)
    database = Database.open(path)
    index = SqliteResponseIndex(database)
    await index.store(response)
    await index.invalidate([1 << 63, 7], 4)
    usage = await index.usage()
    await database.aclose()

    database = Database.open(path)
    index = SqliteResponseIndex(database)
    assert await index.lookup(response.key) == response
    assert await index.invalidations() == Invalidations(4, 0, {1 << 63: 4, 7: 4}, {}, 2)
    assert replace(await index.usage(), database_bytes=0) == replace(usage, database_bytes=0)
    await database.aclose()


class TestSpace:
    async def test_usage_covers_the_files(
        self, database: Database, index: SqliteResponseIndex, path: Path
    ) -> None:
        await store_all(index, 200)
        on_disk = bytes_in(path.parent)
        assert (await index.usage()).database_bytes >= 200 * 10_000
        # What is in the WAL has not all reached the file yet.
        assert (await index.usage()).database_bytes >= on_disk
        assert (await index.usage()).database_bytes - on_disk < 6 * MEBIBYTE

    @pytest.mark.parametrize("forgotten", [60, 800], ids=["left free", "given back"])
    async def test_forgetting_makes_room_at_once(
        self, database: Database, index: SqliteResponseIndex, forgotten: int
    ) -> None:
        """Else whoever evicts would let go of more than it must."""
        keys = await store_all(index, 1000)
        await database.empty_wal()
        full = (await index.usage()).database_bytes
        await index.forget(keys[:forgotten])
        room = full - (await index.usage()).database_bytes
        assert forgotten * 10_000 < room < forgotten * 13_000

    async def test_forgetting_gives_space_back_to_the_file_system(self, path: Path) -> None:
        database = Database.open(path)
        index = SqliteResponseIndex(database)
        keys = await store_all(index, 1000)
        await index.forget(keys[10:])
        await database.aclose()
        assert os.stat(path).st_size < 2 * MEBIBYTE  # noqa: PTH116 (a test)

    async def test_one_forgetting_does_not_hold_up_writes_for_long(
        self, index: SqliteResponseIndex
    ) -> None:
        """It goes in slices: a store that comes after it need not wait for its end."""
        keys = await store_all(index, 2000)
        forgetting = asyncio.ensure_future(index.forget(keys))
        await asyncio.sleep(0)
        await index.store(stored_response(b"urgent"))
        assert not forgetting.done()
        await forgetting
        assert (await index.usage()).responses == 1


async def test_the_tally_is_what_a_count_would_give(
    database: Database, index: SqliteResponseIndex
) -> None:
    def counted(connection: Connection) -> list[tuple[int, ...]]:
        tables = ("response", "blob")
        questions = (f"SELECT count(*), coalesce(sum(size), 0) FROM {table}" for table in tables)
        return [tuple(connection.exec_driver_sql(one).one()) for one in questions]

    chance = random.Random(1)
    for _ in range(300):
        body = b"x" * chance.randrange(9)
        key = b"%d" % chance.randrange(20)
        if chance.random() < 0.3:
            await index.forget([key, b"%d" % chance.randrange(20)])
        else:
            await index.store(stored_response(key, body=body, in_blob=chance.random() < 0.5))
        usage = await index.usage()
        assert await database.read(counted) == [
            (usage.responses, usage.response_bytes),
            (usage.blobs, usage.blob_bytes),
        ]


class TestPlans:
    """Each frequent question is answered from an index, whatever the number of responses."""

    @pytest.mark.parametrize(
        ("question", "plan"),
        [
            (statements.FOUND.sql, ["USING INDEX sqlite_autoindex_response_1 (cache_key=?)"]),
            (written_out(statements.REFERENCED), ["USING COVERING INDEX ix_response_digest"]),
            (
                written_out(OLDEST_FIRST),
                [
                    "USING INDEX ix_response_last_used_at",
                    "CORRELATED SCALAR SUBQUERY",
                    "USING COVERING INDEX ix_response_digest",
                ],
            ),
        ],
        ids=["look-up", "references", "least used"],
    )
    async def test_it_uses(self, database: Database, question: str, plan: list[str]) -> None:
        def explain(connection: Connection) -> list[str]:
            asked = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {question}", {"key": b""})
            return [step.detail for step in asked]

        steps = await database.read(explain)
        assert len(steps) == len(plan)
        for step, part in zip(steps, plan, strict=True):
            assert part in step


async def test_every_question_to_a_closed_index_raises_storage_failed(path: Path) -> None:
    database = Database.open(path)
    index = SqliteResponseIndex(database)
    await database.aclose()
    questions = [
        index.lookup(b"key"),
        index.store(stored_response()),
        index.freshen(b"key", 1.0, 1),
        index.touch({b"key": 1.0}),
        index.forget([b"key"]),
        index.least_used(1, ()),
        index.invalidate([1], 1),
        index.forget_invalidations(1),
        index.invalidations(),
        index.unreferenced([b"digest"]),
        index.usage(),
    ]
    for question in questions:
        with pytest.raises(StorageFailed):
            await question
