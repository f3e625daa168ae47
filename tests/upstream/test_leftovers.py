"""What follows an answer on its connection never becomes the answer to somebody else's request."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ayon_proxy.policy.message import Request
from ayon_proxy.upstream.client import HttpUpstream
from tests.support.raw_server import Connection, serving
from tests.upstream.conftest import Connect, serving_context

POISON = b"HTTP/1.1 200 X\r\nContent-Length: 6\r\n\r\npoison"
LENGTHY = b"HTTP/1.1 200 X\r\nContent-Length: %d\r\n\r\n"


class Followed:
    """Sends each request the same bytes at once; a request on a used connection is noted."""

    def __init__(self, *segments: bytes) -> None:
        self.segments = segments
        self.used_again = 0

    async def __call__(self, connection: Connection) -> None:
        while True:
            await connection.request()
            for segment in self.segments:
                connection.writer.write(segment)
            await connection.writer.drain()
            await connection.request()
            self.used_again += 1
            await connection.answer(200, b"second")


async def asked(upstream: HttpUpstream, method: str) -> tuple[int, bytes]:
    response = await upstream.send(Request(method, b"/"), b"{}" if method == "POST" else None)
    body = b"".join([chunk async for chunk in response.chunks()])
    await response.aclose()
    return response.head.status, body


CASES = [
    ("GET", LENGTHY % 2 + b"ok", POISON),
    ("POST", LENGTHY % 2 + b"ok", POISON),
    ("GET", LENGTHY % 2 + b"ok", b"\r\n"),
    ("GET", LENGTHY % 2 + b"ok", b"H"),
    (
        "GET",
        b"HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
        POISON,
    ),
    ("GET", b"HTTP/1.1 204 X\r\n\r\n", POISON),
    ("GET", b"HTTP/1.1 304 X\r\nContent-Length: 44\r\n\r\n", POISON),
    ("HEAD", LENGTHY % 44, POISON),
    # As much as one read takes, and as a transport hands on at once.
    *(
        ("GET", LENGTHY % size + size * b"x", POISON)
        for size in (64 * 1024 - 43, 200 * 1024, 256 * 1024 - 44)
    ),
]

followed = pytest.mark.parametrize(
    ("split", "method", "answer", "rest"),
    [(split, *case) for case in CASES for split in (False, True)],
)


@followed
async def test_what_follows_an_answer_is_never_another(
    connect: Connect, *, split: bool, method: str, answer: bytes, rest: bytes
) -> None:
    script = Followed(answer, rest) if split else Followed(answer + rest)
    async with serving(script) as server:
        upstream = connect(server.url)
        answers = {await asked(upstream, method) for _ in range(4)}
        assert len(answers) == 1
        assert b"poison" not in answers.pop()[1]
    assert (server.connections, script.used_again) == (4, 0)


@followed
async def test_nor_does_it_through_tls(
    connect: Connect, certificate: Path, *, split: bool, method: str, answer: bytes, rest: bytes
) -> None:
    script = Followed(answer, rest) if split else Followed(answer + rest)
    async with serving(script, serving_context(certificate)) as server:
        trusting = ssl.create_default_context(cafile=str(certificate))
        upstream = connect(f"https://{server.authority}", ssl_context=trusting)
        answers = {await asked(upstream, method) for _ in range(4)}
        assert len(answers) == 1
        assert b"poison" not in answers.pop()[1]
    assert (server.connections, script.used_again) == (4, 0)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_comes_on_an_idle_connection_is_no_answer(connect: Connect, method: str) -> None:
    answered, poisoned = asyncio.Event(), asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.answer(200, b"ok")
        await answered.wait()
        await connection.send(POISON)
        poisoned.set()
        await connection.closed()

    async with serving(script) as server:
        upstream = connect(server.url)
        assert await asked(upstream, method) == (200, b"ok")
        answered.set()
        await poisoned.wait()
        assert await asked(upstream, method) == (200, b"ok")
    assert server.connections == 2


async def test_an_upload_is_sent_whole_on_another_connection(connect: Connect) -> None:
    poison = asyncio.Event()

    async def script(connection: Connection) -> None:
        while True:
            request = await connection.request()
            await connection.answer(200, request.body)
            if not poison.is_set():
                await connection.send(POISON)
                poison.set()

    async def upload() -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"

    async with serving(script) as server:
        upstream = connect(server.url)
        assert await asked(upstream, "POST") == (200, b"{}")
        await poison.wait()
        response = await upstream.send(Request("PUT", b"/"), upload())
        assert b"".join([chunk async for chunk in response.chunks()]) == b"onetwo"
    assert server.connections == 2


async def test_an_early_refusal_is_seen_on_a_connection_that_was_idle(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.answer()
        await connection.head()
        await connection.answer(413)
        await connection.closed()

    async with serving(script) as server:
        upstream = connect(server.url)
        assert await asked(upstream, "POST") == (200, b"")
        response = await upstream.send(Request("PUT", b"/"), bytes(50_000_000))
        assert response.head.status == 413
        await response.aclose()
    assert server.connections == 1
