"""The same questions asked upstream and through the proxy, before and after something happens."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import httpx

from ayon_proxy.demo.film import SECRET
from ayon_proxy.demo.film_crew import PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.differential.answers import Answer, answer_of, differences
from tests.differential.listening import Marker, SeenInStore
from tests.support.film_copies import filled, place_names
from tests.support.film_reads import READS, Asked

SECONDS = 10.0
"""For an answer to be stored, which takes milliseconds on an idle machine. What is refused, or not
there, never is."""

Shown = dict[str, Answer]
"""Name of a question → its answer."""


class Change(NamedTuple):
    """A request that changes something, its places not yet filled."""

    method: str
    path: str
    json: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = {}
    as_user: str = "service"


@dataclass
class SideBySide:
    """Clients of both; the readers' credentials are by name."""

    demo: DemoServer
    upstream: httpx.AsyncClient
    proxied: httpx.AsyncClient
    credentials: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def names(self, project: str) -> dict[str, str]:
        """What `<name>` stands for in one of the projects."""
        return place_names(self.demo.studio.projects[project])

    async def ask(
        self, client: httpx.AsyncClient, question: Asked, names: Mapping[str, str]
    ) -> Answer:
        """One answer."""
        headers = dict(self.credentials[question.reader])
        path = filled(question.path, names)
        if question.query is not None:
            body = {"query": filled(question.query, names), "variables": {}}
            response = await client.post(path, json=body, headers=headers)
        elif question.body is not None:
            headers["content-type"] = "application/json"
            response = await client.post(
                path, content=filled(question.body, names), headers=headers
            )
        else:
            response = await client.get(path, headers=headers)
        return answer_of(response)

    async def upstreams(self, shown_in: Sequence[str], names: Mapping[str, str]) -> Shown:
        """What upstream answers now."""
        return await self._all(self.upstream, shown_in, names)

    async def proxys(self, shown_in: Sequence[str], names: Mapping[str, str]) -> Shown:
        """What the proxy answers now."""
        return await self._all(self.proxied, shown_in, names)

    async def _all(
        self, client: httpx.AsyncClient, shown_in: Sequence[str], names: Mapping[str, str]
    ) -> Shown:
        asked = (self.ask(client, READS[each], names) for each in shown_in)
        return dict(zip(shown_in, await asyncio.gather(*asked), strict=True))

    async def warm(self, shown_in: Sequence[str], names: Mapping[str, str]) -> Shown:
        """Ask through the proxy until all that can be is given from its store; what it gives."""
        warm = await asyncio.gather(*(self._warm(each, names) for each in shown_in))
        return dict(zip(shown_in, warm, strict=True))

    async def _warm(self, name: str, names: Mapping[str, str]) -> Answer:
        question, until = READS[name], time.monotonic() + SECONDS
        while True:
            answer = await self.ask(self.proxied, question, names)
            if answer.is_hit or not question.hits or answer.status != 200:
                return answer
            assert time.monotonic() < until, f"{name} is never given from the store: {answer}"

    async def send(
        self, client: httpx.AsyncClient, change: Change, names: Mapping[str, str]
    ) -> httpx.Response:
        """Make a change."""
        headers = {**self.credentials[change.as_user], **filled(dict(change.headers), names)}
        return await client.request(
            change.method,
            filled(change.path, names),
            json=filled(change.json, names),
            content=change.content,
            headers=headers,
        )

    async def arrived(self) -> None:
        """Wait until the proxy has heard all that upstream has announced until now."""
        folder = next(iter(self.demo.studio.projects[SECRET].folders))
        await SeenInStore(Marker(self.keyed_upstream, SECRET, folder), self.keyed_proxied).passed()

    keyed_upstream: httpx.AsyncClient = field(init=False)
    keyed_proxied: httpx.AsyncClient = field(init=False)


@asynccontextmanager
async def side_by_side(demo: DemoServer, proxy_url: str) -> AsyncIterator[SideBySide]:
    """Clients of a demo server and of a proxy before it."""
    async with AsyncExitStack() as stack:

        async def client(url: str, **headers: str) -> httpx.AsyncClient:
            # Upstream closes what has been idle for 5 s; so would httpx, and one may come first.
            limits = httpx.Limits(keepalive_expiry=2)
            made = httpx.AsyncClient(base_url=url, headers=headers, timeout=60, limits=limits)
            return await stack.enter_async_context(made)

        both = SideBySide(demo, await client(demo.url), await client(proxy_url))
        both.credentials["service"] = {"x-api-key": SERVICE_KEY}
        both.keyed_upstream = await client(demo.url, **both.credentials["service"])
        both.keyed_proxied = await client(proxy_url, **both.credentials["service"])
        for name, password in PASSWORDS.items():
            login = {"name": name, "password": password}
            token = (await both.upstream.post("/api/auth/login", json=login)).json()["token"]
            both.credentials[name] = {"authorization": f"Bearer {token}"}
        await both.keyed_upstream.get("/api/users/me")
        yield both


def unlike(upstream: Shown, proxied: Shown) -> list[str]:
    """A line for each question whose answers differ: empty is what a test wants."""
    return [
        f"{name} ({answer.status}, {proxied[name].status}, {proxied[name].cache_status}): "
        + "; ".join(list(differences(answer.content, proxied[name].content))[:4])
        for name, answer in upstream.items()
        if not answer.same_as(proxied[name])
    ]


def changed(before: Shown, after: Shown) -> set[str]:
    """The questions whose answers differ."""
    return {name for name, answer in before.items() if not answer.same_as(after[name])}
