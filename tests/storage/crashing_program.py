"""A program that stores and deletes, and stands still at a chosen point to be killed there.

    python -m tests.storage.crashing_program DIRECTORY POINT

It prints `at <point>` and waits. The points inside of a commit or a deletion are where Python
announces the system call, so no code of the store is touched.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import NoReturn

from sqlalchemy.engine import Connection

from ayon_proxy.policy.message import StoredResponse
from ayon_proxy.storage import invalidation_log, statements
from ayon_proxy.storage.blob_store import FileBlobStore
from ayon_proxy.storage.data_directory import DataDirectory
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.packing import row_values
from ayon_proxy.storage.response_index import SqliteResponseIndex
from ayon_proxy.storage.staged_blob import FileStagedBlob
from tests.support.builders import stored_response

OLD = b"old " * 40_000
NEW = b"new " * 50_001
KEPT = b"kept " * 20_000
"""Bodies: what the store holds, what is on its way in its place, what has nothing to do with it."""


def response(key: bytes, body: bytes) -> StoredResponse:
    return stored_response(key, body=body, in_blob=True)


def stand_still(point: str) -> NoReturn:
    print(f"at {point}", flush=True)
    while True:
        threading.Event().wait()


def stand_still_before(system_call: str, point: str) -> None:
    """At the first such call of any thread (Python's audit events)."""

    def hook(event: str, _arguments: tuple[object, ...]) -> None:
        if event == system_call:
            stand_still(point)

    sys.addaudithook(hook)


class Program:
    """The steps of storing NEW in place of OLD, and of forgetting OLD."""

    def __init__(self, directory: Path) -> None:
        self.database = Database.open(DataDirectory.open(directory).database)
        self.index = SqliteResponseIndex(self.database)
        self.journal = SqliteJournal(self.database)
        self.blobs = FileBlobStore(directory)

    async def put(self, key: bytes, body: bytes) -> None:
        staged = await self.written(body)
        await staged.commit()
        await self.index.store(response(key, body))
        await staged.aclose()

    async def written(self, body: bytes) -> FileStagedBlob:
        staged = await self.blobs.stage()
        for start in range(0, len(body), 65_536):
            await staged.write(body[start : start + 65_536])
        return staged

    async def half_written(self, point: str) -> None:
        await self.written(NEW[:100_000])
        stand_still(point)

    async def before_rename(self, point: str) -> None:
        staged = await self.written(NEW)
        stand_still_before("os.rename", point)
        await staged.commit()

    async def before_row(self, point: str) -> None:
        await (await self.written(NEW)).commit()
        stand_still(point)

    async def in_transaction(self, point: str) -> None:
        await (await self.written(NEW)).commit()
        row = row_values(response(b"key", NEW))

        def never_end(connection: Connection) -> None:
            statements.PUT.run(connection, row)
            stand_still(point)

        await self.database.write(never_end)

    async def after_row(self, point: str) -> None:
        await self.put(b"key", NEW)
        stand_still(point)

    async def before_unlink(self, point: str) -> None:
        await self.index.forget([b"key"])
        stand_still_before("os.remove", point)
        orphans = await self.index.unreferenced(await self.blobs.digests())
        await self.blobs.delete(orphans)

    async def invalidated(self, point: str) -> None:
        await asyncio.gather(
            self.index.invalidate([5, 1 << 63], 7),
            self.journal.open_intent(b"later", [5]),
            self.journal.remember("cursor", b"here"),
        )
        stand_still(point)

    async def written_ahead(self, point: str) -> None:
        """The writer is in the middle of something, and never comes."""
        in_transaction = threading.Event()

        def never_end(_connection: Connection) -> None:
            in_transaction.set()
            threading.Event().wait()

        writing = asyncio.ensure_future(self.database.write(never_end))
        await asyncio.to_thread(in_transaction.wait)
        for number in range(1, 8):
            await self.index.invalidate([5, 1 << 63, number << 8], number)
        await self.journal.open_intent(b"later", [5])
        await self.journal.open_intent(b"over", [5])
        await self.journal.close_intent(b"over")
        assert not writing.done()
        stand_still(point)

    async def half_carried_over(self, point: str) -> None:
        """In the transaction that carries it over, before it ends."""
        for number in range(1, 8):
            await self.index.invalidate([5, 1 << 63, number << 8], number)
        await self.journal.open_intent(b"later", [5])

        def never_end(_connection: Connection) -> None:
            stand_still(point)

        await self.database.write(never_end)

    async def carried_over(self, point: str) -> None:
        """The log still holds what the database has; and some of what comes next."""
        for number in range(1, 6):
            await self.index.invalidate([5, 1 << 63, number << 8], number)
        await self.journal.open_intent(b"later", [5])
        await self.database.carry_over()
        for number in (6, 7):
            await self.index.invalidate([5, 1 << 63, number << 8], number)
        stand_still(point)

    async def half_forgotten(self, point: str) -> None:
        """Past the floor, in the middle of the slices."""
        await asyncio.gather(*(self.index.invalidate([seq], seq) for seq in range(1, 1001)))
        await self.database.write(partial(invalidation_log.raise_floor, 900))
        await self.database.write(partial(invalidation_log.forget_some, 900))
        stand_still(point)

    async def many(self, _point: str) -> None:
        """Store without end, several at once, each announced when it is done."""

        async def store_and_say(number: int) -> None:
            await self.put(b"%d" % number, b"%d " % number * 20_000)
            print(f"stored {number}", flush=True)

        for start in range(0, 1_000_000, 4):
            await asyncio.gather(*(store_and_say(start + one) for one in range(4)))


POINTS: dict[str, Callable[[Program, str], object]] = {
    "half written": Program.half_written,
    "before rename": Program.before_rename,
    "before row": Program.before_row,
    "in transaction": Program.in_transaction,
    "after row": Program.after_row,
    "before unlink": Program.before_unlink,
    "invalidated": Program.invalidated,
    "written ahead": Program.written_ahead,
    "half carried over": Program.half_carried_over,
    "carried over": Program.carried_over,
    "half forgotten": Program.half_forgotten,
    "many": Program.many,
}


async def main(directory: str, point: str) -> None:
    program = Program(Path(directory))
    await program.put(b"kept", KEPT)
    await program.put(b"key", OLD)
    step = POINTS[point](program, point)
    assert asyncio.iscoroutine(step)
    await step


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
