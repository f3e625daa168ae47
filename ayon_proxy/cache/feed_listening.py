"""The event socket, one at a time: opened when the feed says so, and given up in the same way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any

from ayon_proxy.cache.feed_ports import EventSocket, OpenEventSocket
from ayon_proxy.cache.feed_questions import Happened
from ayon_proxy.errors import FeedFailed
from ayon_proxy.policy.feed import inputs


class FeedListening:
    """`tell` is given what happens, and may have us wait; `trouble` why nothing does. `begin` makes
    the task that listens."""

    def __init__(
        self,
        socket: EventSocket,
        tell: Callable[[Happened], Awaitable[None]],
        trouble: Callable[[FeedFailed], None],
        begin: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._socket = socket
        self._tell = tell
        self._trouble = trouble
        self._begin = begin
        self._open: OpenEventSocket | None = None
        self._listening: asyncio.Task[None] | None = None

    def connect(self) -> None:
        """Open the socket, and tell whatever comes until it is closed."""
        self.disconnect()
        self._listening = self._begin(self._listen())

    async def authenticate(self) -> None:
        """Send the key. A socket that was closed meanwhile says so itself."""
        if self._open is not None:
            with suppress(FeedFailed):
                await self._open.authenticate()

    def disconnect(self) -> None:
        """Nothing more is told of the socket that is open, if any."""
        if self._listening is not None:
            self._listening.cancel()
        self._listening = self._open = None

    async def aclose(self) -> None:
        """Return when nothing of it runs."""
        listening = self._listening
        self.disconnect()
        if listening is not None:
            await asyncio.gather(listening, return_exceptions=True)

    async def _listen(self) -> None:
        try:
            opened = await self._socket.open()
        except FeedFailed as failure:
            self._trouble(failure)
            await self._tell(inputs.Closed)
            return
        try:
            self._open = opened
            await self._tell(inputs.Opened)
            async for event in opened.messages():
                await self._tell(partial(inputs.Message, event=event))
            await self._tell(partial(inputs.Closed, code=opened.close_code))
        finally:
            await opened.aclose()
