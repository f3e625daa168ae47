"""Create response, blob, tag and meta."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "response",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("cache_key", sa.LargeBinary(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.LargeBinary(), nullable=True),
        sa.Column("begun_seq", sa.BigInteger(), nullable=False),
        sa.Column("requested_at", sa.Float(), nullable=False),
        sa.Column("received_at", sa.Float(), nullable=False),
        sa.Column("last_used_at", sa.Float(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("fields", sa.LargeBinary(), nullable=False),
        sa.Column("tags", sa.LargeBinary(), nullable=False),
        sa.Column("inline", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_response"),
        sa.UniqueConstraint("cache_key", name="uq_response_cache_key"),
    )
    op.create_index("ix_response_digest", "response", ["digest"])
    op.create_index("ix_response_last_used_at_size", "response", ["last_used_at", "size"])
    op.create_table(
        "blob",
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("digest", name="pk_blob"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "tag",
        sa.Column("tag_hash", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("invalidated_seq", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("tag_hash", name="pk_tag"),
    )
    op.create_table(
        "meta",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name="pk_meta"),
        sqlite_with_rowid=False,
    )
