"""Which responses leave first, and how many bytes each of them frees."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection

from sqlalchemy import func, select
from sqlalchemy.engine import Connection

from ayon_proxy.cache.ports import Evictable
from ayon_proxy.storage.tables import response

ROW_BYTES = 128
"""What a row takes beside its long columns: numbers, and its place in four indexes."""

_sharing = response.alias("sharing")
OLDEST_FIRST = select(
    response.c.cache_key,
    response.c.digest,
    response.c.size,
    (
        func.length(response.c.url)
        + func.length(response.c.fields)
        + func.length(response.c.tags)
        + func.coalesce(func.length(response.c.inline), 0)
        + ROW_BYTES
    ).label("row_bytes"),
    select(func.count())
    .select_from(_sharing)
    .where(_sharing.c.digest == response.c.digest)
    .scalar_subquery()
    .label("references"),
).order_by(response.c.last_used_at)


def least_used(
    connection: Connection, bytes_wanted: int, spare: Collection[bytes]
) -> list[Evictable]:
    """The least recently used responses that free `bytes_wanted` together, oldest first.

    A blob is freed with the last response that refers to it; the others free their row alone.
    """
    leaving: list[Evictable] = []
    let_go: Counter[bytes] = Counter()
    with connection.execute(OLDEST_FIRST.execution_options(yield_per=256)) as rows:
        for row in rows:
            if bytes_wanted <= 0:
                break
            if row.digest in spare:
                continue
            freed = row.row_bytes
            if row.digest is not None:
                let_go[row.digest] += 1
                if let_go[row.digest] == row.references:
                    freed += row.size
            leaving.append(Evictable(row.cache_key, freed, row.digest))
            bytes_wanted -= freed
    return leaving
