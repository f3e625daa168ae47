"""Clients that are slow, silent, endless or too many: their connection ends, nobody else's.

Broken once, to see the tests fail: no timer for a head, for a body, for an idle connection; a timer
that every byte begins anew; a body whose timer runs on while upstream does not take it; requests
parsed on while one is answered; a limit on connections that counts those that have left.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack, suppress

import pytest

from tests.support.attacked import SECRET, Attacked, quiet_log
from tests.support.relay import Client, Relay, chunked, relaying, request

SECONDS = 1.0
"""What each limit of time is set to: the least that can be set."""

LONGEST = 4.0
"""Seconds in which a connection is over that is held to one of them."""

CONNECTIONS, PER_ADDRESS = 8, 6

KEY = b"X-Api-Key: " + SECRET


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relay]:
    settings = {"header_seconds": SECONDS, "body_idle_seconds": SECONDS, "max_connections": 40}
    with relaying(tmp_path_factory.mktemp("slow"), settings) as relay:
        yield relay


@pytest.fixture
def attacked(running: Relay, caplog: pytest.LogCaptureFixture) -> Iterator[Attacked]:
    running.reset()
    attacked = Attacked(running)
    with quiet_log(caplog.records):
        attacked.bystander_is_answered()
        yield attacked
        attacked.bystander_is_answered()
    attacked.close()


def drip(client: Client, data: bytes, *, every: float) -> None:
    """Byte by byte, until it is told to stop."""
    with suppress(ConnectionError):
        for byte in data:
            client.send(bytes([byte]))
            client.socket.settimeout(every)
            with suppress(TimeoutError):
                if client.socket.recv(1, socket.MSG_PEEK) is not None:
                    break
    client.socket.settimeout(LONGEST)


HALF_HEAD = b"GET /api/x HTTP/1.1\r\nHost: proxy\r\n" + KEY

SILENT = {
    "half a line": b"GET /api",
    "half a head": HALF_HEAD,
    "half a field": HALF_HEAD + b"\r\nX-Long: " + b"y" * 10_000,
    "half of a second head": request(b"GET", b"/api/events/0") + HALF_HEAD,
    "a length and no body": request(b"POST", b"/api/x", KEY, b"Content-Length: 10"),
    "half a body": request(b"POST", b"/api/x", KEY, b"Content-Length: 10") + b"01234",
    "half a chunk": request(b"POST", b"/api/x", KEY, b"Transfer-Encoding: chunked") + b"a\r\n01",
    "no last chunk": request(b"POST", b"/api/x", KEY, b"Transfer-Encoding: chunked")
    + chunked(b"abc", end=False),
    "half of the trailers": request(b"POST", b"/api/x", KEY, b"Transfer-Encoding: chunked")
    + b"0\r\nX: y",
    "who expects 100 and sends nothing": request(
        b"POST", b"/api/x", KEY, b"Content-Length: 10", b"Expect: 100-continue"
    ),
}


@pytest.mark.parametrize("begun", SILENT.values(), ids=list(SILENT))
def test_who_falls_silent_in_a_request_is_told_and_left(attacked: Attacked, begun: bytes) -> None:
    began = time.monotonic()
    with attacked.relay.client() as client:
        client.socket.settimeout(LONGEST)
        client.send(begun)
        attacked.bystander_is_answered()
        said = client.rest()
    assert b"HTTP/1.1 408 Request Timeout\r\n" in said
    assert SECONDS * 0.9 < time.monotonic() - began < LONGEST
    assert [one for one in attacked.reached_upstream() if one.target == b"/api/x"] == []


@pytest.mark.parametrize("begun", [HALF_HEAD + b"\r\nX: " + b"y" * 1000, b"\r\n" + HALF_HEAD * 100])
def test_a_head_that_drips_is_not_waited_for(attacked: Attacked, begun: bytes) -> None:
    began = time.monotonic()
    with attacked.relay.client() as client:
        drip(client, begun, every=0.1)
        with suppress(ConnectionError):
            assert b" 408 " in client.rest()
    assert time.monotonic() - began < LONGEST


def test_a_body_that_drips_is_taken_as_slow_as_it_comes(attacked: Attacked) -> None:
    """An upload over a bad line is no attack."""
    with attacked.relay.client() as client:
        client.send(request(b"POST", b"/api/x", b"Content-Length: 8"))
        for byte in b"01234567":
            time.sleep(SECONDS * 0.3)
            client.send(bytes([byte]))
        assert client.answer().status == 200
    (reached,) = attacked.reached_upstream()
    assert reached.body == b"01234567"


def test_who_is_idle_between_requests_keeps_its_connection(attacked: Attacked) -> None:
    with attacked.relay.client() as client:
        for _ in range(2):
            client.send(request())
            assert client.answer().status == 200
            time.sleep(SECONDS * 1.5)
        client.send(b"\r\n")  # what some clients send after a body
        time.sleep(SECONDS * 1.5)
        client.send(request())
        assert client.answer().status == 200


def test_a_connection_without_a_request_ends_in_time(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = {"keep_alive_seconds": SECONDS}
    with relaying(tmp_path_factory.mktemp("idle"), settings) as relay:
        for first in (b"", b"\r\n", request()):
            began = time.monotonic()
            with relay.client() as client:
                client.send(first)
                if first.startswith(b"GET"):
                    client.answer()
                assert client.rest() == b""
            assert SECONDS * 0.9 < time.monotonic() - began < LONGEST


def test_requests_without_end_are_answered_one_after_the_other(attacked: Attacked) -> None:
    """More are sent than are read: what is not answered yet waits in the client."""
    many, size = 3000, len(request())
    with attacked.relay.client() as client:
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 4096)
        sent = 0
        whole = request() * many
        answered = 0
        client.socket.settimeout(LONGEST)
        while answered < many:
            if sent < len(whole):
                client.socket.setblocking(False)
                with suppress(BlockingIOError):
                    sent += client.socket.send(whole[sent : sent + 10 * size])
                client.socket.settimeout(LONGEST)
            if sent >= (answered + 1) * size:
                assert client.answer().body == b"ok"
                answered += 1
            if not answered % 500:
                attacked.bystander_is_answered()
    assert len(attacked.reached_upstream()) == many


def test_who_leaves_in_the_middle_leaves_nothing(attacked: Attacked) -> None:
    for begun in [*SILENT.values(), request() * 50]:
        with attacked.relay.client() as client:
            client.send(begun)
        with attacked.relay.client() as client:
            client.send(begun)
            client.socket.shutdown(socket.SHUT_WR)


@pytest.mark.parametrize(
    ("settings", "most"),
    [
        ({"max_connections": CONNECTIONS}, CONNECTIONS),
        ({"max_connections_per_address": PER_ADDRESS}, PER_ADDRESS),
        (
            {
                "max_connections": CONNECTIONS,
                "max_connections_per_address": PER_ADDRESS,
                "trusted_proxies": ["127.0.0.0/8"],
            },
            CONNECTIONS,
        ),
    ],
    ids=["in all", "from one address", "from a trusted proxy"],
)
def test_more_connections_than_allowed_get_503_and_the_others_stay(
    tmp_path_factory: pytest.TempPathFactory,
    caplog: pytest.LogCaptureFixture,
    settings: dict[str, object],
    most: int,
) -> None:
    with relaying(tmp_path_factory.mktemp("full"), settings) as relay:
        for _ in range(2):
            with ExitStack() as stack, quiet_log(caplog.records):
                clients = [stack.enter_context(relay.client()) for _ in range(most)]
                for client in clients:
                    client.send(request())
                    assert client.answer().status == 200
                for _ in range(3):
                    with relay.client() as one_more:
                        assert one_more.answer().status == 503
                        assert one_more.rest() == b""
                for client in clients:
                    client.send(request())
                    assert client.answer().status == 200
            # All have left; whoever comes now is welcome again.
            until = time.monotonic() + LONGEST
            while time.monotonic() < until:
                with relay.client() as client, suppress(ConnectionError):
                    client.send(request())
                    if client.answer().status == 200:
                        break
