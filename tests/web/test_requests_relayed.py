"""What a client sends is what upstream gets, byte for byte (issue line 2), on real sockets."""

from __future__ import annotations

import re

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ayon_proxy.policy.fields import HOP_BY_HOP
from tests.support.raw_server import Received
from tests.support.relay import PASSED, Relay, answer, chunked, lower_case, request

on_one_relay = settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
"""The relay keeps nothing between two examples."""

METHODS = [
    *(b"GET", b"HEAD", b"POST", b"PUT", b"PATCH", b"DELETE", b"OPTIONS", b"TRACE"),
    *(b"PROPFIND", b"MKCOL", b"REPORT", b"PURGE", b"SEARCH", b"QUERY"),
]

TARGETS = [
    b"/api/projects/film/links/types/template%7Cfolder%7Cfolder",
    b"/api/projects/film/links/types/template|folder|folder",
    b"//graphql",
    b"/api//projects///film",
    b"/api/projects/a%2Fb/c%2fd",
    b"/api/./projects/../projects/%2e%2E/film/",
    b"/addons/core/1.0.0/x/a+b c".replace(b" ", b"%20"),
    b"/api/projects/caf%C3%A9/%FF%00",
    b"/api/%zz/%/100%",
    b"/api/" + b"long/" * 6_000 + b"?" + b"q=1&" * 6_000,
    b"/a;v=1,2/@:!$&'()*+,;=~-._",
    b'/a"<>\\^`{}|',
    b"/api/query?a=1&a=2&b=&c&&d=%26+%20&e=/../?f?",
    b"/unlisted?",
    b"/unlisted??",
    b"/http://elsewhere.example/",
    b"//elsewhere.example/api/info",
]


def added_apart(received: Received) -> list[tuple[bytes, bytes]]:
    """The fields as they arrived, but for Host and what the proxy says of the client."""
    own = (b"host", b"x-forwarded-for")
    return [field for field in lower_case(received.fields) if field[0] not in own]


@pytest.mark.parametrize("method", METHODS, ids=bytes.decode)
@pytest.mark.parametrize("target", [PASSED, b"/api/projects/film", b"/unheard/of"])
def test_every_method_goes_through(relay: Relay, method: bytes, target: bytes) -> None:
    relay.answer = answer(length=method != b"HEAD")
    relay.close = method == b"HEAD"
    assert relay.sent(request(method, target, b"Cache-Control: no-store"), method).method == method


@pytest.mark.parametrize("target", TARGETS, ids=lambda target: target[:40].decode())
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_a_target_goes_through_byte_for_byte(relay: Relay, method: bytes, target: bytes) -> None:
    assert relay.sent(request(method, target)).target == target


def test_a_question_about_the_server_as_a_whole_goes_through(relay: Relay) -> None:
    assert relay.sent(request(b"OPTIONS", b"*")).target == b"*"


VISIBLE = st.integers(0x21, 0x7E).filter(lambda byte: byte != 0x23).map(lambda byte: bytes((byte,)))
"""Without the number sign: no request target has a fragment."""


@on_one_relay
@given(rest=st.lists(VISIBLE, max_size=60).map(b"".join), method=st.sampled_from([b"GET", b"PUT"]))
def test_any_visible_bytes_make_a_target(relay: Relay, rest: bytes, method: bytes) -> None:
    target = b"/unlisted/" + rest
    assert relay.sent(request(method, target)).target == target


@pytest.mark.parametrize(
    "bad",
    [
        b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: proxy\r\n\r\n",
        b"GET /a b HTTP/1.1\r\nHost: proxy\r\n\r\n",
        b"get / HTTP/1.1\r\nHost: proxy\r\n\r\n",
        b"UNHEARD / HTTP/1.1\r\nHost: proxy\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: proxy\r\nX: a\x00b\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: proxy\r\nX: a\r\n folded\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: proxy\r\nX Y: a\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: proxy\r\nContent-Length: 1, 2\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: proxy\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00",
    ],
    ids=lambda bad: repr(bad[:60])[2:-1],
)
def test_what_no_server_takes_is_refused_and_goes_nowhere(relay: Relay, bad: bytes) -> None:
    with relay.client() as client:
        client.send(bad)
        assert client.answer().status == 400
    relay.exchange(request())
    assert relay.received.get().target == PASSED
    assert relay.received.empty()


