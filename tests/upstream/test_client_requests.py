"""What upstream is sent is what the client sent, byte for byte where it matters."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from ayon_proxy.policy.message import Fields, Request
from ayon_proxy.upstream.client import HttpUpstream
from tests.support.raw_server import Connection, RawServer, Received, serving
from tests.upstream.conftest import Connect


async def received(
    connect: Connect,
    request: Request,
    body: AsyncIterator[bytes] | bytes | None = None,
    *,
    prefix: str = "",
    decode: bool = False,
) -> tuple[Received, RawServer]:
    """Send a request and return how it arrived."""
    arrived: list[Received] = []

    async def script(connection: Connection) -> None:
        arrived.append(await connection.request())
        await connection.answer(204)

    async with serving(script) as server:
        upstream: HttpUpstream = connect(server.url + prefix)
        response = await upstream.send(request, body, decode=decode)
        await response.aclose()
    assert server.connections == 1
    return arrived[0], server


@pytest.mark.parametrize(
    "target",
    [
        b"/",
        b"//graphql",
        b"/api/projects/a%2Fb/files/%7C|x",
        b"/%2e%2e/../a/./b//c/",
        b"/a+b;v=1/%C3%A9?q=a+b%20c&q=%7c&empty=&&#",
        b"/http://other.example/api/info",
        b"//other.example/api/info",
        b"/a?b?c=/../",
        b'/{}^`\\[]"<>',
        b"/addons/core/1.0/private/client.zip?token=%00",
    ],
)
@pytest.mark.parametrize("prefix", ["", "/ayon", "/ayon/"])
async def test_a_target_reaches_upstream_byte_for_byte(
    connect: Connect, target: bytes, prefix: str
) -> None:
    path, _, query = target.partition(b"?")
    request, _ = await received(connect, Request("GET", path, query), prefix=prefix)
    assert request.target == prefix.rstrip("/").encode() + target


@pytest.mark.parametrize(
    ("target", "sent"),
    [
        ("/projekt/žluťoučký".encode(), b"/projekt/%C5%BElu%C5%A5ou%C4%8Dk%C3%BD"),
        (b"/\xff\x7f ", b"/%FF%7F%20"),
    ],
)
async def test_bytes_that_no_target_may_hold_are_percent_encoded(
    connect: Connect, target: bytes, sent: bytes
) -> None:
    request, _ = await received(connect, Request("GET", target))
    assert request.target == sent


async def test_a_question_about_the_whole_server_has_no_prefix(connect: Connect) -> None:
    request, _ = await received(connect, Request("OPTIONS", b"*"), prefix="/ayon")
    assert request.target == b"*"


async def test_fields_keep_their_order_and_nothing_is_added_but_host(connect: Connect) -> None:
    fields: Fields = (
        (b"x-ayon-site-id", b"one"),
        (b"cookie", b"a=b"),
        (b"x-ayon-site-id", b"two"),
        (b"referer", "http://proxy/ž".encode()),
        (b"cookie", b"c=d; e"),
        (b"x-empty", b""),
    )
    request, server = await received(connect, Request("GET", b"/", fields=fields))
    assert request.fields == ((b"host", server.authority.encode()), *fields)


async def test_fields_of_one_connection_and_host_stay_here(connect: Connect) -> None:
    fields: Fields = (
        (b"host", b"proxy.example:8080"),
        (b"connection", b"keep-alive, x-secret-hop"),
        (b"x-secret-hop", b"1"),
        (b"keep-alive", b"timeout=5"),
        (b"te", b"trailers"),
        (b"upgrade", b"h2c"),
        (b"expect", b"100-continue"),
        (b"proxy-authorization", b"Basic x"),
        (b"accept", b"*/*"),
    )
    request, server = await received(connect, Request("GET", b"/", fields=fields))
    assert request.fields == ((b"host", server.authority.encode()), (b"accept", b"*/*"))


async def chunks(*parts: bytes) -> AsyncIterator[bytes]:
    for part in parts:
        yield part


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
async def test_a_body_with_an_announced_length_keeps_it(connect: Connect, method: str) -> None:
    fields = ((b"content-length", b"6"), (b"content-type", b"x/y"))
    request, server = await received(
        connect, Request(method, b"/", fields=fields), chunks(b"abc", b"", b"def")
    )
    assert request.body == b"abcdef"
    assert request.fields == ((b"host", server.authority.encode()), *fields)


async def test_a_body_of_unknown_length_is_sent_in_chunks(connect: Connect) -> None:
    request, _ = await received(connect, Request("PUT", b"/"), chunks(b"abc", b"def"))
    assert (request.body, request.values(b"transfer-encoding")) == (b"abcdef", [b"chunked"])
    assert request.values(b"content-length") == []


@pytest.mark.parametrize(
    ("announced", "body", "sent"),
    [
        (None, b"{}", [b"2"]),
        (b"2", b"{}", [b"2"]),
        (b"9", b"{}", [b"2"]),
        (None, b"", [b"0"]),
        (b"0", b"", [b"0"]),
        (b"0", None, [b"0"]),
        (b"9", None, []),
        (None, None, []),
    ],
)
async def test_a_known_body_has_its_own_length(
    connect: Connect, announced: bytes | None, body: bytes | None, sent: list[bytes]
) -> None:
    fields = ((b"content-length", announced),) if announced is not None else ()
    request, _ = await received(connect, Request("POST", b"/", fields=fields), body)
    assert (request.values(b"content-length"), request.body) == (sent, body or b"")


@pytest.mark.parametrize("decode", [False, True])
@pytest.mark.parametrize("asked", [[], [b"br, gzip"], [b"br", b"zstd"]])
async def test_the_codings_offered_are_the_clients_or_gzip(
    connect: Connect, decode: bool, asked: list[bytes]
) -> None:
    fields = tuple((b"accept-encoding", coding) for coding in asked)
    request, _ = await received(connect, Request("GET", b"/", fields=fields), decode=decode)
    assert request.values(b"accept-encoding") == ([b"gzip"] if decode else asked)


async def test_cookies_of_one_answer_are_not_sent_with_the_next_request(connect: Connect) -> None:
    arrived: list[Received] = []

    async def script(connection: Connection) -> None:
        while True:
            arrived.append(await connection.request())
            await connection.answer(fields=b"Set-Cookie: accessToken=x\r\n")

    async with serving(script) as server:
        upstream = connect(server.url)
        for _ in range(2):
            response = await upstream.send(Request("GET", b"/"))
            assert response.head.fields[0] == (b"set-cookie", b"accessToken=x")
            await response.aclose()
    assert [request.values(b"cookie") for request in arrived] == [[], []]
    assert server.connections == 1


@pytest.mark.parametrize("url", ["ftp://x", "ayon.example", "/api", "http://", "http://x:y", ""])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"URL|[Pp]ort"):
        HttpUpstream(url)
