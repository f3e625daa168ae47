"""mypy's proof that adapters and fakes have the shape of their ports; there is nothing to run."""

from __future__ import annotations

from ayon_proxy.cache.ports import BlobStore, Clock, ResponseIndex, Upstream
from ayon_proxy.storage.blob_store import FileBlobStore
from ayon_proxy.storage.response_index import SqliteResponseIndex
from tests.support.memory_ports import (
    ManualClock,
    MemoryBlobStore,
    MemoryResponseIndex,
    MemoryUpstream,
)

CLOCKS: tuple[type[Clock], ...] = (ManualClock,)
UPSTREAMS: tuple[type[Upstream], ...] = (MemoryUpstream,)
INDEXES: tuple[type[ResponseIndex], ...] = (MemoryResponseIndex, SqliteResponseIndex)
BLOB_STORES: tuple[type[BlobStore], ...] = (MemoryBlobStore, FileBlobStore)
