"""Each port, once in memory and once on disk."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ayon_proxy.cache.ports import BlobStore, Journal, Proofs, ResponseIndex
from ayon_proxy.storage.blob_store import FileBlobStore
from ayon_proxy.storage.database import Database
from ayon_proxy.storage.journal import SqliteJournal
from ayon_proxy.storage.proofs import SqliteProofs
from ayon_proxy.storage.response_index import SqliteResponseIndex
from tests.support.memory_ports import (
    MemoryBlobStore,
    MemoryJournal,
    MemoryProofs,
    MemoryResponseIndex,
)


@pytest.fixture(params=["memory", "real"])
async def index(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[ResponseIndex]:
    if request.param == "memory":
        yield MemoryResponseIndex()
        return
    database = Database.open(tmp_path / "index.sqlite")
    try:
        yield SqliteResponseIndex(database)
    finally:
        await database.aclose()


@pytest.fixture(params=["memory", "real"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BlobStore]:
    if request.param == "memory":
        yield MemoryBlobStore()
        return
    store = FileBlobStore(tmp_path)
    try:
        yield store
    finally:
        await store.aclose()


@pytest.fixture(params=["memory", "real"])
async def journal(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Journal]:
    if request.param == "memory":
        yield MemoryJournal()
        return
    database = Database.open(tmp_path / "index.sqlite")
    try:
        yield SqliteJournal(database)
    finally:
        await database.aclose()


@pytest.fixture(params=["memory", "real"])
async def proofs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Proofs]:
    if request.param == "memory":
        yield MemoryProofs()
        return
    database = Database.open(tmp_path / "index.sqlite")
    try:
        yield SqliteProofs(database)
    finally:
        await database.aclose()
