"""Runs migrations on the connection that the program hands over, or on a file named by hand.

    alembic -x database=index.sqlite revision --autogenerate -m "what changes"

It leaves the logging configuration alone: `serve` runs it in its own process.
"""

from __future__ import annotations

from pathlib import Path

from alembic import context
from sqlalchemy.engine import Connection

from ayon_proxy.storage.connections import connected
from ayon_proxy.storage.tables import metadata


def migrate(connection: Connection) -> None:
    context.configure(
        connection=connection,
        target_metadata=metadata,
        render_as_batch=True,
        compare_type=True,
        transactional_ddl=True,
    )
    with context.begin_transaction():
        context.run_migrations()


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    named = Path(context.get_x_argument(as_dictionary=True)["database"])
    with connected(named, writing=True) as own:
        migrate(own)
