"""The cache over fakes of its ports: no disk, no line, no clock."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.cache.rig import Rig


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    """A fresh cache; nothing it was given may still be held at the end."""
    rig = Rig()
    yield rig
    await rig.cache.in_flight.aclose()
    assert not rig.blobs.staged, "a staged body was never closed"
    assert not rig.blobs.reading, "a blob was never closed"
    unclosed = [it for it in rig.upstream.responses if not it.closed.is_set()]
    assert not unclosed, "a response of upstream was never closed"
