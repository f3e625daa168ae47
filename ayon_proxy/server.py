"""Serves an assembled proxy: the listening socket, uvicorn, and a word about upstream."""

from __future__ import annotations

import asyncio
import errno
import gc
import socket
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any, cast

import orjson
import structlog
import uvicorn

from ayon_proxy.assembly import Assembled, assembled
from ayon_proxy.cache.ports import UpstreamResponse
from ayon_proxy.cache.strangers import keep_ready
from ayon_proxy.errors import CannotStart, ProxyError
from ayon_proxy.policy.forwarded import networks
from ayon_proxy.policy.message import Request
from ayon_proxy.server_tls import serving_context
from ayon_proxy.settings import Server as ServerSettings
from ayon_proxy.settings import Settings
from ayon_proxy.system_clock import SystemClock
from ayon_proxy.web.hit_protocol import HitProtocol
from ayon_proxy.web.hits import Hits
from ayon_proxy.web.limits import Admission, Limits
from ayon_proxy.web.protocol import Protocol
from ayon_proxy.web.server import Server
from ayon_proxy.web.websocket_protocol import WebSocketProtocol

log = structlog.get_logger(__name__)

BACKLOG = 2048
"""Connections that may wait to be accepted: a farm starts all at once."""

ACCEPTED_AT_ONCE = 16
"""Connections in one turn of the loop."""

OK = 200

INFO_BYTES = 1024 * 1024
"""More than `/api/info` ever holds."""


def run(settings: Settings, clock: SystemClock | None = None) -> None:
    """Serve until asked to stop. Raises CannotStart."""
    allow_open_files()
    # What the program is made of stays. To look through it for garbage stops everybody for 80 ms.
    gc.freeze()
    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        runner.run(serve(settings, clock))


def allow_open_files() -> None:
    """As many open files as the system lets us have: each connection on either side is one."""
    try:
        import resource  # noqa: PLC0415 - it does not exist on Windows
    except ImportError:
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop, where there is one."""
    try:
        import uvloop  # noqa: PLC0415 - it does not exist on Windows
    except ImportError:
        return None
    return uvloop.new_event_loop


async def serve(settings: Settings, clock: SystemClock | None = None) -> None:
    """Serve in the running loop until asked to stop. Raises CannotStart."""
    clock = clock or SystemClock()
    serving_context(settings.server)  # before anything is opened
    with listening(settings.server.host, settings.server.port) as listener:
        async with assembled(settings, clock) as proxy:
            server = Server(configuration(proxy.application, settings.server, proxy.hits))
            proxy.status.at_work["connections"] = lambda: len(server.server_state.connections)
            looking = asyncio.create_task(_beside_the_clients(proxy, clock))
            try:
                await server.serve(sockets=many_times(listener))
            finally:
                looking.cancel()
                await asyncio.gather(looking, return_exceptions=True)


def configuration(
    application: Any, server: ServerSettings | None = None, hits: Hits | None = None
) -> uvicorn.Config:
    """uvicorn, passing upstream's own `date` and `server` on, and logging nothing of its own.

    Without `hits` everything is answered by the application.
    """
    server = server or ServerSettings()
    admission = Admission(limits(server), networks(server.trusted_proxies))
    context = serving_context(server)
    http = (
        partial(Protocol, admission=admission)
        if hits is None
        else partial(HitProtocol, admission=admission, hits=hits)
    )
    return uvicorn.Config(
        application,
        http=cast("type[asyncio.Protocol]", http),
        ws=cast("type[asyncio.Protocol]", partial(WebSocketProtocol, admission=admission)),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=False,
        proxy_headers=False,
        timeout_keep_alive=cast("int", server.keep_alive_seconds),
        backlog=BACKLOG,
        ssl_context_factory=None if context is None else lambda *_: context,
    )


def limits(server: ServerSettings) -> Limits:
    """The settings as limits: of connections never more than the system's open files allow."""
    return Limits(
        head_bytes=server.max_header_bytes,
        head_fields=server.max_header_fields,
        head_seconds=server.header_seconds,
        body_seconds=server.body_idle_seconds,
        idle_seconds=server.keep_alive_seconds,
        connections=min(server.max_connections, most_connections()),
        connections_per_address=server.max_connections_per_address,
    )


