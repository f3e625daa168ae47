"""Requests that two programs could read differently, or that are for another server: refused.

Each attack goes over a socket of its own, byte for byte. What is refused gets one answer, its
connection ends, and upstream hears nothing of it; what is not goes to upstream as the proxy read
it, framed anew. Another client is answered on its own connection all the while.

Broken once, to see the tests fail: each check of `policy.request_head` left out, a connection that
stays open after a refusal, a refusal before the answers that are due, uvicorn's own warning.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.attacked import SECRET, Attacked, quiet_log
from tests.support.relay import PASSED, relaying, request

CHUNKED = b"Transfer-Encoding: chunked"
SMUGGLED = b"GET /api/smuggled HTTP/1.1\r\nHost: proxy\r\n\r\n"
END = b"0\r\n\r\n"
KEY = b"X-Api-Key: " + SECRET


def head(
    *lines: bytes, first: bytes = b"POST /api/x HTTP/1.1", host: bytes = b"Host: proxy"
) -> bytes:
    return b"\r\n".join([first, *([host] if host else []), KEY, *lines, b"", b""])


def get(target: bytes, *lines: bytes, host: bytes = b"Host: proxy") -> bytes:
    return head(*lines, first=b"GET " + target + b" HTTP/1.1", host=host)


FRAMING = {
    "length and chunked": head(b"Content-Length: 6", CHUNKED) + END + SMUGGLED,
    "chunked and length": head(CHUNKED, b"Content-Length: 6") + END + SMUGGLED,
    "length twice": head(b"Content-Length: 2", b"Content-Length: 2") + b"ab",
    "lengths that differ": head(b"Content-Length: 0", b"Content-Length: 43") + SMUGGLED,
    "length as a list": head(b"Content-Length: 2, 2") + b"ab",
    "length with a sign": head(b"Content-Length: +2") + b"ab",
    "length below nothing": head(b"Content-Length: -1") + b"ab",
    "length in hex": head(b"Content-Length: 0x2") + b"ab",
    "length of two words": head(b"Content-Length: 2 3") + b"ab",
    "length in octal": head(b"Content-Length: 010") + b"0123456789",
    "length empty": head(b"Content-Length:") + b"ab",
    "length beyond numbers": head(b"Content-Length: " + b"9" * 30) + b"ab",
    "chunked twice": head(CHUNKED, CHUNKED) + END,
    "chunked, chunked": head(b"Transfer-Encoding: chunked, chunked") + END,
    "chunked not last": head(b"Transfer-Encoding: chunked, gzip") + END,
    "chunked and a comma": head(b"Transfer-Encoding: chunked,") + END,
    "coding empty": head(b"Transfer-Encoding:") + END,
    "vertical tab": head(b"Transfer-Encoding: \x0bchunked") + END,
    "space before the colon": head(b"Transfer-Encoding : chunked") + END,
    "folded value": head(b"Transfer-Encoding:\r\n chunked") + END,
    "folded into another": head(b"X-Other: a\r\n Transfer-Encoding: chunked") + END,
    "chunked by HTTP/1.0": head(CHUNKED, first=b"POST /api/x HTTP/1.0") + END,
    "chunk below nothing": head(CHUNKED) + b"-1\r\na\r\n" + END,
    "chunk with a sign": head(CHUNKED) + b"+1\r\na\r\n" + END,
    "chunk as 0x1": head(CHUNKED) + b"0x1\r\na\r\n" + END,
    "chunk after a space": head(CHUNKED) + b" 1\r\na\r\n" + END,
    "chunk before a space": head(CHUNKED) + b"1 \r\na\r\n" + END,
    "chunk before a tab": head(CHUNKED) + b"1\t\r\na\r\n" + END,
    "chunk without a size": head(CHUNKED) + b"\r\na\r\n" + END,
    "chunk beyond numbers": head(CHUNKED) + b"f" * 17 + b"\r\na\r\n" + END,
    "chunk longer than said": head(CHUNKED) + b"1\r\nab\r\n" + END,
    "chunk without its end": head(CHUNKED) + b"1\r\na" + END,
    "chunk ended by LF": head(CHUNKED) + b"1\r\na\n" + END,
    "chunks with LF alone": head(CHUNKED) + b"1\na\n0\n\n" + SMUGGLED,
    "extension with LF": head(CHUNKED) + b"1;a\nb\r\na\r\n" + END,
    "a lone LF": head(b"X: a\nX-Smuggled: b"),
    "a lone CR": head(b"X: a\rX-Smuggled: b"),
    "LF everywhere": head().replace(b"\r\n", b"\n"),
    "NUL": head(b"X: a\x00b"),
    "a control": head(b"X: a\x01b"),
    "DEL": head(b"X: a\x7fb"),
    "CR LF in a user's name": head(b"X-as-user: artist\r\n\rX: y"),
    "space before the first field": head(host=b" Host: proxy"),
    "a line without a colon": head(b"smuggled"),
    "a field without a name": head(b": smuggled"),
    "a name with a space": head(b"X Y: a"),
    "a name in brackets": head(b"(X): a"),
}
"""Refused with 400."""

OTHER_STATUS = {
    "xchunked": (501, head(b"Transfer-Encoding: xchunked") + END),
    "identity": (501, head(b"Transfer-Encoding: identity") + END),
    "gzip, chunked": (501, head(b"Transfer-Encoding: gzip, chunked") + END),
    "chunked with a parameter": (501, head(b"Transfer-Encoding: chunked;q=1") + END),
    "chunked in quotes": (501, head(b'Transfer-Encoding: "chunked"') + END),
    "HTTP/2.0": (505, head(first=b"GET /api/x HTTP/2.0")),
    "HTTP/0.9": (505, b"GET /api/x\r\n\r\n"),
    "HTTP/0.9 by name": (505, head(first=b"GET /api/x HTTP/0.9")),
    "HTTP/1.2": (400, head(first=b"GET /api/x HTTP/1.2")),
    "HTTP/2 by prior knowledge": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    "TLS": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200)),
    "no Host": (400, get(b"/api/x", host=b"")),
    "two Hosts": (400, get(b"/api/x", b"Host: other")),
    "the same Host twice": (400, get(b"/api/x", b"Host: proxy")),
    "a Host with a path": (400, get(b"/api/x", host=b"Host: proxy/x")),
    "a Host with a user": (400, get(b"/api/x", host=b"Host: u:p@proxy")),
    "a Host with a blank": (400, get(b"/api/x", host=b"Host: proxy other")),
    "two Hosts in one": (400, get(b"/api/x", host=b"Host: proxy, other")),
    "another server": (421, get(b"http://evil.example/api/x", host=b"Host: evil.example")),
    "another server, our Host": (421, get(b"http://evil.example/api/x")),
    "another server by TLS": (421, get(b"https://evil.example/api/x")),
    "another port of this machine": (421, get(b"http://127.0.0.1:22/")),
    "a user before our name": (421, get(b"http://proxy@evil.example/api/x")),
    "another server's own paths": (421, get(b"http://evil.example/-/status")),
    "another scheme": (421, get(b"ftp://evil.example/x")),
    "a file": (421, get(b"file:///etc/passwd")),
    "a tunnel": (421, head(first=b"CONNECT evil.example:443 HTTP/1.1")),
    "a tunnel to ourselves": (421, head(first=b"CONNECT proxy:80 HTTP/1.1")),
    "an authority": (400, get(b"evil.example:443")),
    "an asterisk": (400, get(b"*")),
    "a relative path": (400, get(b"api/x")),
    "a query alone": (400, get(b"?a=b")),
    "a backslash first": (400, get(b"\\api\\x")),
    "a fragment": (400, get(b"/api/x#y")),
    "a fragment in a query": (400, get(b"/api/x?a=1#&token=" + SECRET)),
    "a blank": (400, get(b"/api/x y")),
    "bytes that are no ASCII": (400, get("/api/caf\xe9".encode())),
    "CR LF in a path": (505, get(b"/api/x\r\nX: y")),
    "CR in a query": (400, get(b"/api/x?a=\rb")),
    "NUL in a path": (400, get(b"/api/x\x00")),
    "a method nobody knows": (400, head(first=b"BREW /api/x HTTP/1.1")),
    "a method in lower case": (400, head(first=b"get /api/x HTTP/1.1")),
    "tabs for blanks": (400, head(first=b"GET\t/api/x\tHTTP/1.1")),
    "a websocket by POST": (
        400,
        head(b"Connection: Upgrade", b"Upgrade: websocket", b"Content-Length: 43") + SMUGGLED,
    ),
    "a websocket with a body": (
        400,
        get(b"/ws", b"Connection: Upgrade", b"Upgrade: websocket", CHUNKED) + END + SMUGGLED,
    ),
    "many fields": (431, head(*[b"X: y"] * 2000)),
    "one endless field": (431, head(b"X: " + b"y" * 300_000)),
    "an endless name": (431, head(b"X" * 300_000 + b": y")),
    "an endless target": (431, get(b"/" + b"x" * 300_000)),
    "an endless method": (400, b"G" * 300_000),
    "nothing but line ends": (431, b"\r\n" * 150_000),
    "many trailers": (431, head(CHUNKED) + b"0\r\n" + b"X: y\r\n" * 2000 + b"\r\n"),
    "endless trailers": (400, head(CHUNKED) + b"0\r\nX: " + b"y" * 300_000),
    "an endless extension": (400, head(CHUNKED) + b"1;x=" + b"y" * 300_000),
}

REFUSED = [pytest.param(400, attack, id=name) for name, attack in FRAMING.items()] + [
    pytest.param(status, attack, id=name) for name, (status, attack) in OTHER_STATUS.items()
]

SMALL = request(b"GET", PASSED)


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Attacked]:
    with relaying(tmp_path_factory.mktemp("hostile")) as relay:
        attacked = Attacked(relay)
        yield attacked
        attacked.close()


@pytest.fixture
def attacked(running: Attacked, caplog: pytest.LogCaptureFixture) -> Iterator[Attacked]:
    """One attack: before and after it the bystander is answered, and the log stays quiet."""
    running.relay.reset()
    with quiet_log(caplog.records):
        running.bystander_is_answered()
        yield running
        running.bystander_is_answered()


@pytest.mark.parametrize(("status", "attack"), REFUSED)
def test_it_is_refused_once_and_its_connection_ends(
    attacked: Attacked, status: int, attack: bytes
) -> None:
    with attacked.relay.client() as client:
        client.send(attack)
        answered = client.answer()
        assert answered.status == status
        assert answered.values(b"content-type") == [b"application/json"]
        assert answered.values(b"connection") == [b"close"]
        assert answered.body.startswith(b'{"code":%d,"detail":"' % status)
        assert client.rest() == b""
    assert attacked.reached_upstream() == []


@pytest.mark.parametrize("attack", list(FRAMING.values()), ids=list(FRAMING))
def test_what_follows_a_refused_request_is_nobodys(attacked: Attacked, attack: bytes) -> None:
    with attacked.relay.client() as client:
        client.send(attack + SMALL * 3)
        assert client.answer().status == 400
        assert client.rest() == b""
    assert attacked.reached_upstream() == []


@pytest.mark.parametrize("attack", [FRAMING["length and chunked"], FRAMING["chunk with a sign"]])
def test_who_asked_properly_before_it_gets_its_answer_first(
    attacked: Attacked, attack: bytes
) -> None:
    with attacked.relay.client() as client:
        client.send(SMALL * 3 + attack)
        assert [client.answer().status for _ in range(4)] == [200, 200, 200, 400]
        assert client.rest() == b""
    assert [one.target for one in attacked.reached_upstream()] == [PASSED] * 3


@pytest.mark.parametrize("attack", [FRAMING["chunk longer than said"], FRAMING["a lone CR"]])
@pytest.mark.parametrize("size", [1, 7])
def test_it_is_refused_however_it_is_cut(attacked: Attacked, attack: bytes, size: int) -> None:
    with attacked.relay.client() as client:
        for start in range(0, len(attack), size):
            client.send(attack[start : start + size])
        assert client.answer().status == 400
    assert attacked.reached_upstream() == []


ODD = [
    (head(b"Content-Length: 2 ") + b"ab", b"ab", b"content-length"),
    (head(b"Transfer-Encoding: CHUNKED") + b"1\r\na\r\n" + END, b"a", b"transfer-encoding"),
    (head(b"Transfer-Encoding:\tchunked") + b"1\r\na\r\n" + END, b"a", b"transfer-encoding"),
    (head(CHUNKED) + b"000001\r\na\r\n" + END, b"a", b"transfer-encoding"),
    (head(CHUNKED) + b"A;x=y\r\n0123456789\r\n" + END, b"0123456789", b"transfer-encoding"),
    (head(b"Connection: content-length", b"Content-Length: 2") + b"ab", b"ab", None),
    (head(b"Connection: transfer-encoding", CHUNKED) + b"1\r\na\r\n" + END, b"a", None),
    (head(b"Transfer_Encoding: chunked", b"Content-Length: 5") + END, END, b"content-length"),
    (head(b"X: Transfer-Encoding: chunked", b"Content-Length: 5") + END, END, b"content-length"),
]


@pytest.mark.parametrize(("odd", "body", "framing"), ODD)
def test_what_can_be_read_in_one_way_only_goes_on_framed_by_us(
    attacked: Attacked, odd: bytes, body: bytes, framing: bytes | None
) -> None:
    with attacked.relay.client() as client:
        client.send(odd + SMALL)
        assert [client.answer().status for _ in range(2)] == [200, 200]
    first, second = attacked.reached_upstream()
    assert first.body == body
    frames = first.values(b"content-length") + first.values(b"transfer-encoding")
    assert frames in ([b"%d" % len(body)], [b"chunked"])
    if framing is not None:
        assert first.values(framing)
    assert second.target == PASSED


@pytest.mark.parametrize("name", [b"127.0.0.1:%d", b"LOCALHOST:%d"])
def test_who_names_us_in_full_is_answered_as_any_other(attacked: Attacked, name: bytes) -> None:
    ours = name % attacked.relay.port
    answered = attacked.relay.exchange(
        get(b"http://" + ours + PASSED + b"?a=b", host=b"Host: " + ours)
    )
    assert answered.status == 200
    (reached,) = attacked.reached_upstream()
    assert reached.target == PASSED + b"?a=b"
    assert reached.values(b"host") == [b"127.0.0.1:%d" % attacked.relay.upstream_port]


def test_line_ends_before_a_request_are_passed_over(attacked: Attacked) -> None:
    assert attacked.relay.exchange(b"\r\n\r\n" + SMALL).status == 200
