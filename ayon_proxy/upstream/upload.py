"""A request body on its way: chunk by chunk, until upstream wants no more of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import suppress

import httpcore

from ayon_proxy.upstream.connections import Exchange


class BodyFailed(Exception):
    """The body could not be read (the client left, say); the cause is what its source raised."""

    def __init__(self, cause: Exception) -> None:
        super().__init__()
        self.cause = cause


async def upload(body: AsyncIterator[bytes], exchange: Exchange) -> AsyncGenerator[bytes]:
    """The chunks of `body`. An early answer ends it, even while the client pauses.

    Raises httpcore.WriteError then, upon which httpcore reads the answer; BodyFailed when `body`
    raises, so that the client's troubles are not taken for upstream's.
    """
    refused = asyncio.ensure_future(exchange.refused.wait())
    following: asyncio.Task[bytes | None] | None = None
    try:
        while True:
            following = asyncio.create_task(_following(body))
            await asyncio.wait({following, refused}, return_when=asyncio.FIRST_COMPLETED)
            if exchange.refused.is_set():
                raise httpcore.WriteError("answered before the end of the upload")
            chunk = following.result()
            if chunk is None:
                return
            if chunk:
                yield chunk
    finally:
        for task in (refused, following):
            if task is not None:
                task.cancel()
                with suppress(asyncio.CancelledError, BodyFailed):
                    await task


async def _following(body: AsyncIterator[bytes]) -> bytes | None:
    try:
        return await anext(body, None)
    except Exception as failure:
        raise BodyFailed(failure) from failure