def most_connections() -> int:
    """What open files leave to clients: half of them, since a client's request may need another,
    to upstream or of the store."""
    try:
        import resource  # noqa: PLC0415 - it does not exist on Windows
    except ImportError:
        return sys.maxsize
    allowed, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if allowed == resource.RLIM_INFINITY else max(1, allowed // 2)


def many_times(listener: socket.socket) -> list[socket.socket]:
    """The same listening socket, as often as connections are to be accepted in one turn of the
    loop: libuv takes one from each. A turn with many hits lasts milliseconds, and five hundred
    clients that come at once would wait for as many turns. Whoever serves them closes them."""
    return [listener, *(listener.dup() for _ in range(ACCEPTED_AT_ONCE - 1))]


def listening(host: str, port: int) -> socket.socket:
    """A listening socket. Raises CannotStart when the address can't be had."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # asyncio switches Nagle's algorithm off only where the protocol is named; with it each small
    # answer would wait for a delayed acknowledgement, 40 ms.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # A client that went down without a word is noticed; accepted sockets inherit it.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        listener.bind((host, port))
        listener.listen(BACKLOG)  # an address that is bound may still be another's
    except (OSError, OverflowError) as error:
        listener.close()
        taken = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        why = "another program uses it" if taken else str(error)
        raise CannotStart(
            f"Can't listen on {host}:{port}: {why}. Choose another with --port and --host "
            "(AYON_PROXY_SERVER__PORT, AYON_PROXY_SERVER__HOST)."
        ) from error
    return listener


async def _beside_the_clients(proxy: Assembled, clock: SystemClock) -> None:
    there: bool | None = await look_at_upstream(proxy)

    async def is_there() -> bool:
        nonlocal there
        known, there = there, None
        if known is not None:
            return known
        try:
            return (await _info(proxy))[1] is not None
        except ProxyError:
            return False

    await keep_ready(is_there, proxy.cache.engine.content, clock)


async def look_at_upstream(proxy: Assembled) -> bool:
    """Whether upstream is an AYON server; a warning where not: the proxy serves all the same."""
    url = proxy.status.upstream_url
    try:
        status, version = await _info(proxy)
    except ProxyError as error:
        log.warning(
            "upstream_unreachable",
            sentence=f"The AYON server {url} can't be reached ({error}); what is stored is served.",
        )
        return False
    if version is None:
        log.warning(
            "upstream_unknown",
            sentence=f"{url} does not answer as an AYON server does (to /api/info it says "
            f"{status}); the proxy serves all the same.",
        )
        return False
    proxy.status.upstream_version = version
    log.info("upstream", url=url, version=version)
    return True


async def _info(proxy: Assembled) -> tuple[int, str | None]:
    """Status and AYON's version of what answers there; None where that is no AYON server.

    Raises ProxyError when nothing does.
    """
    response = await proxy.cache.line.send(Request("GET", b"/api/info"))
    try:
        content = await _content(response)
    finally:
        await response.aclose()
    status = response.head.status
    return status, _version(content) if status == OK else None


async def _content(response: UpstreamResponse) -> bytes:
    """The body, or as much of it as an AYON server might send: whoever answers may never end."""
    content = bytearray()
    async for chunk in response.chunks():
        content += chunk
        if len(content) > INFO_BYTES:
            break
    return bytes(content)


def _version(content: bytes) -> str | None:
    """What an AYON server calls itself in `/api/info`; None when it is none."""
    try:
        info = orjson.loads(content)
    except orjson.JSONDecodeError:
        return None
    version = info.get("version") if isinstance(info, dict) else None
    return version if isinstance(version, str) else None
