"""The persisted part of the tag clock: a log of invalidations, functions of a connection.

One row for each, at the end of its table: a commit writes one page, however many tags fall. A row
for each tag, under its hash, was ten pages for an event, all over the table.

What survives what. Before an invalidation counts as done it is in the log ahead of the database
(`ahead_log`) or in the WAL, which the system holds: a process that is killed loses nothing. A power
cut may lose the newest commits, since only checkpoints sync (`connections`), and the log. But
responses, invalidations and the feed's cursor are in one WAL, each behind the invalidations that
were done before it was submitted, and SQLite recovers a prefix of it, so that what is lost is lost
from the end on, whatever is left of the log:

* A response that was stored after a lost invalidation is lost too.
* One that was stored before stays, and its tags look untouched. The cursor was written after the
  invalidations of the events that it stands for, so it goes back with them, and at the start these
  events are asked for again; nothing is fresh under the long lifetimes before that is done.
* Of a write of a client's own the intent may be lost, if it was sent in the last moment before the
  cut. Its event is asked for again like the others; what has none, the change scan finds.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.engine import Connection

from ayon_proxy.cache.ports import Invalidations
from ayon_proxy.policy.tags import unpack
from ayon_proxy.storage import meta, statements
from ayon_proxy.storage.packing import packed_hashes

_SLICE = 200
"""Rows forgotten in one change: less than a millisecond, for which an invalidation may wait."""


def row(tag_hashes: Collection[int], seq: int, *, lasting: bool) -> dict[str, int | bytes]:
    """A row of `invalidation`."""
    return {"lasting": int(lasting), "seq": seq, "tags": packed_hashes(tag_hashes)}


def note_reached(connection: Connection, seq: int) -> None:
    """The clock never goes back: not even behind a response whose invalidation was never saved."""
    meta.reach(connection, meta.HIGHEST_SEQ, seq)


def raise_floor(floor: int, connection: Connection) -> bool:
    """Whether that was higher than it stood."""
    return meta.reach(connection, meta.FLOOR, floor)


def forget_some(floor: int, connection: Connection) -> bool:
    """Forget some of what the floor allows; whether there may be more."""
    allowed = {"lasting": 0, "floor": floor, "number": _SLICE}
    return statements.FORGET_INVALIDATIONS.run(connection, allowed).rowcount == _SLICE


def invalidations(connection: Connection) -> Invalidations:
    """All of it."""
    # Past SQLAlchemy's rows: there may be hundreds of thousands.
    known: tuple[dict[int, int], dict[int, int]] = ({}, {})
    highest, floor = (
        int(meta.fact(connection, key) or 0) for key in (meta.HIGHEST_SEQ, meta.FLOOR)
    )
    logged = 0
    for lasting, seq, packed in statements.INVALIDATIONS.run(connection, {}):
        tags = unpack(packed)
        known[lasting].update(dict.fromkeys(tags, seq))
        highest = max(highest, seq)
        logged += 0 if lasting else len(tags)
    return Invalidations(max(highest, floor), floor, known[0], known[1], logged)
