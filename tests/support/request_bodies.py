"""Request bodies that a test wrote down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence

from ayon_proxy.errors import ProxyError

Step = bytes | asyncio.Event | ProxyError
"""A chunk; a barrier to wait at; or how the client breaks off."""


class GivenBody:
    """The `RequestBody` of a client that sends these steps."""

    def __init__(self, *steps: Step) -> None:
        self._steps: Sequence[Step] = steps
        self._read: list[bytes] = []
        self.present = bool(steps)

    async def whole(self, limit: int) -> bytes | None:
        size = 0
        async for chunk in self._coming():
            self._read.append(chunk)
            size += len(chunk)
            if size > limit:
                return None
        return b"".join(self._read)

    async def stream(self) -> AsyncIterator[bytes]:
        for chunk in self._read:
            yield chunk
        async for chunk in self._coming():
            yield chunk

    async def _coming(self) -> AsyncIterator[bytes]:
        while self._steps:
            step, *self._steps = self._steps
            match step:
                case bytes():
                    yield step
                case asyncio.Event():
                    await step.wait()
                case ProxyError():
                    raise step
