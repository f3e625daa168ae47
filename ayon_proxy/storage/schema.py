"""Brings a database file to the schema of this program, by the Alembic migrations.

A checkout has them in `migrations/`, an installed wheel in `ayon_proxy/_migrations`.
"""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import Connection

import ayon_proxy
from ayon_proxy.errors import CannotStart


def migrations_folder() -> Path:
    """Where the migrations of this program lie."""
    package = Path(ayon_proxy.__file__).parent
    shipped = package / "_migrations"
    return shipped if shipped.is_dir() else package.parent / "migrations"


def configuration(connection: Connection) -> Config:
    """Alembic's configuration for a connection, without an ini file, so that it sets no logging."""
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def upgrade(connection: Connection, path: Path) -> None:
    """Run the missing migrations, all in one transaction.

    Raises CannotStart when the database was made by a newer program.
    """
    config = configuration(connection)
    scripts = ScriptDirectory.from_config(config)
    with connection.begin():
        current = MigrationContext.configure(connection).get_current_revision()
        if current == scripts.get_current_head():
            return
        known = {script.revision for script in scripts.walk_revisions()}
        if current is not None and current not in known:
            raise CannotStart(
                f"The database {path} was made by a newer ayon-proxy (its schema is {current}): "
                "start that version, or name another data directory."
            )
        command.upgrade(config, "head")
