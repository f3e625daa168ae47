"""Faults do to a request what they say, on a real socket."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed

from ayon_proxy.demo.fault_requests import fault_routes
from ayon_proxy.demo.faults import Faults
from ayon_proxy.demo.film import small_film
from ayon_proxy.demo.line import UvicornLine
from ayon_proxy.demo.running import DemoServer

BODY = bytes(range(256)) * 1024  # more than a socket buffer's first write
DEADLINE = 10.0


async def _body(_: Request) -> Response:
    return Response(BODY)


class Server:
    """A bare application behind faults, on a socket of its own."""

    def __init__(self) -> None:
        self.faults = Faults(Starlette(routes=[Route("/body", _body), Route("/other", _body)]))
        orders = Starlette(routes=fault_routes(self.faults))

        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            to: ASGIApp = orders if scope["path"].startswith("/-/") else self.faults
            await to(scope, receive, send)

        config = uvicorn.Config(app, host="127.0.0.1", port=0, log_config=None, lifespan="off")
        self.uvicorn = uvicorn.Server(config)
        self.faults.line = UvicornLine(self.uvicorn)
        config.load()
        self.uvicorn.lifespan = config.lifespan_class(config)

    @property
    def url(self) -> str:
        host, port = self.uvicorn.servers[0].sockets[0].getsockname()
        return f"http://{host}:{port}"


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    server = Server()
    await server.uvicorn.startup()
    yield server
    server.faults.clear()
    server.uvicorn.force_exit = True
    await server.uvicorn.shutdown()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=server.url, timeout=DEADLINE) as client:
        yield client


async def test_status_answers_instead_of_the_application_as_often_as_told(
    server: Server, client: httpx.AsyncClient
) -> None:
    server.faults.add("^/body", "status", status=502, headers={"Retry-After": "1"}, times=1)
    first, second = await client.get("/body"), await client.get("/body")
    assert (first.status_code, first.json()["code"], first.headers["retry-after"]) == (
        502,
        502,
        "1",
    )
    assert second.content == BODY


async def test_a_fault_leaves_other_paths_and_methods_alone(
    server: Server, client: httpx.AsyncClient
) -> None:
    server.faults.add("^/body", "status", method="POST")
    server.faults.add("^/other", "status")
    assert (await client.get("/body")).content == BODY


async def test_a_request_waits_at_the_barrier_until_released(
    server: Server, client: httpx.AsyncClient
) -> None:
    fault = server.faults.add(lambda scope: scope["path"] == "/body", "hold")
    request = asyncio.create_task(client.get("/body"))
    await asyncio.wait_for(fault.reached(), DEADLINE)
    assert (await client.get("/other")).content == BODY
    assert not request.done()
    fault.release()
    assert (await request).content == BODY


@pytest.mark.parametrize("after", [0, 1, 70_001, len(BODY)])
async def test_a_body_waits_at_the_barrier_after_exactly_as_many_bytes(
    server: Server, client: httpx.AsyncClient, after: int
) -> None:
    fault = server.faults.add("^/body", "hold", after_bytes=after)
    received = bytearray()
    async with client.stream("GET", "/body") as response:
        stream = response.aiter_raw()
        await asyncio.wait_for(fault.reached(), DEADLINE)
        while len(received) < after:
            received += await anext(stream)
        assert bytes(received) == BODY[:after]
        fault.release()
        async for chunk in stream:
            received += chunk
    assert bytes(received) == BODY


@pytest.mark.parametrize("kind", ["cut_body", "cut_socket"])
@pytest.mark.parametrize("after", [0, 1, 65_537])
async def test_a_cut_body_is_shorter_than_announced(
    server: Server, client: httpx.AsyncClient, kind: str, after: int
) -> None:
    server.faults.add("^/body", kind, after_bytes=after)
    received = bytearray()

    async def read() -> None:
        async with client.stream("GET", "/body") as response:
            assert response.headers["content-length"] == str(len(BODY))
            async for chunk in response.aiter_raw():
                received.extend(chunk)

    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await read()
    assert bytes(received) == BODY[: len(received)]
    # A reset may overtake bytes that were under way; an orderly close may not.
    assert len(received) == after or (kind == "cut_socket" and len(received) < after)


async def test_a_garbled_body_has_its_length_and_one_wrong_byte(
    server: Server, client: httpx.AsyncClient
) -> None:
    server.faults.add("^/body", "garble", after_bytes=1000)
    got = (await client.get("/body")).content
    assert [at for at in range(len(BODY)) if got[at] != BODY[at]] == [1000]
    assert len(got) == len(BODY)


async def test_down_loses_the_connection_before_the_head(
    server: Server, client: httpx.AsyncClient
) -> None:
    server.faults.add("^/body", "down")
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await client.get("/body")


async def test_clearing_lets_a_hanging_request_go_on(
    server: Server, client: httpx.AsyncClient
) -> None:
    fault = server.faults.add("^/body", "hang")
    request = asyncio.create_task(client.get("/body"))
    await asyncio.wait_for(fault.reached(), DEADLINE)
    server.faults.clear()
    assert (await request).content == BODY


async def test_slow_waits_before_the_head(server: Server, client: httpx.AsyncClient) -> None:
    server.faults.add("^/body", "slow", seconds=0.2)
    assert (await client.get("/body")).elapsed.total_seconds() >= 0.2


async def test_a_server_that_is_down_refuses_and_comes_back_on_its_port(
    server: Server, client: httpx.AsyncClient
) -> None:
    fault = server.faults.add("^/body", "hang")
    under_way = asyncio.create_task(client.get("/body"))
    await asyncio.wait_for(fault.reached(), DEADLINE)
    url = server.url
    server.faults.go_down()
    with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
        await under_way
    with pytest.raises(httpx.ConnectError):
        await client.get("/other")
    server.faults.clear()
    await server.faults.come_back()
    assert server.url == url
    assert (await client.get("/other")).content == BODY


async def test_faults_are_ordered_and_released_over_http(
    server: Server, client: httpx.AsyncClient
) -> None:
    order = {"match": "^/body", "kind": "hold", "times": 1}
    number = (await client.post("/-/faults", json=order)).json()["id"]
    request = asyncio.create_task(client.get("/body"))
    await asyncio.wait_for(server.faults.active[0].reached(), DEADLINE)
    assert (await client.get("/-/faults")).json()[number]["arrived"] == 1
    assert (await client.post(f"/-/faults/{number}/release")).status_code == 204
    assert (await request).content == BODY
    assert (await client.delete("/-/faults")).status_code == 204
    assert server.faults.active == []


@pytest.mark.parametrize(
    "order",
    [
        b"{",
        b"[]",
        b'{"kind": "hold"}',
        b'{"match": "x", "kind": "nonsense"}',
        b'{"match": "x", "kind": "slow", "seconds": "1"}',
        b'{"match": "x", "kind": "slow", "extra": 1}',
    ],
)
async def test_an_order_that_makes_no_sense_is_refused(
    client: httpx.AsyncClient, order: bytes
) -> None:
    assert (await client.post("/-/faults", content=order)).status_code == 400


def test_a_bare_application_has_no_line_to_take_down() -> None:
    faults = Faults(Starlette())
    with pytest.raises(RuntimeError, match="no line"):
        faults.go_down()


async def test_a_server_that_goes_down_drops_its_websockets() -> None:
    async with DemoServer(small_film()) as demo:
        async with connect(f"ws{demo.url.removeprefix('http')}/ws") as socket:
            demo.faults.go_down()
            with pytest.raises(ConnectionClosed):
                await asyncio.wait_for(socket.recv(), DEADLINE)
        with pytest.raises(ConnectionRefusedError):
            await connect(f"ws{demo.url.removeprefix('http')}/ws")
        await demo.faults.come_back()
        async with connect(f"ws{demo.url.removeprefix('http')}/ws"):
            pass


async def test_a_forwarded_address_does_not_hide_whose_connection_is_cut() -> None:
    async with (
        DemoServer(small_film()) as demo,
        httpx.AsyncClient(base_url=demo.url, headers={"X-Forwarded-For": "10.0.0.7"}) as client,
    ):
        demo.faults.add("^/api/info", "down")
        with pytest.raises((httpx.RemoteProtocolError, httpx.ReadError)):
            await client.get("/api/info")
        assert [each.path for each in demo.requests] == ["/api/info"]
