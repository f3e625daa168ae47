"""A client of upstream that is closed at the end of its test."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from typing import Any

import pytest

from ayon_proxy.upstream.client import HttpUpstream

Connect = Callable[..., HttpUpstream]


@pytest.fixture
async def connect() -> AsyncIterator[Connect]:
    """Makes clients: `connect(url, **settings)`."""
    async with AsyncExitStack() as stack:

        def connect(url: str, **settings: Any) -> HttpUpstream:
            upstream = HttpUpstream(url, **settings)
            stack.push_async_callback(upstream.aclose)
            return upstream

        yield connect
