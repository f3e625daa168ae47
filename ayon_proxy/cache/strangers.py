"""What upstream tells anybody is kept ready, though nobody has asked: the proxy asks by itself.

While upstream is away, every client's first questions are for these (upstream/clients.md 1.2): a
launcher that gets no answer to them does not start, and a key that is tried as a token is a
stranger's. Who asks first may be the one who comes when it is too late.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from ayon_proxy.cache.ports import Clock
from ayon_proxy.policy.message import Request

log = structlog.get_logger(__name__)

PATHS: Final = (b"/", b"/api/info")
ANEW: Final = ((b"cache-control", b"no-cache"),)

AGAIN_SECONDS = 3600.0
"""Much less than what is stored may stand in for."""
SOON_SECONDS = 15.0
"""While something is missing: upstream is away, or is none."""


async def keep_ready(
    is_there: Callable[[], Awaitable[bool]],
    content: Callable[[Request], Awaitable[bytes | None]],
    clock: Clock,
) -> None:
    """Ask again and again, until cancelled.

    `is_there` tells whether an AYON server answers: what is none may never end its answers.
    `content` asks as a client would, and gives the body of a 200.
    """
    said = False
    while True:
        ready = await is_there()
        for path in PATHS if ready else ():
            ready = await content(Request("GET", path, b"", ANEW)) is not None and ready
        if ready and not said:
            log.debug("ready_for_strangers")
            said = True
        await clock.sleep(AGAIN_SECONDS if ready else SOON_SECONDS)
