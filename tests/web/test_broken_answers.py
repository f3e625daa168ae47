"""A body that breaks off upstream is a reset for the client, never a short body that looks whole.

Some clients take a closed connection for the end of a body (upstream/clients.md 4), so neither an
end in order nor an end of chunks may be seen. One line of our own tells about it.
"""

from __future__ import annotations

import gzip
import logging
from itertools import product, starmap

import pytest
from structlog.testing import capture_logs

from tests.support.relay import PASSED, Client, Relay, answer, chunked, is_uvicorns, request

JSON = b'{"id":"0123","name":"' + b"x" * 300_000 + b'"}'

FOLDER = b"/api/projects/film/folders/0123"

PATHS = [PASSED, FOLDER, b"/api/users/me", b"/unlisted"]

FILE = b"/addons/core/1.0.0/private/client.zip"

BROKEN = {
    "a length, nothing came": answer(200, b"Content-Length: 500000", length=False),
    "a length, less came": answer(200, b"Content-Length: 500000", length=False, body=JSON),
    "a length, all but one byte came": answer(
        200, b"Content-Length: %d" % (len(JSON) + 1), length=False, body=JSON
    ),
    "chunks without their end": answer(200, b"Transfer-Encoding: chunked", length=False)
    + chunked(JSON, end=False),
    "half a chunk": answer(200, b"Transfer-Encoding: chunked", length=False)
    + b"%x\r\n" % len(JSON)
    + JSON[:1000],
    "no chunk": answer(200, b"Transfer-Encoding: chunked", length=False),
    "not a chunk": answer(200, b"Transfer-Encoding: chunked", length=False) + b"zz\r\n",
}


def read_to_the_end(client: Client) -> None:
    client.answer()


SIZED = [said for said in BROKEN.values() if b"Content-Length" in said]


@pytest.mark.parametrize(
    ("path", "broken"),
    [*product(PATHS, BROKEN.values()), *product([FILE], SIZED)],
    ids=[*starmap("{} {}".format, product(map(bytes.decode, PATHS), BROKEN)), *("file",) * 3],
)
def test_a_broken_body_ends_with_a_reset_and_one_line(
    relay: Relay, caplog: pytest.LogCaptureFixture, path: bytes, broken: bytes
) -> None:
    relay.answer, relay.close = broken, True
    with capture_logs() as lines, relay.client() as client:
        client.send(request(b"GET", path))
        with pytest.raises(ConnectionResetError):
            read_to_the_end(client)
    warned = [line for line in lines if line["log_level"] not in ("debug", "info")]
    assert [line["event"] for line in warned if line["event"] != "fetch_broke"] == ["answer_broke"]
    assert [it for it in caplog.records if it.levelno >= logging.WARNING] == []


@pytest.mark.parametrize("broken", [said for said in BROKEN.values() if said not in SIZED])
def test_a_file_of_unknown_length_is_awaited_and_then_refused(relay: Relay, broken: bytes) -> None:
    relay.answer, relay.close = broken, True
    got = relay.exchange(request(b"GET", FILE))
    assert got.status == 504
    assert got.values(b"cache-status") == [b"ayon-proxy; detail=lost"]


def test_a_gzip_body_that_is_decoded_on_the_way_is_no_exception(relay: Relay) -> None:
    half = gzip.compress(JSON)[:-20]
    relay.answer = answer(200, b"Content-Encoding: gzip", body=half)
    with relay.client() as client:
        client.send(request(b"GET", FOLDER))
        with pytest.raises(ConnectionResetError):
            read_to_the_end(client)


def test_a_client_of_http_1_0_is_reset_too(relay: Relay) -> None:
    relay.answer, relay.close = BROKEN["chunks without their end"], True
    with relay.client() as client:
        client.send(b"GET %s HTTP/1.0\r\n\r\n" % PASSED)
        with pytest.raises(ConnectionResetError):
            read_to_the_end(client)


def test_nothing_broken_is_given_again(relay: Relay) -> None:
    path = b"/addons/core/1.0.0/private/again.zip"
    relay.answer, relay.close = BROKEN["a length, less came"], True
    with relay.client() as client:
        client.send(request(b"GET", path))
        with pytest.raises(ConnectionResetError):
            read_to_the_end(client)
    relay.answer = answer(body=b"whole")
    got = relay.exchange(request(b"GET", path))
    assert got.body == b"whole"
    assert got.values(b"cache-status") == [b"ayon-proxy; fwd=uri-miss; stored"]


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Le"]
)
def test_without_a_whole_head_the_answer_is_504_and_a_sentence(
    relay: Relay, caplog: pytest.LogCaptureFixture, said: bytes
) -> None:
    relay.answer, relay.close = said, True
    got = relay.exchange(request(b"PATCH", FOLDER, body=b"{}"))
    assert got.status == 504
    assert b"may have been carried out" in got.body
    assert [it for it in caplog.messages if is_uvicorns(it)] == []
