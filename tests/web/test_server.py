"""The server says where it listens, and comes to an end whatever its clients do."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from structlog.testing import capture_logs

from ayon_proxy.server import configuration, listening, loop_factory, many_times
from ayon_proxy.web.server import GRACEFUL_SECONDS, Server
from tests.support.relay import request

DEADLINE = 10.0


@dataclass
class Serving:
    """Its application answers half, and the rest when it is told to."""

    server: Server
    port: int
    answering: asyncio.Event = field(default_factory=asyncio.Event)
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def application(self, scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-length", b"4")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": b"ha", "more_body": True})
        self.answering.set()
        leaving = asyncio.create_task(self._leaving(receive))
        going_on = asyncio.create_task(self.go_on.wait())
        await asyncio.wait({leaving, going_on}, return_when=asyncio.FIRST_COMPLETED)
        for task in (leaving, going_on):
            task.cancel()
        if self.go_on.is_set():
            await send({"type": "http.response.body", "body": b"lf"})
        else:
            self.left.set()

    async def _leaving(self, receive: Any) -> None:
        while (await receive())["type"] != "http.disconnect":
            continue


@asynccontextmanager
async def serving(graceful_seconds: float) -> AsyncIterator[Serving]:
    """A server with one answer under way; asked to stop when the block ends."""
    listener = listening("127.0.0.1", 0)

    async def application(scope: Any, receive: Any, send: Any) -> None:
        await running_one.application(scope, receive, send)

    server = Server(configuration(application), graceful_seconds=graceful_seconds)
    running_one = Serving(server, listener.getsockname()[1])
    running = asyncio.create_task(server.serve(sockets=many_times(listener)))
    async with asyncio.timeout(DEADLINE):
        yield running_one
        server.should_exit = True
        await running


async def test_it_says_where_it_listens() -> None:
    with capture_logs() as lines:
        async with serving(1.0) as it:
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            it.go_on.set()
            writer.write(request())
            await reader.readuntil(b"half")
            writer.close()
    assert lines == [
        {
            "event": "listening",
            "log_level": "info",
            "scheme": "http",
            "host": "127.0.0.1",
            "port": it.port,
        }
    ]


async def test_an_answer_that_ends_in_time_ends_whole() -> None:
    with capture_logs() as lines:
        async with serving(DEADLINE) as it:
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(request())
            await it.answering.wait()
            it.server.should_exit = True
            it.go_on.set()
            assert (await reader.read()).endswith(b"half")
            writer.close()
    assert [line["event"] for line in lines] == ["listening"]


async def test_an_answer_that_does_not_end_is_cut_and_no_error_of_the_program(
    caplog: pytest.LogCaptureFixture,
) -> None:
    with capture_logs() as lines:
        async with serving(0.2) as it:
            reader, writer = await asyncio.open_connection("127.0.0.1", it.port)
            writer.write(request())
            await it.answering.wait()
            it.server.should_exit = True
            with pytest.raises(ConnectionResetError):
                await reader.readexactly(10_000)
            await it.left.wait()
            writer.close()
    assert [line["event"] for line in lines] == ["listening", "transfers_cut"]
    assert caplog.records == []


def test_transfers_get_ten_seconds() -> None:
    assert GRACEFUL_SECONDS == 10
    assert Server(configuration(None))._graceful_seconds == GRACEFUL_SECONDS


def test_many_who_come_at_once_are_let_in_within_few_turns() -> None:
    """A turn of the loop may be long: one connection in each would keep a farm waiting.

    Broken once: one listening socket. On the loop that is used: asyncio's own takes them all.
    """

    async def turns_until_all_are_in() -> int:
        async with serving(0.0) as it:
            await wait_until(lambda: it.server.started)
            clients = [socket.create_connection(("127.0.0.1", it.port)) for _ in range(64)]
            connections = it.server.server_state.connections
            turns = await wait_until(lambda: len(connections) == len(clients))
            for client in clients:
                client.close()
            return turns

    with asyncio.Runner(loop_factory=loop_factory()) as runner:
        assert runner.run(turns_until_all_are_in()) <= 16


async def wait_until(true: Callable[[], bool]) -> int:
    """Turns of the loop that it took."""
    turns = 0
    while not true():
        await asyncio.sleep(0)
        turns += 1
    return turns
