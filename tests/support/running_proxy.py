"""A whole proxy on a real socket, in the test's own loop."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from ayon_proxy.assembly import Assembled, assembled
from ayon_proxy.demo.running import EmbeddedServer
from ayon_proxy.server import configuration, listening, many_times
from ayon_proxy.settings import Settings
from ayon_proxy.system_clock import SystemClock


@dataclass(frozen=True, slots=True, repr=False)
class RunningProxy:
    """Where it listens, and what it is made of."""

    url: str
    port: int
    assembled: Assembled


@asynccontextmanager
async def running_proxy(
    upstream_url: str,
    data_dir: Path,
    *,
    server: Mapping[str, object] | None = None,
    recheck_seconds: float | None = None,
    offline: Mapping[str, object] | None = None,
    identity: Mapping[str, object] | None = None,
    upstream: Mapping[str, object] | None = None,
    bandwidth: Mapping[str, object] | None = None,
    clock: SystemClock | None = None,
    hit_path: bool = True,
    send_room: int | None = None,
    **storage: object,
) -> AsyncIterator[RunningProxy]:
    """Serve on 127.0.0.1 and a free port until the block ends.

    `recheck_seconds` may be less than an operator can set: tests do not wait that long. Without
    `hit_path` every answer takes the ordinary way. `send_room`: so many bytes a socket takes before
    its client has read some.
    """
    settings = Settings.model_validate(
        {
            "upstream": {"url": upstream_url, **(upstream or {})},
            "server": server or {},
            "offline": offline or {},
            "identity": identity or {},
            "bandwidth": bandwidth or {},
            "storage": {"data_dir": str(data_dir), **storage},
        }
    )
    if recheck_seconds is not None:
        hurried = settings.identity.model_copy(update={"recheck_seconds": recheck_seconds})
        settings = settings.model_copy(update={"identity": hurried})
    async with assembled(settings, clock) as proxy:
        listener = listening("127.0.0.1", 0)
        if send_room is not None:  # accepted sockets inherit it
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, send_room)
        port = listener.getsockname()[1]
        hits = proxy.hits if hit_path else None
        embedded = EmbeddedServer(configuration(proxy.application, settings.server, hits))
        serving = asyncio.create_task(embedded.serve(sockets=many_times(listener)))
        await embedded.ready.wait()
        try:
            yield RunningProxy(f"http://127.0.0.1:{port}", port, proxy)
        finally:
            embedded.leave.set()
            await serving
