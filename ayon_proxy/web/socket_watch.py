"""Ends a websocket when the session that it was opened with is over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from ayon_proxy.policy.message import Fields
from ayon_proxy.policy.relayed_event import event_in

UntilOver = Callable[[str, Fields], Awaitable[None]]
"""Returns when the session with that token, of a client with these fields, is over."""

LONG = 64 * 1024
"""Characters; a longer message of a client is none that opens a session."""


class SocketWatch:
    """Of one socket. `over` is set when its session is; a client may open another one at any time
    (upstream/server.md 2.1)."""

    def __init__(self, until_over: UntilOver, fields: Fields) -> None:
        self._until_over = until_over
        self._fields = fields
        self._watching: asyncio.Task[None] | None = None
        self.over = asyncio.Event()

    def sees(self, text: str) -> None:
        """A message that the client sends."""
        if len(text) > LONG or '"auth"' not in text:
            return
        message = event_in(text)
        token = None if message is None or message["topic"] != "auth" else message.get("token")
        if isinstance(token, str):
            self.end()
            self._watching = asyncio.create_task(self._watch(token), name="websocket session")

    def end(self) -> None:
        """The socket is closed, or belongs to another session now."""
        if self._watching is not None:
            self._watching.cancel()

    async def _watch(self, token: str) -> None:
        await self._until_over(token, self._fields)
        self.over.set()
