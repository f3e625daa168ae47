"""What `web.protocol` relies on in uvicorn, and what it makes of it, without the engine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from ayon_proxy.demo.running import EmbeddedServer
from ayon_proxy.server import configuration, listening
from ayon_proxy.web.protocol import UntilClosed, reset_of, target_of
from tests.support.relay import chunked, request

DEADLINE = 10.0


@asynccontextmanager
async def serving(application: Any) -> AsyncIterator[tuple[asyncio.StreamReader, Any]]:
    """A connection to a server of the application."""
    listener = listening("127.0.0.1", 0)
    server = EmbeddedServer(configuration(application))
    running = asyncio.create_task(server.serve(sockets=[listener]))
    await server.ready.wait()
    reader, writer = await asyncio.open_connection(*listener.getsockname())
    try:
        async with asyncio.timeout(DEADLINE):
            yield reader, writer
    finally:
        writer.close()
        server.leave.set()
        await running


async def head(send: Any, *fields: tuple[bytes, bytes]) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": list(fields)})


@pytest.mark.parametrize("target", [b"/a%7C|?b=%20", b"//a?", b"*", b"/%2e/.."])
async def test_an_application_learns_the_target_as_it_was_sent(target: bytes) -> None:
    seen: list[bytes] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        seen.append(target_of(scope))
        await head(send, (b"content-length", b"0"))
        await send({"type": "http.response.body"})

    async with serving(application) as (reader, writer):
        writer.write(request(b"OPTIONS", target))
        await reader.readuntil(b"\r\n\r\n")
    assert seen == [target]


def test_without_this_protocol_the_target_is_put_together() -> None:
    scope = {"path": "/é", "raw_path": b"/%C3%A9", "query_string": b"a"}
    assert target_of(scope) == b"/%C3%A9?a"
    assert target_of({"path": "/é"}) == "/é".encode()
    assert reset_of(scope) is None
    UntilClosed(scope, length=None).begin()


async def test_trailers_that_come_with_the_head_are_no_fields() -> None:
    seen: list[bytes] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        while (await receive()).get("more_body"):
            continue
        seen.extend(name for name, _ in scope["headers"])
        await head(send, (b"content-length", b"0"))
        await send({"type": "http.response.body"})

    async with serving(application) as (reader, writer):
        whole = request(b"POST", b"/", b"Transfer-Encoding: chunked")
        writer.write(whole + chunked(b"a", trailers=b"X-Api-Key: 1\r\n"))
        await reader.readuntil(b"\r\n\r\n")
    assert seen == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize("pipelined", [False, True])
async def test_a_reset_is_seen_as_one_and_uvicorn_has_nothing_to_report(
    caplog: pytest.LogCaptureFixture, pipelined: bool
) -> None:
    ended = asyncio.Event()

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await head(send, (b"content-length", b"9"))
        await send({"type": "http.response.body", "body": b"a", "more_body": True})
        reset = reset_of(scope)
        assert reset is not None
        reset()
        assert (await receive())["type"] == "http.disconnect"
        ended.set()

    async with serving(application) as (reader, writer):
        writer.write(request() * (2 if pipelined else 1))
        with pytest.raises(ConnectionResetError):
            await reader.readexactly(10_000)
        await ended.wait()
    assert caplog.records == []


@pytest.mark.parametrize("length", [None, 3])
async def test_a_client_of_http_1_0_gets_a_body_that_ends_with_its_connection(
    caplog: pytest.LogCaptureFixture, length: int | None
) -> None:
    async def application(scope: Any, receive: Any, send: Any) -> None:
        until_closed = UntilClosed(scope, length=length)
        until_closed.begin()
        await head(send, *([] if length is None else [(b"content-length", b"%d" % length)]))
        for piece in (b"a", b"bc"):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        until_closed.end()
        await send({"type": "http.response.body"})

    async with serving(application) as (reader, writer):
        writer.write(b"GET / HTTP/1.0\r\n\r\n")
        head_bytes, _, body = (await reader.read()).partition(b"\r\n\r\n")
    assert body == b"abc"
    assert b"transfer-encoding" not in head_bytes
    assert caplog.records == []
