"""How changes share transactions, without a clock in the way: a batch here has all the time."""

from __future__ import annotations

import asyncio
import threading
from collections import Counter
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import OperationalError

from ayon_proxy.storage import meta, schema
from ayon_proxy.storage.ahead_log import AheadLog
from ayon_proxy.storage.connections import connected
from ayon_proxy.storage.writer import Writer


class Batches:
    """A writer that is held until everything a test submits is waiting."""

    def __init__(self, path: Path) -> None:
        self.connection = connected(path, writing=True)
        schema.upgrade(self.connection, path)
        self.sizes: list[int] = []
        self.calls: Counter[str] = Counter()
        ahead = AheadLog(path.with_suffix(".ahead"), self.connection)
        self.writer = Writer(self.connection, ahead, self.sizes.append, batch_seconds=60.0)

    async def outcomes(
        self, *changes: Callable[[Connection], None], urgent: tuple[int, ...] = ()
    ) -> list[object]:
        started, go_on = threading.Event(), threading.Event()

        def hold(_connection: Connection) -> None:
            started.set()
            assert go_on.wait(10)

        held = asyncio.ensure_future(self.writer.submit(hold, urgent=True))
        await asyncio.to_thread(started.wait, 10)
        writes = [
            asyncio.ensure_future(self.writer.submit(change, urgent=number in urgent))
            for number, change in enumerate(changes)
        ]
        await asyncio.sleep(0)
        go_on.set()
        await held
        return list(await asyncio.gather(*writes, return_exceptions=True))

    def note(self, name: str, connection: Connection) -> None:
        self.calls[name] += 1
        meta.set_fact(connection, name, "written")

    def note_and_fail(self, name: str, connection: Connection) -> None:
        self.note(name, connection)
        connection.execute(text("SELECT * FROM no_such_table"))

    def known(self, *names: str) -> list[str]:
        with self.connection.begin():
            return [name for name in names if meta.fact(self.connection, name)]


@pytest.fixture
async def batches(tmp_path: Path) -> AsyncIterator[Batches]:
    batches = Batches(tmp_path / "index.sqlite")
    yield batches
    batches.writer.close()
    batches.connection.close()


async def test_what_waits_together_is_committed_together(batches: Batches) -> None:
    names = [f"{number}" for number in range(300)]
    await batches.outcomes(*(partial(batches.note, name) for name in names))
    batches.writer.close()
    assert batches.sizes == [1, 128, 128, 44]
    assert set(batches.calls.values()) == {1}


async def test_one_that_fails_takes_no_other_with_it(batches: Batches) -> None:
    before, failed, after = await batches.outcomes(
        partial(batches.note, "before"),
        partial(batches.note_and_fail, "half"),
        partial(batches.note, "after"),
    )
    assert (before, after) == (None, None)
    assert isinstance(failed, OperationalError)
    assert batches.calls["before"] == 2  # they did share a transaction
    batches.writer.close()
    assert batches.known("before", "half", "after") == ["before", "after"]


async def test_an_urgent_one_does_not_wait_for_the_others_of_its_batch(batches: Batches) -> None:
    await batches.outcomes(
        partial(batches.note, "a"),
        partial(batches.note, "b"),
        partial(batches.note, "C"),
        urgent=(2,),
    )
    batches.writer.close()
    assert batches.sizes == [2, 2]
    assert list(batches.calls) == ["C", "a", "b"]
