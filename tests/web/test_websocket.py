"""The relay between a real client and a real server, on loopback sockets."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

import pytest
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Close
from websockets.http11 import Request, Response
from websockets.typing import Subprotocol

from ayon_proxy import logs
from ayon_proxy.policy.forwarded import networks
from ayon_proxy.web.websocket import OVER, WebSocketRelay

DEADLINE = 10.0
Serve = Callable[[ServerConnection], Awaitable[None]]


@asynccontextmanager
async def relay(url: str, **settings: Any) -> AsyncIterator[str]:
    """A relay before that upstream, served by uvicorn; its own address."""
    config = uvicorn.Config(
        WebSocketRelay(url, **settings),
        port=0,
        log_config=None,
        lifespan="off",
        proxy_headers=False,
    )
    server = uvicorn.Server(config)
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    try:
        async with asyncio.timeout(DEADLINE):
            yield f"127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.force_exit = True
        await server.shutdown()


@asynccontextmanager
async def upstream(script: Serve, **settings: Any) -> AsyncIterator[str]:
    """A websocket server; its address."""
    async with serve(script, "127.0.0.1", 0, **settings) as server:
        yield f"127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}"


@asynccontextmanager
async def both(script: Serve, **settings: Any) -> AsyncIterator[str]:
    async with upstream(script, **settings) as address, relay(f"http://{address}") as proxy:
        yield proxy


async def echo(connection: ServerConnection) -> None:
    async for message in connection:
        await connection.send(message)


@pytest.mark.parametrize(
    "message", ["", "text", "ž🎬" * 1000, b"", b"\x00\xff", b"x" * 3_000_001, "y" * 3_000_001]
)
async def test_messages_pass_unchanged_both_ways(message: str | bytes) -> None:
    async with both(echo, max_size=None) as proxy, connect(f"ws://{proxy}/ws", max_size=None) as ws:
        await ws.send(message)
        assert await ws.recv() == message


async def test_many_messages_keep_their_order() -> None:
    async with both(echo) as proxy, connect(f"ws://{proxy}/ws") as ws:
        for number in range(300):
            await ws.send(str(number))
            await ws.send(str(number).encode())
        for number in range(300):
            assert await ws.recv() == str(number)
            assert await ws.recv() == str(number).encode()


HANDSHAKE = (
    "Host: proxy\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OTAxMjM0NQ==\r\n"
)


async def seen_handshake(trusted: tuple[str, ...] = (), **settings: Any) -> tuple[Request, str]:
    seen: list[Request] = []

    async def script(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request)

    async with (
        upstream(script) as address,
        relay(f"http://{address}", trusted=networks(trusted)) as proxy,
        connect(f"ws://{proxy}/ws", **settings) as ws,
    ):
        await ws.wait_closed()
    return seen[0], address


@pytest.mark.parametrize(
    "target", ["/ws", "//ws", "/api/addons/x/1.0/ws%2Fa;v=1?b=%7C|&token=t", "/"]
)
@pytest.mark.parametrize("prefix", ["", "/ayon/"])
async def test_any_target_reaches_upstream_as_it_is(target: str, prefix: str) -> None:
    seen: list[str] = []

    async def script(connection: ServerConnection) -> None:
        assert connection.request is not None
        seen.append(connection.request.path)

    async with upstream(script) as address, relay(f"http://{address}{prefix}") as proxy:
        reader, writer = await asyncio.open_connection(*proxy.split(":"))
        writer.write(f"GET {target} HTTP/1.1\r\n{HANDSHAKE}\r\n".encode())
        assert b" 101 " in await reader.readline()
        writer.close()
        await writer.wait_closed()
    assert seen == [prefix.rstrip("/") + target]


async def test_the_callers_fields_reach_upstream_and_the_handshakes_own_do_not() -> None:
    fields = [
        ("Cookie", "accessToken=x"),
        ("X-Twice", "1"),
        ("X-Twice", "2"),
        ("X-Forwarded-For", "6.6.6.6"),
        ("X-Latin", "caf\xe9"),
    ]
    request, address = await seen_handshake(
        additional_headers=fields, user_agent_header="Agent/1", origin="http://proxy"
    )
    fields_seen = list(request.headers.raw_items())
    names = [name.lower() for name, _ in fields_seen]
    assert request.headers["host"] == address
    assert request.headers["origin"] == "http://proxy"
    assert request.headers["user-agent"] == "Agent/1"
    assert request.headers["cookie"] == "accessToken=x"
    assert request.headers["x-latin"] == "caf\xe9"
    assert request.headers.get_all("x-twice") == ["1", "2"]
    assert request.headers.get_all("x-forwarded-for") == ["127.0.0.1"]
    for once in ("host", "upgrade", "connection", "sec-websocket-key", "sec-websocket-version"):
        assert names.count(once) == 1


async def test_a_trusted_proxy_is_believed_about_the_client() -> None:
    fields = [("X-Forwarded-For", "6.6.6.6")]
    request, _ = await seen_handshake(trusted=("127.0.0.0/8",), additional_headers=fields)
    assert request.headers.get_all("x-forwarded-for") == ["6.6.6.6"]


async def test_the_subprotocol_and_the_fields_are_upstreams_choice() -> None:
    offered = [Subprotocol("one"), Subprotocol("two")]

    def add_field(_: ServerConnection, __: Request, response: Response) -> Response:
        response.headers["Set-Cookie"] = "a=b"
        response.headers["X-Request-ID"] = "7"
        return response

    async with (
        both(echo, subprotocols=[Subprotocol("two")], process_response=add_field) as proxy,
        connect(f"ws://{proxy}/ws", subprotocols=offered) as ws,
    ):
        assert ws.subprotocol == "two"
        assert ws.response is not None
        assert ws.response.headers["set-cookie"] == "a=b"
        assert ws.response.headers["x-request-id"] == "7"
        assert len(ws.response.headers.get_all("sec-websocket-accept")) == 1


async def test_the_client_is_accepted_only_after_upstream_has() -> None:
    asked, decide = asyncio.Event(), asyncio.Event()

    async def hesitate(_: ServerConnection, __: Request) -> None:
        asked.set()
        await decide.wait()

    async with both(echo, process_request=hesitate) as proxy:
        connecting = asyncio.ensure_future(connect(f"ws://{proxy}/ws").connect())
        await asked.wait()
        assert not connecting.done()
        decide.set()
        ws = await connecting
        await ws.close()


class Unfollowing(connect):
    """A client that takes a redirect for an answer."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


