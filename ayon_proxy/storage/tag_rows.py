"""The persisted part of the tag clock: functions of a connection.

What survives what. A commit is in the WAL, which the system holds, before the invalidation counts
as done: a process that is killed loses nothing. A power cut may lose the newest commits, since only
checkpoints sync (`connections`). But the responses and the tags are in one WAL, and SQLite recovers
a prefix of it: the newest commits are lost from the end on, so no response survives that was stored
after a lost invalidation. One that was stored before it does, and its tag is then older than it
should be. The change behind the invalidation was upstream's, and the cursor up to which the feed
has applied events is a row of that same WAL, committed after what it stands for: it goes back with
them, and the events are asked for again. So do the intents, which are there before a write is
sent; of the newest of them a power cut may take some, with writes sent in the same moment.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy.engine import Connection

from ayon_proxy.cache.ports import Invalidations
from ayon_proxy.storage import meta, statements
from ayon_proxy.storage.packing import signed, unsigned

FIRST = -(1 << 63)
"""The lowest hash as SQLite holds it."""

_SLICE = 500
"""Rows looked at in one change: less than a millisecond, for which an invalidation may wait."""


def rows(tag_hashes: Collection[int], seq: int, *, lasting: bool) -> list[dict[str, int]]:
    """Rows of `tag`."""
    mark = int(lasting)
    return [
        {"tag_hash": signed(one), "invalidated_seq": seq, "lasting": mark} for one in tag_hashes
    ]


def invalidate(invalidated: list[dict[str, int]], seq: int, connection: Connection) -> None:
    """Write them; an older number does not replace a newer one."""
    statements.INVALIDATE.run_all(connection, invalidated)
    note_reached(connection, seq)


def note_reached(connection: Connection, seq: int) -> None:
    """The clock never goes back: not even behind a response whose invalidation was never saved."""
    statements.REACH.run(connection, {"key": meta.HIGHEST_SEQ, "seq": str(seq)})


def raise_floor(floor: int, connection: Connection) -> bool:
    """Whether that was higher than it stood."""
    return statements.REACH.run(connection, {"key": meta.FLOOR, "seq": str(floor)}).rowcount > 0


def forget_some(floor: int, first: int, connection: Connection) -> int | None:
    """Forget what the floor allows among the next rows from that hash on; where to go on, None at
    the end of the table."""
    from_here = {"first": first, "number": _SLICE}
    looked_at = statements.TAGS_FROM.run(connection, from_here).fetchall()
    if not looked_at:
        return None
    last = int(looked_at[-1][0])
    within = {"first": first, "last": last, "floor": floor, "lasting": 0}
    statements.FORGET_TAGS.run(connection, within)
    return last + 1 if len(looked_at) == _SLICE else None


def invalidations(connection: Connection) -> Invalidations:
    """All of it."""
    # Past SQLAlchemy's rows: there may be a million.
    last, lasting = (
        {
            unsigned(one): seq
            for one, seq in statements.INVALIDATIONS.run(connection, {"lasting": mark})
        }
        for mark in (0, 1)
    )
    highest, floor = (
        int(meta.fact(connection, key) or 0) for key in (meta.HIGHEST_SEQ, meta.FLOOR)
    )
    return Invalidations(highest, floor, last, lasting)
