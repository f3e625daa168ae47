"""What upstream answers is what the client gets (issue line 2), on real sockets.

Only `Cache-Status` is added, and `Date` where upstream sent none.
"""

from __future__ import annotations

import gzip

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.relay import (
    PASSED,
    Answered,
    Relay,
    answer,
    chunked,
    is_uvicorns,
    lower_case,
    request,
)

DATE = b"Date: Tue, 15 Nov 1994 08:12:31 GMT"

STORED = b"/api/projects/film/folders/0123"
"""A path whose 200 would be stored."""

STATUSES = [
    *(200, 201, 202, 203, 205, 206, 207, 299, 300, 301, 302, 303, 307, 308),
    *(400, 401, 402, 403, 404, 405, 409, 410, 411, 413, 415, 416, 417, 418, 422, 423, 429, 451),
    *(500, 501, 505, 599),
]


def added_apart(answered: Answered) -> list[tuple[bytes, bytes]]:
    """The fields as they came, but for what the proxy adds."""
    return [field for field in lower_case(answered.fields) if field[0] != b"cache-status"]


def status_of(answered: Answered) -> bytes:
    (status,) = answered.values(b"cache-status")
    return status


@pytest.mark.parametrize("status", STATUSES)
@pytest.mark.parametrize("path", [PASSED, STORED])
def test_every_final_status_comes_through_with_its_body(
    relay: Relay, status: int, path: bytes
) -> None:
    body = b'{"code":%d,"detail":"as AYON says it","traceback":null}' % status
    relay.answer = answer(status, DATE, b"Content-Type: application/json", body=body)
    got = relay.exchange(request(b"GET", path, b"Cache-Control: no-store"))
    assert (got.status, got.body) == (status, body)
    assert got.values(b"content-type") == [b"application/json"]
    assert status_of(got).startswith(b"ayon-proxy; fwd=")


@pytest.mark.parametrize(
    ("status", "length"),
    [
        # RFC 9110 section 8.6 forbids a length of a body that a 204 cannot have.
        *((204, length) for length in (b"", b"Content-Length: 0")),
        *((304, length) for length in (b"", b"Content-Length: 0", b"Content-Length: 1234")),
    ],
)
@pytest.mark.parametrize("path", [PASSED, STORED])
def test_answers_without_a_body_have_none(
    relay: Relay, caplog: pytest.LogCaptureFixture, status: int, length: bytes, path: bytes
) -> None:
    relay.answer = answer(status, DATE, *filter(None, [length]), length=False)
    with relay.client() as client:
        for _ in range(2):
            client.send(request(b"GET", path, b'If-None-Match: "x"'))
            got = client.answer()
            assert (got.status, got.body) == (status, b"")
    assert [record for record in caplog.messages if is_uvicorns(record)] == []


def test_interim_answers_are_not_taken_for_the_answer(relay: Relay) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n"
    relay.answer = b"HTTP/1.1 102 Processing\r\n\r\n" + hints + answer(201, body=b"made")
    got = relay.exchange(request(b"POST", PASSED, body=b"x"), b"POST")
    assert (got.status, got.body) == (201, b"made")


FIELD_LINES = [
    DATE,
    b"Server: uvicorn",
    b"Set-Cookie: accessToken=abc; HttpOnly",
    b"Set-Cookie: other=1",
    b"X-Thumbnail-Id: 0123",
    b"X-Empty:",
    b"X-Odd!#$%&'*+-.^_`|~9: caf\xe9 \t \xe2\x82\xac",
    b"X-Request-Id: 42",
    b"Cache-Control: no-store",
    b"Vary: Accept",
    b'ETag: W/"abc"',
    b"Last-Modified: Tue, 15 Nov 1994 08:12:31 GMT",
    b"Location: https://login.example/?state=%7C",
    b"WWW-Authenticate: Bearer",
    b'Content-Disposition: attachment; filename="a b.zip"',
    b"Accept-Ranges: bytes",
]


def as_sent(lines: list[bytes]) -> list[tuple[bytes, bytes]]:
    pairs = (line.split(b":", 1) for line in lines)
    return [(name.lower(), value.strip(b" \t")) for name, value in pairs]


@pytest.mark.parametrize("path", [PASSED, STORED])
def test_fields_come_through_doubled_odd_and_empty_ones_too(relay: Relay, path: bytes) -> None:
    relay.answer = answer(404, *FIELD_LINES, body=b"no")
    got = added_apart(relay.exchange(request(b"GET", path)))
    assert sorted(got) == sorted([*as_sent(FIELD_LINES), (b"content-length", b"2")])
    cookies = [value for name, value in got if name == b"set-cookie"]
    assert cookies == [b"accessToken=abc; HttpOnly", b"other=1"]


TOKEN = st.text("abcdefghijklmXYZ0123456789!#$%&'*+-.^_`|~", min_size=1, max_size=20)
INSIDE = st.integers(0x20, 0xFF).filter(lambda byte: byte != 0x7F) | st.just(0x09)


