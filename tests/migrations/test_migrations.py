"""Every way from an older database to this one, and that the migrations lead to the models."""

from __future__ import annotations

import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, select, text
from sqlalchemy.engine import Connection

from ayon_proxy.cache.ports import Invalidations
from ayon_proxy.errors import CannotStart
from ayon_proxy.storage import invalidation_log, meta, schema
from ayon_proxy.storage.connections import connected
from ayon_proxy.storage.tables import metadata, tally

CHECKOUT = Path(__file__).parents[2]

_CREATED = (
    """
    INSERT INTO response (cache_key, status, size, begun_seq, requested_at, received_at,
                          last_used_at, url, fields, tags, inline)
    VALUES (x'01', 200, 2, 7, 1.5, 2.5, 3.5, '/api/info', x'5b5d', x'', x'7b7d')
    """,
    "INSERT INTO blob VALUES (x'02', 70000)",
    "INSERT INTO tag VALUES (-5, 7)",
    "INSERT INTO meta VALUES ('upstream_url', 'https://ayon.example'), ('highest_seq', '7')",
)
_JOURNAL = (
    "INSERT INTO journal VALUES ('cursor', x'31')",
    "INSERT INTO intent VALUES (x'03', x'0500000000000000')",
)
_INVALIDATED = "INSERT INTO invalidation VALUES (1, 7, x'fbffffffffffffff')"
ROWS = {
    "0001": _CREATED,
    "0002": (*_CREATED, *_JOURNAL),
    "0003": (
        *(row for row in _CREATED if "INTO tag" not in row),
        _INVALIDATED,
        *_JOURNAL,
    ),
    "0004": (
        *(row for row in _CREATED if "INTO tag" not in row),
        _INVALIDATED,
        *_JOURNAL,
        "INSERT INTO proof VALUES (x'04', 4.5, x'7b7d')",
    ),
}
"""What a database of each revision holds in these tests: rows in all of its tables."""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "index.sqlite"


@pytest.fixture
def connection(path: Path) -> Iterator[Connection]:
    with connected(path, writing=True) as connection:
        yield connection


def revisions() -> list[str]:
    folder = ScriptDirectory(str(schema.migrations_folder()))
    return [script.revision for script in folder.walk_revisions()][::-1]


def with_rows(connection: Connection, revision: str) -> None:
    with connection.begin():
        command.upgrade(schema.configuration(connection), revision)
        for row in ROWS[revision]:
            connection.execute(text(row))


def test_rows_are_written_down_for_every_revision() -> None:
    assert list(ROWS) == revisions()


@pytest.mark.parametrize("revision", revisions())
def test_a_database_of_any_revision_is_upgraded_and_keeps_its_facts(
    connection: Connection, path: Path, revision: str
) -> None:
    with_rows(connection, revision)
    schema.upgrade(connection, path)
    with connection.begin():
        assert MigrationContext.configure(connection).get_current_revision() == revisions()[-1]
        assert meta.fact(connection, meta.UPSTREAM_URL) == "https://ayon.example"
        assert meta.fact(connection, meta.HIGHEST_SEQ) == "7"
        known = invalidation_log.invalidations(connection)
        assert known == Invalidations(7, 0, {}, {(1 << 64) - 5: 7}, 0)
        tallied = set(map(tuple, connection.execute(select(tally))))
        assert tallied == {("response", 1, 2), ("blob", 1, 70000)}
        for table in metadata.sorted_tables:  # every table can be read as the program knows it
            connection.execute(select(table)).all()


def test_the_migrations_lead_to_the_models(connection: Connection, path: Path) -> None:
    schema.upgrade(connection, path)
    with connection.begin():
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, metadata) == []


def test_constraints_and_storage_agree_with_the_models_too(
    connection: Connection, path: Path, tmp_path: Path
) -> None:
    """`compare_metadata` sees neither names of keys nor WITHOUT ROWID."""
    schema.upgrade(connection, path)
    with connected(tmp_path / "models.sqlite", writing=True) as models:
        with models.begin():
            metadata.create_all(models)
        assert shape(connection) == shape(models)


def test_an_upgrade_that_fails_leaves_the_database_as_it_was(
    connection: Connection, path: Path
) -> None:
    with connection.begin():  # in the way of the first migration, which gets half of its work done
        connection.execute(text("CREATE TABLE meta (other INTEGER)"))
    with pytest.raises(Exception, match="meta already exists"):
        schema.upgrade(connection, path)
    assert inspect(connection).get_table_names() == ["meta"]


def test_an_unknown_revision_is_refused(connection: Connection, path: Path) -> None:
    schema.upgrade(connection, path)
    with connection.begin():
        connection.execute(text("UPDATE alembic_version SET version_num = 'from the future'"))
    with pytest.raises(CannotStart, match="from the future"):
        schema.upgrade(connection, path)


def test_the_command_line_finds_the_migrations_of_a_checkout(tmp_path: Path) -> None:
    database = tmp_path / "by hand.sqlite"
    named = ["-x", f"database={database}"]
    subprocess.run(
        [sys.executable, "-m", "alembic", *named, "upgrade", "head"],
        cwd=CHECKOUT,
        check=True,
        capture_output=True,
    )
    with connected(database, writing=False) as connection:
        assert "response" in inspect(connection).get_table_names()


class TestWheel:
    def test_its_configuration_ships_the_migrations(self) -> None:
        project = tomllib.loads((CHECKOUT / "pyproject.toml").read_text())
        shipped = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
        assert shipped == {"migrations": "ayon_proxy/_migrations"}

    def test_a_built_one_upgrades_a_database_without_the_checkout(self, tmp_path: Path) -> None:
        pytest.importorskip("hatchling", reason="building a wheel needs hatchling")
        subprocess.run(
            [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path)],
            cwd=CHECKOUT,
            check=True,
            capture_output=True,
        )
        (wheel,) = tmp_path.glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            archive.extractall(tmp_path / "installed")
        program = (
            "import pathlib, ayon_proxy\n"
            "from ayon_proxy.storage.database import Database\n"
            "from ayon_proxy.storage.schema import migrations_folder\n"
            "Database.open(pathlib.Path('index.sqlite'))\n"
            "print(migrations_folder().relative_to(pathlib.Path.cwd()))\n"
        )
        ran = subprocess.run(
            [sys.executable, "-c", program],
            cwd=tmp_path / "installed",
            check=True,
            capture_output=True,
            text=True,
            env={"PYTHONPATH": "."},
        )
        assert ran.stdout.strip() == "ayon_proxy/_migrations"


def shape(connection: Connection) -> dict[str, object]:
    """Everything about the tables of a database that can be asked of it."""
    with connection.begin():
        found = MetaData()
        found.reflect(connection)
        inspector = inspect(connection)
        listed = connection.execute(text("SELECT name, wr FROM pragma_table_list"))
        without_rowid = {row.name: row.wr for row in listed}
        return {
            name: (
                [(column.name, str(column.type), column.nullable) for column in table.columns],
                inspector.get_pk_constraint(name),
                inspector.get_unique_constraints(name),
                sorted(inspector.get_indexes(name), key=str),
                without_rowid[name],
            )
            for name, table in found.tables.items()
            if name != "alembic_version"
        }