@pytest.mark.parametrize("status", [302, 401, 403, 404, 500, 503])
async def test_a_refusal_is_passed_on_as_it_is(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(connection: ServerConnection, _: Request) -> Response:
        response = connection.respond(HTTPStatus(status), '{"code":1}')
        del response.headers["Content-Type"]
        response.headers["Content-Type"] = "application/json"
        response.headers["Location"] = "/other"
        return response

    async with both(echo, process_request=refuse) as proxy:
        with pytest.raises(InvalidStatus) as caught:
            await Unfollowing(f"ws://{proxy}/ws?token=t").connect()
    response = caught.value.response
    assert (response.status_code, bytes(response.body)) == (status, b'{"code":1}')
    assert response.headers["content-type"] == "application/json"
    assert response.headers["location"] == "/other"
    assert response.headers.get_all("content-length") == ["10"]
    assert "without completing handshake" not in caplog.text


async def test_an_upstream_that_is_away_is_a_504() -> None:
    async with upstream(echo) as address:
        pass
    async with relay(f"http://{address}") as proxy:
        await _is_504(proxy)


async def test_an_upstream_that_hesitates_too_long_is_a_504() -> None:
    never = asyncio.Event()

    async def hesitate(_: ServerConnection, __: Request) -> None:
        await never.wait()

    async with (
        upstream(echo, process_request=hesitate) as address,
        relay(f"http://{address}", open_seconds=0.1) as proxy,
    ):
        await _is_504(proxy)
        never.set()


async def _is_504(proxy: str) -> None:
    with pytest.raises(InvalidStatus) as caught:
        await connect(f"ws://{proxy}/ws?token=t").connect()
    response = caught.value.response
    assert response.status_code == 504
    assert response.headers["content-type"] == "application/json"
    assert bytes(response.body).startswith(b'{"code":504,"detail":"')
    assert b"token" not in bytes(response.body)


CODES = [(1000, "done"), (1001, ""), (1008, "policy ž"), (1012, "restart"), (3000, "x"), (4999, "")]


@pytest.mark.parametrize(("code", "reason"), CODES)
async def test_upstreams_end_reaches_the_client_after_its_last_message(
    code: int, reason: str
) -> None:
    async def script(connection: ServerConnection) -> None:
        await connection.send("last")
        await connection.close(code, reason)

    async with both(script) as proxy, connect(f"ws://{proxy}/ws") as ws:
        assert await ws.recv() == "last"
        with pytest.raises(ConnectionClosed) as caught:
            await ws.recv()
    assert caught.value.rcvd == Close(code, reason)


class Ended:
    """A server that tells how its client ended."""

    def __init__(self) -> None:
        self.messages: list[str | bytes] = []
        self.end: asyncio.Future[Close | None] = asyncio.get_running_loop().create_future()

    async def __call__(self, connection: ServerConnection) -> None:
        try:
            while True:
                self.messages.append(await connection.recv())
        except ConnectionClosed as closed:
            self.end.set_result(closed.rcvd)


@pytest.mark.parametrize(("code", "reason"), CODES)
async def test_the_clients_end_reaches_upstream_after_its_last_message(
    code: int, reason: str
) -> None:
    script = Ended()
    async with both(script) as proxy:
        async with connect(f"ws://{proxy}/ws") as ws:
            await ws.send("last")
            await ws.close(code, reason)
        assert await script.end == Close(code, reason)
    assert script.messages == ["last"]


@pytest.mark.parametrize("form", ["json", "console"])
async def test_a_client_that_sends_no_utf8_is_one_line_in_the_log(
    form: logs.Format, log_stream: io.StringIO
) -> None:
    logs.configure("debug", form, log_stream)
    script = Ended()
    async with both(script) as proxy, connect(f"ws://{proxy}/ws") as ws:
        ws.protocol.send_text(b"\xff")
        ws.transport.write(b"".join(ws.protocol.data_to_send()))
        with pytest.raises(ConnectionClosed) as caught:
            await ws.recv()
        assert await script.end == Close(1007, "")
    assert caught.value.rcvd == Close(1007, "")
    (line,) = log_stream.getvalue().splitlines()
    assert "Invalid UTF-8 sequence received from client." in line
    assert "Traceback" not in line


async def test_a_client_that_is_lost_is_lost_to_upstream() -> None:
    script = Ended()
    async with both(script) as proxy:
        ws = await connect(f"ws://{proxy}/ws")
        ws.transport.abort()
        assert await script.end is None


async def test_an_upstream_that_is_lost_is_lost_to_the_client() -> None:
    async def script(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.abort()

    async with both(script) as proxy, connect(f"ws://{proxy}/ws") as ws:
        await ws.send("go")
        with pytest.raises(ConnectionClosed) as caught:
            await ws.recv()
    assert caught.value.rcvd is None


async def test_a_ping_of_the_client_is_answered_while_upstream_is_silent() -> None:
    async def script(connection: ServerConnection) -> None:
        await connection.wait_closed()

    async with both(script) as proxy, connect(f"ws://{proxy}/ws") as ws:
        await (await ws.ping())


MESSAGE = b"m" * 100_000


async def test_a_client_that_reads_slowly_slows_upstream_down() -> None:
    sent = 0

    async def script(connection: ServerConnection) -> None:
        nonlocal sent
        for _ in range(1000):
            await connection.send(MESSAGE)
            sent += 1

    async with (
        both(script, compression=None) as proxy,
        connect(f"ws://{proxy}/ws", compression=None, max_queue=1) as ws,
    ):
        before = -1
        while sent != before:
            before = sent
            await asyncio.sleep(0.2)
        assert 0 < sent < 500
        for _ in range(1000):
            assert await ws.recv() == MESSAGE


async def test_an_upstream_that_reads_slowly_slows_the_client_down() -> None:
    go_on = asyncio.Event()
    read = 0

    async def script(connection: ServerConnection) -> None:
        nonlocal read
        await go_on.wait()
        async for _ in connection:
            read += 1
        whole.set()

    whole = asyncio.Event()
    sent = 0

    async def send(ws: Any) -> None:
        nonlocal sent
        for _ in range(1000):
            await ws.send(MESSAGE)
            sent += 1

    async with both(script, compression=None, max_queue=1) as proxy:
        async with connect(f"ws://{proxy}/ws", compression=None) as ws:
            sending = asyncio.create_task(send(ws))
            before = -1
            while sent != before:
                before = sent
                await asyncio.sleep(0.2)
            assert 0 < sent < 500
            go_on.set()
            await sending
        await whole.wait()
    assert read == 1000


async def test_a_server_without_the_extension_still_refuses() -> None:
    async with upstream(echo) as address:
        pass
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect" if not sent else "websocket.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "websocket",
        "path": "/ws",
        "raw_path": b"/ws",
        "query_string": b"",
        "headers": [],
        "subprotocols": [],
    }
    await WebSocketRelay(f"http://{address}")(scope, receive, send)
    assert sent == [{"type": "websocket.close"}]


async def listening(ws: ClientConnection) -> None:
    while True:
        await ws.recv()


async def test_whose_session_is_over_hears_nothing_more_of_an_upstream_that_goes_on() -> None:
    over, left = asyncio.Event(), asyncio.Event()

    async def deaf(connection: ServerConnection) -> None:
        await connection.recv()
        connection.transport.pause_reading()  # a close frame is not answered
        while not left.is_set():
            await connection.send("news")
            await asyncio.sleep(0.001)
        connection.transport.abort()

    async def until_over(_token: str, _fields: object) -> None:
        await over.wait()

    async with (
        upstream(deaf) as address,
        relay(f"http://{address}", until_over=until_over) as proxy,
        connect(f"ws://{proxy}/ws") as ws,
    ):
        await ws.send('{"topic": "auth", "token": "t"}')
        assert await ws.recv() == "news"
        over.set()
        try:
            async with asyncio.timeout(DEADLINE / 2):
                with pytest.raises(ConnectionClosed) as closed:
                    await listening(ws)
        finally:
            left.set()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == OVER.code
