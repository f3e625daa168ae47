"""Tell lasting tags from those that may be forgotten; keep a tally of what is stored."""

from __future__ import annotations

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
    op.add_column("tag", sa.Column("lasting", sa.Integer(), nullable=False, server_default="0"))
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
