"""Connections: kept, found dead, given up; and what of it may be tried again."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
import time
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest

from ayon_proxy.errors import UpstreamBroke, UpstreamBusy, UpstreamUnreachable
from ayon_proxy.policy.message import Request
from ayon_proxy.server import loop_factory
from ayon_proxy.upstream.client import HttpUpstream
from tests.support.raw_server import Connection, Received, serving
from tests.upstream.conftest import Connect

Body = AsyncIterator[bytes] | bytes | None

SECRET = b"token=s3cret"


async def ask(upstream: HttpUpstream, method: str = "GET", body: Body = None) -> bytes:
    response = await upstream.send(Request(method, b"/path", SECRET), body)
    return b"".join([chunk async for chunk in response.chunks()])


async def echo(connection: Connection) -> None:
    """Answers every request with its method."""
    while True:
        request = await connection.request()
        await connection.answer(200, request.method)


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_connection_is_used_again(connect: Connect, method: str) -> None:
    async with serving(echo) as server:
        upstream = connect(server.url)
        for _ in range(3):
            assert await ask(upstream, method) == method.encode()
    assert server.connections == 1


def test_one_that_is_reset_as_soon_as_it_is_made_is_none() -> None:
    """In the loop of the real program, when that is busy: the socket is gone before its options
    are set."""

    def reset_all(listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                connection, _ = listener.accept()
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                connection.close()

    async def busy() -> None:
        while True:
            time.sleep(0.005)  # noqa: ASYNC251 - the loop is to be held up
            await asyncio.sleep(0)

    async def main(url: str) -> None:
        upstream = HttpUpstream(url)
        holding = asyncio.create_task(busy())
        told = await asyncio.gather(*(ask(upstream) for _ in range(100)), return_exceptions=True)
        holding.cancel()
        await upstream.aclose()
        assert {type(each) for each in told} <= {UpstreamUnreachable, UpstreamBroke}

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=reset_all, args=(listener,))
        thread.start()
        with asyncio.Runner(loop_factory=loop_factory()) as runner:
            runner.run(main(f"http://127.0.0.1:{listener.getsockname()[1]}"))
        listener.shutdown(socket.SHUT_RDWR)
        thread.join()


async def test_a_large_pool_serves_requests_side_by_side(connect: Connect) -> None:
    here = asyncio.Semaphore(0)
    go_on = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        here.release()
        await go_on.wait()
        await connection.answer()

    async with serving(script) as server:
        upstream = connect(server.url)
        asking = [asyncio.create_task(ask(upstream)) for _ in range(100)]
        for _ in asking:
            await here.acquire()
        go_on.set()
        assert await asyncio.gather(*asking) == [b""] * 100
    assert server.connections == 100


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_an_idle_connection_that_upstream_closed_is_not_used(
    connect: Connect, method: str
) -> None:
    closed: asyncio.Queue[None] = asyncio.Queue()

    async def script(connection: Connection) -> None:
        request = await connection.request()
        await connection.answer(200, request.method)
        connection.close()
        await connection.writer.wait_closed()
        closed.put_nowait(None)

    async with serving(script) as server:
        upstream = connect(server.url)
        for _ in range(3):
            assert await ask(upstream, method) == method.encode()
            await closed.get()
    assert server.connections == 3


class ClosesOnReuse:
    """Answers the first request of a connection, and takes the second one's bytes to hang up on.

    To the client that is what an idle connection looks like whose end crosses the next request.
    """

    def __init__(self, *, reset: bool, times: int = 1) -> None:
        self.reset = reset
        self.left = times
        self.requests: list[Received] = []

    async def __call__(self, connection: Connection) -> None:
        while True:
            self.requests.append(await connection.request())
            if self.left and len(self.requests) > 1:
                self.left -= 1
                if self.reset:
                    connection.reset()
                return
            method = self.requests[-1].method
            await connection.answer(200, b"" if method == b"HEAD" else method)


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize(("method", "body"), [("GET", None), ("HEAD", None), ("GET", b"{}")])
async def test_a_safe_request_is_sent_again_when_a_pooled_connection_was_dead(
    connect: Connect, reset: bool, method: str, body: bytes | None
) -> None:
    script = ClosesOnReuse(reset=reset)
    async with serving(script) as server:
        upstream = connect(server.url)
        for _ in range(2):
            assert await ask(upstream, method, body) == (b"GET" if method == "GET" else b"")
    assert server.connections == 2
    assert [request.body for request in script.requests] == [body or b""] * 3


@pytest.mark.parametrize("reset", [False, True])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
async def test_a_write_is_never_sent_again(connect: Connect, reset: bool, method: str) -> None:
    script = ClosesOnReuse(reset=reset)
    async with serving(script) as server:
        upstream = connect(server.url)
        await ask(upstream, method)
        with pytest.raises(UpstreamBroke):
            await ask(upstream, method)
    assert (server.connections, len(script.requests)) == (1, 2)


async def test_a_question_in_a_post_may_be_declared_repeatable(connect: Connect) -> None:
    script = ClosesOnReuse(reset=False)
    async with serving(script) as server:
        upstream = connect(server.url, repeatable=lambda request: request.path == b"/path")
        for _ in range(2):
            assert await ask(upstream, "POST", b"{}") == b"POST"
    assert len(script.requests) == 3


async def test_a_streamed_body_is_never_sent_again(connect: Connect) -> None:
    async def body() -> AsyncIterator[bytes]:
        yield b"x"

    script = ClosesOnReuse(reset=False)
    async with serving(script) as server:
        upstream = connect(server.url, repeatable=lambda _: True)
        await ask(upstream, "PUT", body())
        with pytest.raises(UpstreamBroke):
            await ask(upstream, "PUT", body())
    assert (server.connections, len(script.requests)) == (1, 2)


async def test_a_new_connection_that_dies_is_not_tried_again(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()

    async with serving(script) as server:
        with pytest.raises(UpstreamBroke, match="closed the connection"):
            await ask(connect(server.url))
    assert server.connections == 1


async def test_an_answer_that_began_is_not_asked_for_again(connect: Connect) -> None:
    requests = 0

    async def script(connection: Connection) -> None:
        nonlocal requests
        while True:
            await connection.request()
            requests += 1
            if requests == 2:
                await connection.send(b"HTTP/1.1 200 OK\r\nContent-")
                return
            await connection.answer()

    async with serving(script) as server:
        upstream = connect(server.url)
        await ask(upstream)
        with pytest.raises(UpstreamBroke):
            await ask(upstream)
    assert requests == 2


async def test_a_pooled_connection_that_stays_silent_is_not_asked_again(connect: Connect) -> None:
    requests = 0

    async def script(connection: Connection) -> None:
        nonlocal requests
        while True:
            await connection.request()
            requests += 1
            if requests == 1:
                await connection.answer()

    async with serving(script) as server:
        upstream = connect(server.url, head_seconds=0.1)
        await ask(upstream)
        with pytest.raises(UpstreamBroke, match="sent nothing for too long"):
            await ask(upstream)
    assert requests == 2


async def test_a_write_goes_over_a_connection_that_was_busy_a_moment_ago(connect: Connect) -> None:
    async with serving(echo) as server:
        upstream = connect(server.url, cautious_idle_seconds=0.0)
        for _ in range(2):
            await ask(upstream, "POST")
        for _ in range(2):
            await ask(upstream, "GET")
    assert server.connections == 3


async def test_a_slow_head_may_take_its_time_and_a_body_longer(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        for byte in b"abcdef":
            await asyncio.sleep(0.04)
            await connection.send(bytes((byte,)))

    async with serving(script) as server:
        upstream = connect(server.url, head_seconds=0.1, silence_seconds=0.15)
        assert await ask(upstream) == b"abcdef"


async def test_a_caller_that_gives_up_closes_the_connection(connect: Connect) -> None:
    asked, closed = asyncio.Event(), asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        asked.set()
        await connection.closed()
        closed.set()

    async with serving(script) as server:
        asking = asyncio.create_task(ask(connect(server.url), "POST", b"{}"))
        await asked.wait()
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        await closed.wait()


def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_closed_port_is_unreachable(connect: Connect, method: str) -> None:
    authority = f"127.0.0.1:{unused_port()}"
    with pytest.raises(UpstreamUnreachable) as caught:
        await ask(connect(f"http://{authority}"), method)
    assert str(caught.value) == f"{authority} refused the connection."


async def test_a_name_that_does_not_exist_is_unreachable(connect: Connect) -> None:
    with pytest.raises(
        UpstreamUnreachable, match=r"^ayon\.invalid is a name that can.t be resolved"
    ):
        await ask(connect("http://ayon.invalid"))


async def test_a_connection_that_is_not_accepted_in_time_is_unreachable(connect: Connect) -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        port = full.getsockname()[1]
        blockers = []
        for _ in range(4):
            blocker = socket.socket()
            blocker.setblocking(False)
            blocker.connect_ex(("127.0.0.1", port))
            blockers.append(blocker)
        try:
            with pytest.raises(UpstreamUnreachable, match="too long to accept a connection"):
                await ask(connect(f"http://127.0.0.1:{port}", connect_seconds=0.2))
        finally:
            for blocker in blockers:
                blocker.close()


async def test_something_that_is_no_http_broke(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.send(b"SSH-2.0-OpenSSH\r\n\r\n")

    async with serving(script) as server:
        with pytest.raises(UpstreamBroke, match="does not speak HTTP") as caught:
            await ask(connect(server.url))
    assert "s3cret" not in str(caught.value)


async def test_a_full_pool_is_busy_long_before_upstream_is_given_up(connect: Connect) -> None:
    asked = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.request()
        asked.set()
        await connection.closed()

    async with serving(script) as server:
        upstream = connect(server.url, max_connections=1, free_seconds=0.05)
        first = asyncio.create_task(ask(upstream))
        await asked.wait()
        with pytest.raises(UpstreamBusy, match="is busy"):
            await ask(upstream)
        assert not first.done()
        first.cancel()
        await asyncio.wait({first})


async def test_hundreds_of_reads_that_are_never_answered_stop_no_other(connect: Connect) -> None:
    here = asyncio.Semaphore(0)

    async def script(connection: Connection) -> None:
        request = await connection.request()
        if request.target == b"/stuck":
            here.release()
            await connection.closed()
        await connection.answer(200, b"well")

    async with serving(script) as server:
        upstream = connect(server.url, free_seconds=0.05)
        stuck = [asyncio.create_task(upstream.send(Request("GET", b"/stuck"))) for _ in range(300)]
        for _ in stuck:
            await here.acquire()
        assert await ask(upstream) == b"well"
        for task in stuck:
            task.cancel()
        await asyncio.wait(stuck)


async def test_a_plain_server_behind_https_is_unreachable(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.send(b"HTTP/1.1 400 X\r\n\r\n")

    async with serving(script) as server:
        with pytest.raises(UpstreamUnreachable, match="TLS with"):
            await ask(connect(f"https://{server.authority}"))
