"""Keep what upstream has said of callers, so that a restart while it is away finds them known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "proof",
        sa.Column("principal", sa.LargeBinary(), nullable=False),
        sa.Column("proved_at", sa.Float(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("principal", name="pk_proof"),
        sqlite_with_rowid=False,
    )
    # Digests of rights, by caller; they stand in the proofs now.
    op.execute("DELETE FROM journal WHERE name LIKE 'rights:%'")


def downgrade() -> None:
    op.drop_table("proof")
