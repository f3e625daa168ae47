"""The fakes of the ports of `cache`, in one place to import from."""

from __future__ import annotations

from tests.support.manual_clock import ManualClock
from tests.support.memory_storage import (
    MemoryBlob,
    MemoryBlobStore,
    MemoryJournal,
    MemoryProofs,
    MemoryResponseIndex,
    MemoryStagedBlob,
)
from tests.support.memory_upstream import Answer, MemoryUpstream, MemoryUpstreamResponse, Sent

__all__ = [
    "Answer",
    "ManualClock",
    "MemoryBlob",
    "MemoryBlobStore",
    "MemoryJournal",
    "MemoryProofs",
    "MemoryResponseIndex",
    "MemoryStagedBlob",
    "MemoryUpstream",
    "MemoryUpstreamResponse",
    "Sent",
]
