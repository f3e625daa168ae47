"""Log invalidations instead of keeping a row per tag; keep a tally of what is stored."""

from __future__ import annotations

import struct
from itertools import groupby

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

TALLY = """
INSERT INTO tally SELECT '{table}', count(*), coalesce(sum(size), 0) FROM {table}
~
CREATE TRIGGER tally_{table}_in AFTER INSERT ON {table} BEGIN
  UPDATE tally SET number = number + 1, bytes = bytes + NEW.size WHERE of = '{table}';
END
~
CREATE TRIGGER tally_{table}_changed AFTER UPDATE OF size ON {table} BEGIN
  UPDATE tally SET bytes = bytes + NEW.size - OLD.size WHERE of = '{table}';
END
~
CREATE TRIGGER tally_{table}_out AFTER DELETE ON {table} BEGIN
  UPDATE tally SET number = number - 1, bytes = bytes - OLD.size WHERE of = '{table}';
END
"""


def upgrade() -> None:
    invalidation = op.create_table(
        "invalidation",
        sa.Column("lasting", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tags", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("lasting", "seq", name="pk_invalidation"),
        sqlite_with_rowid=False,
    )
    known = op.get_bind().execute(
        sa.text("SELECT invalidated_seq, tag_hash FROM tag ORDER BY invalidated_seq")
    )
    # All of them as lasting ones: which are can't be told any more, and there are few.
    rows = [
        {"lasting": 1, "seq": seq, "tags": b"".join(struct.pack("<q", tag) for _, tag in tags)}
        for seq, tags in groupby(known, key=lambda row: row.invalidated_seq)
    ]
    if rows:
        op.bulk_insert(invalidation, rows)
    op.drop_table("tag")
    op.drop_index("ix_response_last_used_at_size", "response")
    op.create_index("ix_response_last_used_at", "response", ["last_used_at"])
    op.create_table(
        "tally",
        sa.Column("of", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("of", name="pk_tally"),
        sqlite_with_rowid=False,
    )
    for table in ("response", "blob"):
        for statement in TALLY.format(table=table).split("~"):
            op.execute(statement)
