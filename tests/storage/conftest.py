"""A database in a folder of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ayon_proxy.storage.database import Database
from ayon_proxy.storage.response_index import SqliteResponseIndex


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "index.sqlite"
    path.parent.mkdir()
    return path


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    database = Database.open(path)
    yield database
    await database.aclose()


@pytest.fixture
def index(database: Database) -> SqliteResponseIndex:
    return SqliteResponseIndex(database)
