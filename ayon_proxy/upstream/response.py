"""A response of upstream whose head has arrived (the `UpstreamResponse` port)."""

from __future__ import annotations

import zlib
from collections.abc import AsyncIterator
from contextlib import suppress

import httpcore

from ayon_proxy.errors import ProxyError, UpstreamBroke
from ayon_proxy.policy.fields import content_length, end_to_end, value, without
from ayon_proxy.policy.message import Head
from ayon_proxy.upstream import failures
from ayon_proxy.upstream.content_coding import Gunzip, can_be_undone, undone

SMALL_BYTES = 64 * 1024
"""A body up to this size is cheaper to read than its connection is to make anew."""


class HttpResponse:
    """Head and body. `host` is for sentences; `method` tells whether there is a body at all."""

    def __init__(
        self, response: httpcore.Response, *, host: str, method: str, decode: bool
    ) -> None:
        self._response = response
        self._host = host
        fields = tuple((name.lower(), line) for name, line in response.headers)
        if value(fields, b"transfer-encoding") is not None:
            # A length beside a transfer coding means nothing (RFC 9112 section 6.3).
            fields = without(fields, (b"content-length",))
        wire_head = Head(response.status, end_to_end(fields))
        self._bodiless = (
            method == "HEAD"
            or response.status in (204, 304)
            or content_length(wire_head.fields) == 0
        )
        self._gunzip = Gunzip() if decode and can_be_undone(wire_head) else None
        self.head = undone(wire_head) if self._gunzip else wire_head
        self.wire_bytes = 0

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it arrives; see the port."""
        self._bodiless = False
        try:
            async for data in self._response.aiter_stream():
                self.wire_bytes += len(data)
                if self._gunzip is None:
                    yield data
                else:
                    for decoded in self._gunzip.fed(data):
                        yield decoded
        except failures.FOREIGN as failure:
            raise UpstreamBroke(failures.sentence(self._host, failure)) from failure
        except zlib.error as failure:
            raise UpstreamBroke(f"{self._host} sent a body that is not gzip.") from failure
        if self._gunzip is not None and not self._gunzip.complete:
            raise UpstreamBroke(f"{self._host} ended a gzip body before its end.")
        await self.aclose()

    async def discard(self) -> None:
        """The body is not wanted: release the connection, kept open where that is cheap."""
        length = content_length(self.head.fields)
        if length is not None and length <= SMALL_BYTES:
            await self._drain()
        await self.aclose()

    async def aclose(self) -> None:
        """See the port."""
        if self._bodiless:
            # Nothing will come, but httpcore has to read this nothing to keep the connection.
            await self._drain()
        with suppress(*failures.FOREIGN):
            await self._response.aclose()

    async def _drain(self) -> None:
        with suppress(ProxyError):
            async for _ in self.chunks():
                pass
