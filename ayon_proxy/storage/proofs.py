"""Proofs in SQLite: what upstream has said of callers, under their HMACs."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import partial

from sqlalchemy import bindparam, delete, select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from ayon_proxy.storage.database import Database
from ayon_proxy.storage.prepared import Prepared
from ayon_proxy.storage.tables import proof

_KNOWN = select(proof.c.principal, proof.c.proved_at, proof.c.content).order_by(proof.c.proved_at)
_keep = insert(proof).values({each.name: bindparam(each.name) for each in proof.columns})
_KEEP = Prepared(
    _keep.on_conflict_do_update(
        index_elements=["principal"],
        set_={"proved_at": _keep.excluded.proved_at, "content": _keep.excluded.content},
    )
)
_DROP = Prepared(delete(proof).where(proof.c.principal == bindparam("principal")))


class SqliteProofs:
    """The `Proofs` port over an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def known(self) -> Mapping[bytes, tuple[float, bytes]]:
        def read(connection: Connection) -> dict[bytes, tuple[float, bytes]]:
            rows = connection.execute(_KNOWN)
            return {principal: (at, content) for principal, at, content in rows}

        return await self._database.read(read)

    async def keep(self, principal: bytes, proved_at: float, content: bytes) -> None:
        row = {"principal": principal, "proved_at": proved_at, "content": content}
        await self._database.write(partial(_kept, row))

    async def drop(self, principals: Collection[bytes]) -> None:
        rows = [{"principal": principal} for principal in principals]
        await self._database.write(partial(_dropped, rows), urgent=True)


def _kept(row: dict[str, object], connection: Connection) -> None:
    _KEEP.run(connection, row)


def _dropped(rows: list[dict[str, bytes]], connection: Connection) -> None:
    _DROP.run_all(connection, rows)
