"""Facts about the installation, by name."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.dialects.sqlite import insert
from sqlalchemy.engine import Connection

from ayon_proxy.storage.statements import REACH
from ayon_proxy.storage.tables import meta

UPSTREAM_URL = "upstream_url"
HIGHEST_SEQ = "highest_seq"
FLOOR = "floor"
CARRIED = "carried"
"""The number of the last change that was carried over from the log ahead of the database."""


def fact(connection: Connection, key: str) -> str | None:
    """What is known under the key."""
    return connection.execute(select(meta.c.value).where(meta.c.key == key)).scalar()


def set_fact(connection: Connection, key: str, value: str) -> None:
    """Know it from now on."""
    known = insert(meta).values(key=key, value=value)
    connection.execute(known.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def reach(connection: Connection, key: str, number: int) -> bool:
    """A number that never sinks; whether it was higher than what was known."""
    return REACH.run(connection, {"key": key, "number": str(number)}).rowcount > 0