FIELD_LINES = [
    b"X-Twice: 1",
    b"X-twice: 2",
    b"x-ayon-site-id: caf\xe9 \xe2\x82\xac",
    b"X-Empty:",
    b"X-Spaces:    a \t b",
    b"X-Odd!#$%&'*+-.^_`|~9: :;\"'(),/<>?@[\\]{}",
    b"User-Agent: ayon-launcher",
    b"Referer: http://proxy:8080",
    b"Accept-Encoding: gzip, deflate",
    b"Cookie: accessToken=a; b=c",
    b"Authorization: Bearer abc",
    b"X-Api-Key: def",
    b"X-as-user: artist",
    b'If-None-Match: W/"x"',
    b"Range: bytes=1-2",
    b"Cache-Control: no-transform",
    b"Via: 1.1 front",
    b"Accept-Language: de, en;q=0.5",
]


def as_sent(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    pairs = (line.split(b":", 1) for line in lines)
    return [(name.lower(), value.strip(b" \t")) for name, value in pairs]


def test_fields_go_through_in_order_doubled_odd_and_empty_ones_too(relay: Relay) -> None:
    assert added_apart(relay.sent(request(b"GET", PASSED, *FIELD_LINES))) == as_sent(FIELD_LINES)


def test_many_and_large_fields_go_through(relay: Relay) -> None:
    lines = [b"X-Many-%d: %s" % (number, b"v" * 600) for number in range(100)]
    lines.append(b"X-Large: " + b"w" * 60_000)
    assert added_apart(relay.sent(request(b"GET", PASSED, *lines))) == as_sent(lines)


TOKEN = st.text(
    "abcdefghijklmnopqrstuvwxyzABCXYZ0123456789!#$%&'*+-.^_`|~", min_size=1, max_size=20
).map(str.encode)
INSIDE = st.integers(0x20, 0xFF).filter(lambda byte: byte != 0x7F) | st.just(0x09)
VALUE = st.lists(INSIDE, max_size=40).map(bytes)
OURS = HOP_BY_HOP | {b"host", b"content-length", b"expect", b"forwarded", b"x-real-ip"}


@on_one_relay
@given(
    lines=st.lists(
        st.tuples(
            TOKEN.filter(
                lambda name: (
                    name.lower() not in OURS and not name.lower().startswith(b"x-forwarded")
                )
            ),
            VALUE,
        ),
        max_size=8,
    )
)
def test_any_field_goes_through(relay: Relay, lines: list[tuple[bytes, bytes]]) -> None:
    written = [name + b": " + value for name, value in lines]
    assert added_apart(relay.sent(request(b"GET", PASSED, *written))) == as_sent(written)


def test_hop_by_hop_fields_stay_behind(relay: Relay) -> None:
    hop = [
        b"Connection: keep-alive, X-This-Hop",
        b"Connection: x-that-hop",
        b"X-This-Hop: 1",
        b"x-that-hop: 2",
        b"Keep-Alive: timeout=5",
        b"Proxy-Connection: keep-alive",
        b"Proxy-Authorization: Basic eDp5",
        b"TE: trailers, deflate",
        b"Trailer: X-Sum",
    ]
    got = added_apart(relay.sent(request(b"GET", PASSED, *hop, b"X-Stays: 3")))
    assert got == [(b"x-stays", b"3")]


@pytest.mark.parametrize("host", [b"proxy.studio.example:8080", b"evil.example", b""])
def test_host_is_always_upstreams_own(relay: Relay, host: bytes) -> None:
    got = relay.sent(b"GET %s HTTP/1.1\r\nHost: %s\r\n\r\n" % (PASSED, host))
    assert got.values(b"host") == [b"127.0.0.1:%d" % relay.upstream_port]


def test_an_upgrade_to_something_else_than_a_websocket_is_answered_without_it(relay: Relay) -> None:
    with relay.client() as client:
        upgrade = [b"Connection: Upgrade, HTTP2-Settings", b"Upgrade: h2c", b"HTTP2-Settings: AAA"]
        client.send(request(b"GET", PASSED, *upgrade))
        assert client.answer().body == b"ok"
    assert added_apart(relay.received.get()) == []


BODIES = [b"", b"x", bytes(range(256)) * 1_000]


@pytest.mark.parametrize("body", BODIES, ids=len)
@pytest.mark.parametrize("method", [b"GET", b"POST", b"PUT", b"PATCH", b"DELETE"])
@pytest.mark.parametrize("target", [PASSED, b"/api/projects/film"])
def test_a_body_with_its_length_goes_through(
    relay: Relay, method: bytes, target: bytes, body: bytes
) -> None:
    got = relay.sent(request(method, target, body=body))
    assert got.body == body
    assert got.values(b"content-length") == ([b"%d" % len(body)] if body else [])
    assert not got.values(b"transfer-encoding")


@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_an_announced_length_of_zero_goes_through(relay: Relay, method: bytes) -> None:
    got = relay.sent(request(method, PASSED, b"Content-Length: 0"))
    assert got.values(b"content-length") == [b"0"]


@pytest.mark.parametrize("parts", [(), (b"a",), (b"abc", b"d" * 70_000, b"e")], ids=len)
@pytest.mark.parametrize("method", [b"GET", b"POST", b"PUT"])
def test_a_chunked_body_goes_through_chunked(
    relay: Relay, method: bytes, parts: tuple[bytes, ...]
) -> None:
    head = request(method, PASSED, b"Transfer-Encoding: chunked")
    got = relay.sent(head + chunked(*parts))
    assert got.body == b"".join(parts)
    assert got.values(b"transfer-encoding") == [b"chunked"]
    assert not got.values(b"content-length")


def test_trailers_are_dropped_and_never_taken_for_fields(relay: Relay) -> None:
    head = request(b"POST", PASSED, b"Transfer-Encoding: chunked", b"Trailer: X-Api-Key")
    got = relay.sent(head + chunked(b"abc", trailers=b"X-Api-Key: smuggled\r\nX-Sum: 1\r\n"))
    assert got.body == b"abc"
    assert added_apart(got) == [(b"transfer-encoding", b"chunked")]


def test_a_client_that_expects_100_gets_it_and_sends_its_body(relay: Relay) -> None:
    with relay.client() as client:
        head = request(b"PUT", PASSED, b"Content-Length: 5", b"Expect: 100-continue")
        client.send(head)
        assert client.until(b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        client.send(b"hello")
        assert client.answer().body == b"ok"
    got = relay.received.get()
    assert got.body == b"hello"
    assert not got.values(b"expect")


def test_requests_of_one_connection_are_answered_in_order(relay: Relay) -> None:
    targets = [b"/unlisted/%d" % number for number in range(20)]
    with relay.client() as client:
        client.send(b"".join(request(b"GET", target) for target in targets))
        assert [client.answer().body for _ in targets] == [b"ok"] * len(targets)
    assert [relay.received.get().target for _ in targets] == targets


def test_a_connection_is_kept_for_the_next_request(relay: Relay) -> None:
    with relay.client() as client:
        for method in (b"GET", b"POST", b"PUT"):
            client.send(request(method, PASSED, body=b"x"))
            assert client.answer().body == b"ok"


def test_a_connection_is_closed_where_the_client_asks_for_it(relay: Relay) -> None:
    with relay.client() as client:
        client.send(request(b"GET", PASSED, b"Connection: close"))
        assert client.answer().values(b"connection") == [b"close"]
        assert client.rest() == b""
    assert re.search(rb"(?i)connection", relay.received.get().raw) is None
