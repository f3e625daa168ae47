"""Floods of requests take bounded memory of the proxy, and no turn of other clients.

Broken once, to see the tests fail: everything that came is parsed at once, however many requests it
holds; bytes are read on while a request before them waits for upstream.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path

import pytest
import pytest_asyncio

from tests.support.attacked import SECRET
from tests.support.proxy_process import ProxyProcess, proxy_process
from tests.support.raw_server import Connection, RawServer
from tests.support.relay import request

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 20.0
MIB = 1024 * 1024
CONNECTIONS = 8
FLOOD_BYTES = 4 * MIB
"""Of each connection, as far as it is taken."""

GROWTH = 24 * MIB
"""Bytes of the process's memory, for all floods of a test together."""

LONGEST_WAIT = 2.0
"""Seconds that another client waits at most for its answer, on a busy machine."""

KEY = b"X-Api-Key: " + SECRET
HANGS = b"/api/events/hangs"
CHUNKED = request(b"POST", b"/api/x", KEY, b"Transfer-Encoding: chunked")
DEPTH = 100_000


def posted(target: bytes, body: bytes) -> bytes:
    kind = b"Content-Type: application/json"
    return request(b"POST", target, KEY, kind, body=body)


def nested(inside: bytes = b"") -> bytes:
    return b"[" * DEPTH + inside + b"]" * DEPTH


FLOODS: dict[str, tuple[bytes, bytes]] = {
    "requests after one that hangs": (request(b"GET", HANGS), b"GET / HTTP/1.1\r\nHost:\r\n\r\n"),
    "requests without end": (b"", request(b"GET", b"/api/events/0", KEY)),
    "own paths without end": (b"", request(b"GET", b"/-/healthy")),
    "chunks of a byte": (CHUNKED, b"1\r\nx\r\n"),
    "chunks of a byte after one that hangs": (request(b"GET", HANGS) + CHUNKED, b"1\r\nx\r\n"),
    "extensions between the bytes": (CHUNKED, b"1;" + b"x" * 30_000 + b"\r\nx\r\n"),
    "heads that are refused": (b"", request(b"GET", b"/x", KEY, *[b"X: y"] * 900)),
    "those who expect 100": (
        b"",
        request(b"POST", b"/api/x", b"Expect: 100-continue", b"Content-Length: 1") + b"x",
    ),
    "deep JSON in an operation": (b"", posted(b"/api/projects/film/operations", nested())),
    "deep JSON in a resolve": (b"", posted(b"/api/resolve", b'{"uris": ' + nested() + b"}")),
    "deep JSON in a question": (
        b"",
        posted(b"/graphql", b'{"query": "{ me { name } }", "variables": {"a": ' + nested() + b"}}"),
    ),
    "a deep question": (
        b"",
        posted(b"/graphql", json.dumps({"query": "{ a" * DEPTH + "}" * DEPTH}).encode()),
    ),
    "a giant question": (b"", posted(b"/graphql", b'{"query": "' + b"{ me }" * MIB + b'"}')),
    "a large context of URIs": (
        b"",
        posted(
            b"/api/resolve",
            json.dumps({"x": "y" * MIB, "uris": [f"ayon://a/b/{n}" for n in range(900)]}).encode(),
        ),
    ),
    "many URIs": (
        b"",
        posted(
            b"/api/resolve", json.dumps({"uris": [f"ayon://a/b/{n}" for n in range(9999)]}).encode()
        ),
    ),
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def process(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[ProxyProcess]:
    async def script(connection: Connection) -> None:
        while True:
            asked = await connection.request()
            if asked.target == HANGS:
                await connection.closed()
                return
            await connection.answer(200, b"ok")

    upstream = RawServer(script)
    listening = await upstream.run()
    data_dir: Path = tmp_path_factory.mktemp("flooded") / "data"
    try:
        async with proxy_process(upstream.url, data_dir) as process:
            yield process
            assert SECRET not in process.said
            assert b"Traceback" not in process.said
            assert set(process.complaints()) <= {"upstream_unknown", "graphql_unknown"}
    finally:
        listening.close()
        upstream.stop()


@pytest.mark.parametrize(("first", "again"), FLOODS.values(), ids=list(FLOODS))
async def test_a_flood_leaves_the_proxy_to_others(
    process: ProxyProcess, first: bytes, again: bytes
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
    before = process.resident_bytes
    floods = [asyncio.create_task(_flood(process.port, first, again)) for _ in range(CONNECTIONS)]
    async with asyncio.timeout(DEADLINE):
        for _ in range(8):
            await asyncio.sleep(0.1)
            async with asyncio.timeout(LONGEST_WAIT):
                writer.write(request(b"GET", b"/-/healthy"))
                assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200 ")
                await reader.readexactly(len(b'{"status":"ok"}'))
    grown = process.resident_bytes - before
    for flood in floods:
        flood.cancel()
    await asyncio.gather(*floods, return_exceptions=True)
    writer.close()
    assert grown < GROWTH


async def _flood(port: int, first: bytes, again: bytes) -> None:
    """Send and read nothing, until it is not taken any more."""
    _, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(first)
        piece = again * max(1, 64 * 1024 // len(again))
        with suppress(ConnectionError):
            for _ in range(max(1, FLOOD_BYTES // len(piece))):
                writer.write(piece)
                await writer.drain()
            await asyncio.sleep(DEADLINE)
    finally:
        writer.transport.abort()
