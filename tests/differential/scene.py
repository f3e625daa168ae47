"""A proxy before a server, and a driver with all that it needs."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import httpx

from ayon_proxy.demo.film import FILM, SECRET
from ayon_proxy.demo.film_crew import PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.studio import Studio
from tests.differential.driver import Driver
from tests.differential.library_questions import LibraryQuestions
from tests.differential.listening import SECONDS, Arrival, Marker, SeenInStore, SeenOnSocket
from tests.differential.listening import listener as listening
from tests.differential.world import World
from tests.support.proxy_process import ProxyProcess, proxy_process

STEPS = int(os.environ.get("AYON_PROXY_STEPS", "0"))
SECONDS_ASKED = float(os.environ.get("AYON_PROXY_SECONDS", "0"))
"""More than a run takes by default."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Studioed:
    """A server, and what of it the driver works on."""

    url: str
    key: str
    readers: Mapping[str, Mapping[str, str]]
    project: str
    marker_project: str
    marker_folder: str
    people: tuple[str, ...]
    addon: tuple[str, str] | None
    by_assignment: frozenset[str] = frozenset()
    """Of the readers."""


async def film_of(studio: Studio, url: str) -> Studioed:
    """The small film: the service, an artist, and one who may see what is assigned only."""
    readers: dict[str, Mapping[str, str]] = {"service": {"x-api-key": SERVICE_KEY}}
    async with httpx.AsyncClient(base_url=url) as client:
        for name in ("artist", "lighter"):
            login = {"name": name, "password": PASSWORDS[name]}
            token = (await client.post("/api/auth/login", json=login)).json()["token"]
            readers[name] = {"authorization": f"Bearer {token}"}
    return Studioed(
        url=url,
        key=SERVICE_KEY,
        readers=readers,
        project=FILM,
        marker_project=SECRET,
        marker_folder=next(iter(studio.projects[SECRET].folders)),
        people=("admin", "artist", "lighter"),
        addon=("film_tools", "1.0.0"),
        by_assignment=frozenset({"lighter"}),
    )


async def status(client: httpx.AsyncClient) -> dict[str, Any]:
    """What the proxy says of itself."""
    document: dict[str, Any] = (await client.get("/-/status")).json()
    return document


async def is_live(client: httpx.AsyncClient) -> None:
    """Wait until the proxy sees every change."""
    ends = time.monotonic() + SECONDS
    while (feed := await _feed_a_little_later(client))["state"] != "live":
        assert time.monotonic() < ends, f"not live after {SECONDS} s: {feed}"


async def _feed_a_little_later(client: httpx.AsyncClient) -> Any:
    """Another process cannot tell when it changes; asking at full speed would hold it up."""
    await asyncio.sleep(0.01)
    return (await status(client))["feed"]


@asynccontextmanager
async def proxy_of(
    studioed: Studioed, data: Path, **settings: object
) -> AsyncIterator[ProxyProcess]:
    """A proxy with the key of the service."""
    settings = {"upstream__api_key": studioed.key, **settings}
    async with proxy_process(studioed.url, data, **settings) as proxy:
        yield proxy


@asynccontextmanager
async def driver_of(
    studioed: Studioed,
    proxy_url: str,
    seed: int,
    *,
    by_socket: bool = False,
    settle_seconds: float = 0.0,
) -> AsyncIterator[Driver]:
    """One that is ready. `by_socket`: a client listens through the proxy, and reads when it hears
    of a change; else nobody does, and the proxy's own feed has to do all."""
    async with AsyncExitStack() as stack:

        async def client(url: str, **headers: str) -> httpx.AsyncClient:
            # Upstream closes what has been idle for 5 s; so would httpx, and one may come first.
            limits = httpx.Limits(keepalive_expiry=2)
            made = httpx.AsyncClient(base_url=url, headers=headers, timeout=60, limits=limits)
            return await stack.enter_async_context(made)

        key = {"x-api-key": studioed.key}
        upstream, proxied = await client(studioed.url, **key), await client(proxy_url, **key)
        await upstream.get("/api/users/me")
        library = await asyncio.to_thread(LibraryQuestions, studioed.url, studioed.key)
        await is_live(proxied)
        heard = await stack.enter_async_context(listening(studioed.url, studioed.key))
        marker = Marker(upstream, studioed.marker_project, studioed.marker_folder)
        arrival: Arrival = SeenInStore(marker, proxied)
        if by_socket:
            through = await stack.enter_async_context(listening(proxy_url, studioed.key))
            arrival = SeenOnSocket(marker, through)
        world = World(studioed.project, studioed.people, Random(seed), addon=studioed.addon)
        # Readers bring their own credentials; the writer's are the client's.
        bare_upstream, bare_proxied = await client(studioed.url), await client(proxy_url)
        yield Driver(
            seed,
            world,
            upstream,
            proxied,
            bare_upstream,
            bare_proxied,
            studioed.readers,
            library,
            heard,
            arrival,
            settle_seconds,
            studioed.by_assignment,
        )
