"""A response of upstream's in another's hands: what an `Upstream` before another one returns."""

from __future__ import annotations

from collections.abc import AsyncIterator

from ayon_proxy.cache.ports import UpstreamResponse
from ayon_proxy.policy.message import Head


class Wrapped:
    """Implements `UpstreamResponse` over another; who wraps alters what it is there for."""

    def __init__(self, response: UpstreamResponse) -> None:
        self._response = response

    @property
    def head(self) -> Head:
        return self._response.head

    @property
    def wire_bytes(self) -> int:
        return self._response.wire_bytes

    def chunks(self) -> AsyncIterator[bytes]:
        return self._response.chunks()

    async def aclose(self) -> None:
        await self._response.aclose()
