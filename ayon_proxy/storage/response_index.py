"""ResponseIndex in SQLite: what is stored. The tag clock's part of it is in `invalidation_log`.

Blob rows come and go in the transactions of the responses that refer to them, so the rows of `blob`
are exactly the blobs in use. Long work goes in slices, so that what matters now can go between.
"""

from __future__ import annotations

from collections.abc import Awaitable, Collection, Iterable, Iterator, Mapping
from functools import partial
from itertools import islice
from typing import TypeVar

from sqlalchemy.engine import Connection

from ayon_proxy.cache.ports import Evictable, Invalidations, Usage
from ayon_proxy.policy.message import StoredResponse
from ayon_proxy.storage import invalidation_log, statements
from ayon_proxy.storage.ahead_log import Ahead
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.eviction_order import least_used
from ayon_proxy.storage.free_space import occupied_bytes
from ayon_proxy.storage.packing import row_values, stored_from

T = TypeVar("T")

_READ_SLICE = 500
_WRITE_SLICE = 32
"""Rows written in one change: a few milliseconds, for which an invalidation may have to wait."""


class SqliteResponseIndex:
    """The `ResponseIndex` port over an open database."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def lookup(self, key: bytes) -> StoredResponse | None:
        def find(connection: Connection) -> StoredResponse | None:
            row = statements.FOUND.run(connection, {"key": key}).fetchone()
            return None if row is None else stored_from(key, row)

        return await self._database.read(find)

    async def store(self, response: StoredResponse) -> None:
        await self._database.write(partial(_put, response, row_values(response)))

    async def freshen(self, key: bytes, received_at: float, begun_seq: int) -> None:
        confirmed = {"key": key, "at": received_at, "seq": begun_seq}
        await self._database.write(partial(_freshen, confirmed, begun_seq))

    async def move(self, key: bytes, to: bytes) -> bool:
        return await self._database.write(partial(_move, key, to))

    async def touch(self, used: Mapping[bytes, float]) -> None:
        for some in _slices(used.items(), _WRITE_SLICE):
            times = [{"key": key, "at": at} for key, at in some]
            await self._database.write(partial(_touch_all, times))

    async def used_by(self, now: float) -> None:
        while await self._database.write(partial(_used_by, now)):
            pass

    async def forget(self, keys: Collection[bytes]) -> None:
        for some in _slices(keys, _WRITE_SLICE):
            await self._database.write(partial(_forget_all, some))
        if len(keys) > _WRITE_SLICE:
            # Deleting much grows the WAL by as much; whoever evicts must not see that as no gain.
            await self._database.empty_wal()

    async def least_used(self, bytes_wanted: int, spare: Collection[bytes]) -> list[Evictable]:
        spared = frozenset(spare)
        return await self._database.read(
            lambda connection: least_used(connection, bytes_wanted, spared)
        )

    def invalidate(
        self, tag_hashes: Collection[int], seq: int, *, lasting: bool = False
    ) -> Awaitable[None]:
        row = invalidation_log.row(tag_hashes, seq, lasting=lasting)
        return self._database.write_ahead(Ahead("invalidate", row))

    async def forget_invalidations(self, floor: int) -> None:
        more = await self._database.write(partial(invalidation_log.raise_floor, floor))
        while more:
            more = await self._database.write(partial(invalidation_log.forget_some, floor))

    async def invalidations(self) -> Invalidations:
        await self._database.carry_over()
        return await self._database.read(invalidation_log.invalidations)

    async def unreferenced(self, digests: Collection[bytes]) -> set[bytes]:
        left = set(digests)
        for some in _slices(digests, _READ_SLICE):
            left -= await self._database.read(partial(_referenced_of, some))
        return left

    async def usage(self) -> Usage:
        def count(connection: Connection) -> Usage:
            (blobs, blob_bytes), (responses, response_bytes) = connection.execute(statements.TALLY)
            on_disk = occupied_bytes(connection, self._database.path)
            return Usage(responses, response_bytes, blobs, blob_bytes, on_disk)

        return await self._database.read(count)


def _slices(of: Iterable[T], size: int) -> Iterator[list[T]]:
    rest = iter(of)
    while some := list(islice(rest, size)):
        yield some


def _put(stored: StoredResponse, values: dict[str, object], connection: Connection) -> None:
    present = statements.DIGEST_OF.run(connection, {"key": stored.key}).fetchone()
    statements.PUT.run(connection, values)
    if stored.digest is not None:
        statements.PUT_BLOB.run(connection, {"digest": stored.digest, "size": stored.size})
    if present not in {None, (None,), (stored.digest,)}:
        connection.execute(statements.DROP_UNUSED_BLOBS, {"digests": present})
    invalidation_log.note_reached(connection, stored.begun_seq)


def _freshen(confirmed: dict[str, object], begun_seq: int, connection: Connection) -> None:
    statements.FRESHEN.run(connection, confirmed)
    invalidation_log.note_reached(connection, begun_seq)


def _touch_all(times: list[dict[str, object]], connection: Connection) -> None:
    statements.TOUCH.run_all(connection, times)


def _used_by(now: float, connection: Connection) -> bool:
    """Whether there may be more of them."""
    changed = statements.USED_BY.run(connection, {"now": now, "number": _READ_SLICE}).rowcount
    return changed == _READ_SLICE


def _move(key: bytes, to: bytes, connection: Connection) -> bool:
    moving = statements.BEGUN_OF.run(connection, {"key": key}).fetchone()
    if moving is None:
        return False
    there = statements.BEGUN_OF.run(connection, {"key": to}).fetchone()
    if there is not None and there[0] > moving[0]:
        _forget_all([key], connection)
        return True
    _forget_all([to], connection)
    statements.MOVE.run(connection, {"key": key, "to": to})
    return True


def _forget_all(keys: list[bytes], connection: Connection) -> None:
    digests = connection.execute(statements.DIGESTS_OF, {"keys": keys}).scalars().all()
    connection.execute(statements.FORGET, {"keys": keys})
    if digests:
        connection.execute(statements.DROP_UNUSED_BLOBS, {"digests": digests})


def _referenced_of(digests: list[bytes], connection: Connection) -> set[bytes]:
    return set(connection.execute(statements.REFERENCED, {"digests": digests}).scalars())
