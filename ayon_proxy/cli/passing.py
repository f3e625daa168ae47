"""What passes the proxy while the tour asks: each request, where its answer came from, how long."""

from __future__ import annotations

import asyncio
import re
import time
from dataclasses import dataclass, field
from typing import Any

from ayon_proxy.demo.running import DemoServer

_OPERATION = re.compile(rb"query\s+(\w+)")


@dataclass(slots=True)
class Seen:
    """One request as it passed the proxy. `seconds` until its answer was complete."""

    name: str
    cache_status: str = ""
    status: int = 0
    seconds: float = 0.0
    upstream_bytes: int = 0
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(slots=True)
class Watched:
    """The proxy's application, with a record of what passes it."""

    application: Any
    upstream: DemoServer
    seen: list[Seen] = field(default_factory=list)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass the request on and note it."""
        if scope["type"] != "http" or scope["path"].startswith("/-/"):
            await self.application(scope, receive, send)
            return
        query = scope["query_string"].decode()
        one = Seen(f"{scope['method']} {scope['path']}{'?' + query if query else ''}")
        self.seen.append(one)
        began, before = time.perf_counter(), len(self.upstream.requests)

        async def read() -> Any:
            message = await receive()
            if one.name == "POST /graphql":
                asked = _OPERATION.search(message.get("body", b""))
                one.name = f"GraphQL {asked[1].decode()}" if asked else one.name
            return message

        async def noted(message: Any) -> None:
            if message["type"] == "http.response.start":
                one.status = message["status"]
                one.cache_status = dict(message["headers"]).get(b"cache-status", b"").decode()
            await send(message)

        try:
            await self.application(scope, read, noted)
        finally:
            one.seconds = time.perf_counter() - began
            # The proxy's own questions, those of its event feed, go by the same way.
            one.upstream_bytes = sum(
                it.bytes_sent
                for it in self.upstream.requests[before:]
                if (it.method, it.path, it.query) == (scope["method"], scope["path"], query)
            )
            one.over.set()

    async def taken(self) -> list[Seen]:
        """What passed since this was last called, each to its end."""
        seen, self.seen = self.seen, []
        for one in seen:
            await one.over.wait()
        return seen
