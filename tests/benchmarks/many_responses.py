"""A database with a million stored responses, filled past the proxy in well under a minute."""

from __future__ import annotations

import random
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from ayon_proxy.storage import invalidation_log
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.packing import row_values
from ayon_proxy.storage.statements import INVALIDATE, PUT
from tests.support.builders import stored_response

NUMBERS_OF_TAGS = (*[10] * 60, *[30] * 25, *[100] * 12, *[1000] * 3)
"""Most answers show one entity or a few, some a thousand; 56 tags on average."""

_ROWS_AT_ONCE = 10_000


async def fill(path: Path, responses: int, tags: int) -> None:
    """Make the database at `path`, with so many responses, and tags invalidated before them."""
    await Database.open(path).aclose()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA synchronous = OFF")
        connection.execute("PRAGMA cache_size = -200000")
        for some in _at_once(_responses(responses)):
            connection.executemany(PUT.sql, some)
        hashes = random.Random(2)
        for start in range(0, tags, 10):
            ten = [hashes.getrandbits(64) for _ in range(10)]
            row = invalidation_log.row(ten, start // 10 + 1, lasting=False)
            connection.execute(INVALIDATE.sql, row)
    connection.close()


def _responses(number: int) -> Iterator[dict[str, Any]]:
    """Rows in the order of their keys, which is what makes it quick."""
    chance = random.Random(1)
    row = row_values(stored_response(body=b"{}" * 50))
    width = (1 << 256) // number
    for position in range(number):
        yield {
            **row,
            "cache_key": (position * width).to_bytes(32, "big"),
            "url": f"/api/projects/bench/folders/{position:032x}",
            "tags": chance.randbytes(8 * chance.choice(NUMBERS_OF_TAGS)),
            "last_used_at": 1000.0 + position,
        }


def _at_once(every: Iterator[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    some: list[dict[str, Any]] = []
    for row in every:
        some.append(row)
        if len(some) == _ROWS_AT_ONCE:
            yield some
            some = []
    yield some
