"""The cache over fakes of its ports: no disk, no line, no clock."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.cache.rig import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A fresh cache; at the end it holds nothing it was given, and no task of its own has failed
    unseen."""
    unseen: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: unseen.append(context))
    rig = Rig()
    yield rig
    await rig.cache.writer.aclose()
    await rig.cache.invalidator.aclose()
    await rig.cache.in_flight.aclose()
    assert not rig.blobs.staged, "a staged body was never closed"
    assert not rig.blobs.reading, "a blob was never closed"
    unclosed = [it for it in rig.upstream.responses if not it.closed.is_set()]
    assert not unclosed, "a response of upstream was never closed"
    gc.collect(1)  # the whole heap takes too long
    assert not unseen
