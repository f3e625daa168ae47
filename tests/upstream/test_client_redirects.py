"""Redirects are followed where asked, and no credential reaches another host."""

from __future__ import annotations

import pytest

from ayon_proxy.errors import UpstreamBroke
from ayon_proxy.policy.message import Fields, Request
from tests.support.raw_server import Connection, Received, serving
from tests.upstream.conftest import Connect

SECRETS: Fields = (
    (b"x-api-key", b"s3cret"),
    (b"authorization", b"Bearer s3cret"),
    (b"cookie", b"accessToken=s3cret"),
    (b"x-as-user", b"s3cret"),
    (b"x-ayon-site-id", b"s3cret"),
    (b"x-ayon-invented-tomorrow", b"s3cret"),
    (b"referer", b"http://proxy/?token=s3cret"),
    (b"x-forwarded-for", b"10.0.0.9"),
)
HARMLESS: Fields = (
    (b"accept", b"*/*"),
    (b"accept-encoding", b"gzip"),
    (b"range", b"bytes=5-"),
    (b"user-agent", b"python-requests/2"),
)
REQUEST = Request("GET", b"/files/1", b"token=s3cret", (*SECRETS, *HARMLESS))


class Redirecting:
    """Answers by target: a status and a Location, or the target itself as the body."""

    def __init__(self, **redirects: tuple[int, str]) -> None:
        self.redirects = redirects
        self.requests: list[Received] = []

    async def __call__(self, connection: Connection) -> None:
        while True:
            request = await connection.request()
            self.requests.append(request)
            name = request.target.decode().partition("?")[0].rpartition("/")[2]
            if name in self.redirects:
                status, location = self.redirects[name]
                field = b"Location: %b\r\n" % location.encode()
                await connection.answer(status, b"moved", fields=field)
            else:
                await connection.answer(200, request.target)


async def followed(connect: Connect, url: str, request: Request = REQUEST) -> tuple[int, bytes]:
    response = await connect(url).send(request, follow_redirects=True)
    return response.head.status, b"".join([chunk async for chunk in response.chunks()])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/files/1/payload", b"/files/1/payload"),
        ("payload?a=%7C|&b=", b"/files/payload?a=%7C|&b="),
        ("../x/y#part", b"/x/y"),
        ("/x//y;p=1/./z/../", b"/x//y;p=1/"),
        ("?only=query", b"/files/1?only=query"),
    ],
)
async def test_a_redirect_to_upstream_itself_keeps_the_credential(
    connect: Connect, status: int, location: str, target: bytes
) -> None:
    script = Once(status, location)
    async with serving(script) as server:
        assert await followed(connect, server.url) == (200, target)
    assert server.connections == 1
    first, second = script.requests
    assert second.fields == first.fields
    assert b"token" not in second.target


class Once(Redirecting):
    """Redirects the first request alone."""

    def __init__(self, status: int, location: str) -> None:
        super().__init__(**{"1": (status, location)})

    async def __call__(self, connection: Connection) -> None:
        request = await connection.request()
        self.requests.append(request)
        status, location = self.redirects.pop("1")
        await connection.answer(status, b"moved", fields=b"Location: %b\r\n" % location.encode())
        await super().__call__(connection)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_another_origin_learns_nothing_secret(connect: Connect, status: int) -> None:
    other = Redirecting(again=(302, "/last?x=1"))
    async with serving(other) as bucket:
        script = Redirecting(**{"1": (status, f"{bucket.url}/again?X-Amz-Signature=a%2Fb|")})
        async with serving(script) as server:
            assert await followed(connect, server.url) == (200, b"/last?x=1")
    assert [request.target for request in other.requests] == [
        b"/again?X-Amz-Signature=a%2Fb|",
        b"/last?x=1",
    ]
    for request in other.requests:
        assert request.fields == ((b"host", bucket.authority.encode()), *HARMLESS)
        assert b"s3cret" not in request.raw


async def test_the_way_back_from_another_origin_has_no_credential_either(connect: Connect) -> None:
    other = Redirecting()
    async with serving(other) as bucket:
        script = Redirecting(**{"1": (302, f"{bucket.url}/back")})
        async with serving(script) as server:
            other.redirects["back"] = (302, f"{server.url}/home")
            assert await followed(connect, server.url) == (200, b"/home")
    assert script.requests[1].fields == ((b"host", server.authority.encode()), *HARMLESS)


async def test_a_prefix_does_not_stand_before_a_redirects_target(connect: Connect) -> None:
    script = Redirecting(**{"1": (302, "/ayon/files/payload")})
    async with serving(script) as server:
        assert await followed(connect, server.url + "/ayon") == (200, b"/ayon/files/payload")