@settings(
    max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    lines=st.lists(
        st.tuples(TOKEN.map(lambda name: b"X-" + name.encode()), st.lists(INSIDE).map(bytes)),
        max_size=6,
    )
)
def test_any_field_comes_through(relay: Relay, lines: list[tuple[bytes, bytes]]) -> None:
    written = [name + b": " + value for name, value in lines]
    relay.answer = answer(200, DATE, *written)
    got = added_apart(relay.exchange(request()))
    assert got == [*as_sent([DATE, *written]), (b"content-length", b"0")]


def test_hop_by_hop_fields_stay_behind(relay: Relay) -> None:
    hop = [
        b"Connection: keep-alive, X-This-Hop",
        b"X-This-Hop: 1",
        b"Keep-Alive: timeout=5",
        b"Proxy-Authenticate: Basic",
        b"Proxy-Connection: keep-alive",
        b"Upgrade: h2c",
        b"Trailer: X-Sum",
    ]
    relay.answer = answer(200, DATE, *hop, b"X-Stays: 1")
    got = added_apart(relay.exchange(request()))
    assert got == [*as_sent([DATE, b"X-Stays: 1"]), (b"content-length", b"0")]


def test_a_date_is_added_only_where_there_is_none(relay: Relay) -> None:
    relay.answer = answer()
    assert len(relay.exchange(request()).values(b"date")) == 1
    relay.answer = answer(200, DATE)
    assert relay.exchange(request()).values(b"date") == [DATE.partition(b" ")[2]]


BODIES = [b"", b"x", bytes(range(256)) * 5_000]


@pytest.mark.parametrize("body", BODIES, ids=len)
@pytest.mark.parametrize("method", [b"GET", b"POST"])
def test_a_body_with_its_length_comes_through(relay: Relay, method: bytes, body: bytes) -> None:
    relay.answer = answer(body=body)
    got = relay.exchange(request(method))
    assert got.body == body
    assert got.values(b"content-length") == [b"%d" % len(body)]
    assert not got.values(b"transfer-encoding")


@pytest.mark.parametrize("parts", [(), (b"a",), (b"abc", b"d" * 200_000)], ids=len)
@pytest.mark.parametrize("path", [PASSED, b"/addons/a/1/x?v=1"])
def test_a_chunked_body_comes_through_without_its_trailers(
    relay: Relay, path: bytes, parts: tuple[bytes, ...]
) -> None:
    head = answer(200, b"Transfer-Encoding: chunked", b"Trailer: X-Sum", length=False)
    relay.answer = head + chunked(*parts, trailers=b"X-Sum: 1\r\n")
    got = relay.exchange(request(b"GET", path))
    assert got.body == b"".join(parts)
    assert got.values(b"transfer-encoding") == [b"chunked"]
    assert not got.values(b"x-sum")


def test_a_body_that_ends_with_its_connection_comes_through(relay: Relay) -> None:
    relay.answer, relay.close = answer(body=b"to the end", length=False), True
    assert relay.exchange(request()).body == b"to the end"


@pytest.mark.parametrize("path", [PASSED, b"/addons/a/1.0.0/public/app.js"])
def test_content_codings_are_left_alone(relay: Relay, path: bytes) -> None:
    coded = gzip.compress(b"AYON" * 1_000)
    relay.answer = answer(200, b"Content-Encoding: gzip", b"Vary: Accept-Encoding", body=coded)
    got = relay.exchange(request(b"GET", path, b"Accept-Encoding: gzip"))
    assert got.body == coded
    assert got.values(b"content-encoding") == [b"gzip"]


@pytest.mark.parametrize("path", [PASSED, STORED, b"/unlisted"])
@pytest.mark.parametrize("length", [b"Content-Length: 12345", b"Transfer-Encoding: chunked"])
def test_the_answer_to_a_head_is_a_head(relay: Relay, path: bytes, length: bytes) -> None:
    relay.answer = answer(200, DATE, length, length=False)
    with relay.client() as client:
        for _ in range(2):
            client.send(request(b"HEAD", path))
            got = client.answer(b"HEAD")
            assert got.status == 200
            assert got.values(b"content-length") in ([b"12345"], [])


def test_an_answer_before_the_end_of_an_upload_is_given_and_the_connection_goes_on(
    relay: Relay,
) -> None:
    early = answer(413, body=b'{"code":413,"detail":"too large"}')
    with relay.client() as client:
        relay.answer = early
        client.send(request(b"PUT", PASSED, b"Content-Length: 4000000", b"Expect: 100-continue"))
        client.until(b"100 Continue\r\n\r\n")
        client.send(bytes(4_000_000))
        assert client.answer().status == 413
        relay.answer = answer(body=b"next")
        client.send(request())
        assert client.answer().body == b"next"


def test_http_1_0_clients_are_answered_and_their_connections_closed(relay: Relay) -> None:
    relay.answer = answer(200, DATE, body=b"old")
    with relay.client() as client:
        client.send(b"GET %s HTTP/1.0\r\n\r\n" % PASSED)
        assert client.answer().body == b"old"
        assert client.rest() == b""


def test_http_1_0_clients_are_never_sent_chunks(relay: Relay) -> None:
    relay.answer = answer(200, b"Transfer-Encoding: chunked", length=False) + chunked(b"ab", b"c")
    with relay.client() as client:
        client.send(b"GET %s HTTP/1.0\r\n\r\n" % PASSED)
        got = client.answer()
        assert (got.body, got.values(b"transfer-encoding")) == (b"abc", [])
