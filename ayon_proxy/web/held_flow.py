"""uvicorn's flow control, for a protocol that holds bytes back."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from uvicorn.protocols.http.flow_control import FlowControl


class HeldFlow(FlowControl):
    """uvicorn reads on whenever an application listens; here what is held has to go first."""

    def __init__(
        self, transport: asyncio.Transport, held: bytearray, go_on: Callable[[], None]
    ) -> None:
        super().__init__(transport)
        self._held = held
        self._go_on = go_on

    def resume_reading(self) -> None:
        if self._held:
            self._go_on()
        else:
            super().resume_reading()
