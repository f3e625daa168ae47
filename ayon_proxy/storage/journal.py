"""Journal in SQLite: small facts by name, and invalidations that are still to be done.

Intents are written ahead of the database (`ahead_log`), as invalidations are: a client's write, or
an event, waits for them. Facts go into the urgent lane.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Mapping
from functools import partial

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from ayon_proxy.policy.tags import unpack
from ayon_proxy.storage.ahead_log import Ahead
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.packing import packed_hashes
from ayon_proxy.storage.prepared import Prepared
from ayon_proxy.storage.tables import intent, journal

_RECALL = Prepared(select(journal.c.content).where(journal.c.name == bindparam("name")))
_remember = insert(journal).values(name=bindparam("name"), content=bindparam("content"))
_REMEMBER = Prepared(
    _remember.on_conflict_do_update(
        index_elements=["name"], set_={"content": _remember.excluded.content}
    )
)
_INTENTS = select(intent.c.intent, intent.c.tags)


class SqliteJournal:
    """The `Journal` port over an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def recall(self, name: str) -> bytes | None:
        def find(connection: Connection) -> bytes | None:
            row = _RECALL.run(connection, {"name": name}).fetchone()
            return None if row is None else bytes(row[0])

        return await self._database.read(find)

    async def remember(self, name: str, content: bytes) -> None:
        fact = {"name": name, "content": content}
        await self._database.write(partial(_run, _REMEMBER, fact), urgent=True)

    def open_intent(self, intent: bytes, tag_hashes: Collection[int]) -> Awaitable[None]:
        values = {"intent": intent, "tags": packed_hashes(tag_hashes)}
        return self._database.write_ahead(Ahead("open", values))

    async def close_intent(self, intent: bytes) -> None:
        await self._database.write_ahead(Ahead("close", {"name": intent}))

    async def open_intents(self) -> Mapping[bytes, Collection[int]]:
        def all_open(connection: Connection) -> dict[bytes, frozenset[int]]:
            rows = connection.execute(_INTENTS)
            return {named: frozenset(unpack(tags)) for named, tags in rows}

        await self._database.carry_over()
        return await self._database.read(all_open)


def _run(statement: Prepared, values: Mapping[str, object], connection: Connection) -> None:
    statement.run(connection, values)
