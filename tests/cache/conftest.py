"""The cache over fakes of its ports: no disk, no line, no clock."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ayon_proxy.policy.patience import Patience
from tests.cache.rig import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A fresh cache; at the end it holds nothing it was given, and no task of its own has failed
    unseen."""
    async with watched_over(Rig()) as rig:
        yield rig


@pytest.fixture
async def patient() -> AsyncIterator[Rig]:
    """The same, with a proxy that waits, tries again and probes as it does by default."""
    async with watched_over(Rig(patience=Patience())) as rig, rig.probing():
        yield rig


@asynccontextmanager
async def watched_over(rig: Rig) -> AsyncIterator[Rig]:
    """The rig, and what has to hold when a test is over."""
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    yield rig
    await rig.cache.writer.aclose()
    await rig.cache.invalidator.aclose()
    await rig.cache.in_flight.aclose()
    await rig.cache.waiting.aclose()
    await rig.cache.variants.aclose()
    assert not rig.blobs.staged, "a staged body was never closed"
    assert not rig.blobs.reading, "a blob was never closed"
    unclosed = [it for it in rig.upstream.responses if not it.closed.is_set()]
    assert not unclosed, "a response of upstream was never closed"
    gc.collect(1)  # the whole heap takes too long
    assert not unseen
