"""The schema. `migrations/` builds it; a test asserts that both agree.

    response   what is stored under a cache key; its body is `inline` or the blob named `digest`
    blob       the blobs that responses refer to
    invalidation   which tags were invalidated when, packed as in `response`: one small row each
    tally      how many rows `response` and `blob` have, and their sizes added up; kept by triggers
    journal    small facts of `cache` by name
    intent     invalidations that are still to be done, their tags packed as in `response`
    proof      what upstream has said of a caller, and when
    meta       facts about the installation, and the highest sequence number of the tag clock

The long columns of `response` stand last, so that reading the short ones follows no overflow page.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

response = Table(
    "response",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("cache_key", LargeBinary, nullable=False, unique=True),
    Column("status", Integer, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("digest", LargeBinary, index=True),
    Column("begun_seq", BigInteger, nullable=False),
    Column("requested_at", Float, nullable=False),
    Column("received_at", Float, nullable=False),
    Column("last_used_at", Float, nullable=False, index=True),
    Column("url", Text, nullable=False),
    Column("fields", LargeBinary, nullable=False),
    Column("tags", LargeBinary, nullable=False),
    Column("inline", LargeBinary),
)

blob = Table(
    "blob",
    metadata,
    Column("digest", LargeBinary, primary_key=True),
    Column("size", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

invalidation = Table(
    "invalidation",
    metadata,
    # 1 for the few that are never forgotten.
    Column("lasting", Integer, primary_key=True, autoincrement=False),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("tags", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

tally = Table(
    "tally",
    metadata,
    Column("of", Text, primary_key=True),
    Column("number", BigInteger, nullable=False),
    Column("bytes", BigInteger, nullable=False),
    sqlite_with_rowid=False,
)

meta = Table(
    "meta",
    metadata,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
    sqlite_with_rowid=False,
)

journal = Table(
    "journal",
    metadata,
    Column("name", Text, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

intent = Table(
    "intent",
    metadata,
    Column("intent", LargeBinary, primary_key=True),
    Column("tags", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)

proof = Table(
    "proof",
    metadata,
    Column("principal", LargeBinary, primary_key=True),
    Column("proved_at", Float, nullable=False),
    Column("content", LargeBinary, nullable=False),
    sqlite_with_rowid=False,
)