@pytest.mark.parametrize("status", [302, 307])
async def test_a_redirect_that_nobody_asked_to_follow_is_relayed(
    connect: Connect, status: int
) -> None:
    script = Redirecting(**{"1": (status, "/other")})
    async with serving(script) as server:
        response = await connect(server.url).send(REQUEST)
        assert response.head.status == status
        assert (b"location", b"/other") in response.head.fields
        assert b"".join([chunk async for chunk in response.chunks()]) == b"moved"
    assert len(script.requests) == 1


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "HEAD"])
async def test_only_a_get_is_followed(connect: Connect, method: str) -> None:
    script = Redirecting(**{"1": (307, "/other")})
    async with serving(script) as server:
        upstream = connect(server.url)
        response = await upstream.send(Request(method, b"/1"), follow_redirects=True)
        assert response.head.status == 307
        await response.aclose()
    assert len(script.requests) == 1


@pytest.mark.parametrize(
    "location",
    [
        "ftp://host/x",
        "file:///etc/passwd",
        "http://[::1/",
        "http://a:b/",
        "http://a:99999/",
        "http://a..b/",
        f"http://{64 * 'a'}/",
    ],
)
async def test_a_redirect_that_leads_nowhere_is_no_answer(connect: Connect, location: str) -> None:
    script = Redirecting(**{"1": (302, location)})
    async with serving(script) as server:
        upstream = connect(server.url)
        for _ in range(2):
            with pytest.raises(UpstreamBroke) as caught:
                await upstream.send(REQUEST, follow_redirects=True)
    assert str(caught.value) == f"{server.authority} sent a redirect that leads nowhere."
    assert (server.connections, len(script.requests)) == (1, 2)


@pytest.mark.parametrize("location", ["1", "", "#x", "http://", "//"])
async def test_a_redirect_to_itself_is_no_answer(connect: Connect, location: str) -> None:
    async with serving(Redirecting(**{"1": (302, location)})) as server:
        with pytest.raises(UpstreamBroke, match="redirected more than 5 times"):
            await followed(connect, server.url)


async def test_a_redirect_without_a_location_is_relayed(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.answer(302)

    async with serving(script) as server:
        assert await followed(connect, server.url) == (302, b"")


SIGNED = b"""Set-Cookie: CloudFront-Policy=a=b; Domain=cdn; Secure; SameSite=none\r
Set-Cookie: CloudFront-Signature=c; Max-Age=60\r
Set-Cookie: =nameless\r
"""


async def cdn(connection: Connection) -> None:
    """Answers with the cookies that it was sent."""
    request = await connection.request()
    assert b"s3cret" not in request.raw
    assert [name for name, _ in request.fields].count(b"cookie") == 1
    await connection.answer(200, request.values(b"cookie")[0], fields=b"Set-Cookie: cdn=own\r\n")


async def test_the_cookies_of_a_redirect_go_where_it_leads_and_nowhere_else(
    connect: Connect,
) -> None:
    async with serving(cdn) as other:

        async def script(connection: Connection) -> None:
            await connection.request()
            location = b"Location: %b/object\r\n" % other.url.encode()
            await connection.answer(302, fields=location + SIGNED)

        async with serving(script) as server:
            response = await connect(server.url).send(REQUEST, follow_redirects=True)
            body = b"".join([chunk async for chunk in response.chunks()])
    assert (response.head.status, body) == (200, b"CloudFront-Policy=a=b; CloudFront-Signature=c")
    assert response.head.fields == ((b"content-length", b"%d" % len(body)),)


async def test_a_cookie_for_upstream_itself_joins_those_of_the_request(connect: Connect) -> None:
    async def script(connection: Connection) -> None:
        await connection.request()
        await connection.answer(302, fields=b"Location: /x\r\n" + SIGNED)
        request = await connection.request()
        await connection.answer(200, request.values(b"cookie")[0])

    async with serving(script) as server:
        assert await followed(connect, server.url) == (
            200,
            b"accessToken=s3cret; CloudFront-Policy=a=b; CloudFront-Signature=c",
        )


async def test_five_redirects_are_followed_and_the_sixth_is_no_answer(connect: Connect) -> None:
    for length in (5, 6):
        script = Redirecting(**{str(n): (302, f"/{n + 1}") for n in range(1, length + 1)})
        async with serving(script) as server:
            if length == 5:
                assert (await followed(connect, server.url))[0] == 200
            else:
                with pytest.raises(UpstreamBroke, match="redirected more than 5 times"):
                    await followed(connect, server.url)
        assert len(script.requests) == 6


async def test_an_unreachable_target_is_named_without_its_query(connect: Connect) -> None:
    """It says nothing about upstream, which did answer: it is not UpstreamUnreachable."""
    async with serving(Redirecting()) as gone:
        pass
    script = Redirecting(**{"1": (302, f"{gone.url}/x?X-Amz-Signature=s3cret")})
    async with serving(script) as server:
        with pytest.raises(UpstreamBroke) as caught:
            await followed(connect, server.url)
    assert str(caught.value) == f"{gone.authority} refused the connection."
