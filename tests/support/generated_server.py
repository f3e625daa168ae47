"""An upstream whose every answer is made from its target: any number of them, none of them stored.

The last part of a path ends in `-{size}`: that many bytes. What comes once and what comes again is
the same until `generation` changes, and no two parts of it are alike.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from tests.support.raw_server import Connection, RawServer

INFO = b'{"version":"1.16.0"}'


def addon_file(name: object, size: int) -> str:
    """The path of a file without a listed checksum."""
    return f"/addons/made/1.0.0/private/{name}-{size}"


def folder(name: object, size: int = 2_000) -> str:
    """The path of an entity."""
    return f"/api/projects/made/folders/{name}-{size}"


@lru_cache(64)
def content(path: str, generation: int = 0) -> bytes:
    """What the server answers, an entity as a JSON string; the first word tells the generation."""
    size = int(path.rpartition("-")[2])
    made = hashlib.shake_128(f"{generation} {path}".encode()).digest(size)
    if path.startswith("/api/"):
        return (b'"%d ' % generation + made.hex().encode())[: size - 1] + b'"'
    return (b"%d " % generation + made)[:size]


class GeneratedServer:
    """`asked` counts the requests by path; `pace`, while it is not set, holds back every answer
    after half of its bytes."""

    def __init__(self) -> None:
        self.asked: Counter[str] = Counter()
        self.generation = 0
        self.pace = asyncio.Event()
        self.pace.set()
        self.halfway: asyncio.Queue[str] = asyncio.Queue()
        self.url = ""

    async def script(self, connection: Connection) -> None:
        while True:
            path = (await connection.request()).target.decode().partition("?")[0]
            if path == "/api/info":
                await connection.answer(200, INFO)
                continue
            if not path.rpartition("-")[2].isdigit():
                await connection.answer(404)  # what the proxy asks on its own
                continue
            self.asked[path] += 1
            body = content(path, self.generation)
            media = b"application/json" if path.startswith("/api/") else b"application/zip"
            head = b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (
                media,
                len(body),
            )
            if self.pace.is_set():
                await connection.send(head + body)
            else:
                half = len(body) // 2
                await connection.send(head + body[:half])
                self.halfway.put_nowait(path)
                await self.pace.wait()
                await connection.send(body[half:])


@asynccontextmanager
async def generated_server() -> AsyncIterator[GeneratedServer]:
    """A running one."""
    generated = GeneratedServer()
    raw = RawServer(generated.script)
    listening = await raw.run()
    generated.url = raw.url
    try:
        yield generated
    finally:
        listening.close()
        raw.stop()
