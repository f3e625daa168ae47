"""Redirects: those of project files are followed inside, all others are the client's to follow."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.support.known_callers import ARTIST
from tests.support.raw_server import Connection, RawServer, Received, serving
from tests.support.running_proxy import RunningProxy, running_proxy

FILE = "/api/projects/film/files/0123"
CONTENT = bytes(range(256)) * 1_000

CREDENTIALS = {
    "X-Api-Key": "secret-key",
    "Authorization": "Bearer secret-token",
    "Cookie": "accessToken=secret-cookie",
    "X-as-user": "secret-name",
    "x-ayon-site-id": "secret-site",
    "Referer": "http://secret-proxy/",
}


OWN_QUESTIONS = {b"/": b"", b"/api/info": b'{"version":"1.16.0"}', **ARTIST}
"""What the proxy asks by itself."""


@dataclass
class Lines:
    """An AYON server that redirects, and the host of files it redirects to."""

    ayon: RawServer
    bucket: RawServer
    proxy: RunningProxy
    redirect: bytes = b""
    at_ayon: list[Received] = field(default_factory=list)
    at_bucket: list[Received] = field(default_factory=list)


@pytest.fixture
async def lines(tmp_path: Path) -> AsyncIterator[Lines]:
    async def ayon(connection: Connection) -> None:
        while True:
            got = await connection.request()
            if got.target in OWN_QUESTIONS:
                json = b"Content-Type: application/json\r\n"
                await connection.answer(200, OWN_QUESTIONS[got.target], fields=json)
                continue
            if got.target.startswith(b"/api/users/me"):
                told = b'{"name":"artist","active":true,"data":{},"projects":{}}'
                await connection.answer(200, told, fields=b"Content-Type: application/json\r\n")
                continue
            joined.at_ayon.append(got)
            if got.target.endswith(b"/moved"):
                await connection.answer(200, CONTENT)
            else:
                await connection.answer(302, fields=b"Location: %s\r\n" % joined.redirect)

    async def bucket(connection: Connection) -> None:
        while True:
            joined.at_bucket.append(await connection.request())
            await connection.answer(200, CONTENT, fields=b'ETag: "1"\r\n')

    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(serving(ayon))
        second = await stack.enter_async_context(serving(bucket))
        proxy = await stack.enter_async_context(running_proxy(first.url, tmp_path / "data"))
        joined = Lines(first, second, proxy)
        yield joined


async def ask(lines: Lines, path: str) -> httpx.Response:
    async with httpx.AsyncClient(base_url=lines.proxy.url, headers=CREDENTIALS) as client:
        return await client.get(path)


async def test_a_file_elsewhere_is_fetched_without_any_credential_and_once(lines: Lines) -> None:
    lines.redirect = f"{lines.bucket.url}/signed/0123?X-Amz-Signature=abc%2F".encode()
    for expected in ("ayon-proxy; fwd=uri-miss; stored", "ayon-proxy; hit; ttl="):
        answer = await ask(lines, FILE)
        assert (answer.status_code, answer.content) == (200, CONTENT)
        assert answer.headers["cache-status"].startswith(expected)
        await lines.proxy.assembled.cache.in_flight.idle()
    (first,) = lines.at_ayon
    assert first.values(b"x-api-key") == [b"secret-key"]
    (got,) = lines.at_bucket
    assert got.target == b"/signed/0123?X-Amz-Signature=abc%2F"
    assert got.values(b"host") == [lines.bucket.authority.encode()]
    assert b"secret" not in got.raw
    assert b"127.0.0.1:" in got.raw
    assert not got.values(b"x-forwarded-for")


async def test_a_file_at_the_same_server_is_fetched_with_the_credential(lines: Lines) -> None:
    lines.redirect = f"{FILE}/moved".encode()
    assert (await ask(lines, FILE)).content == CONTENT
    assert [got.values(b"x-api-key") for got in lines.at_ayon] == [[b"secret-key"]] * 2


@pytest.mark.parametrize(
    "path",
    [
        "/api/projects/film/folders/0123",
        "/api/projects/film/thumbnails/0123",
        "/addons/core/1.0.0/private/client.zip",
        "/api/auth/sso/login",
        "/api/events/0123",
        "/unlisted",
    ],
)
async def test_every_other_redirect_is_relayed(lines: Lines, path: str) -> None:
    lines.redirect = f"{lines.bucket.url}/signed?a=%7C".encode()
    for _ in range(2):
        answer = await ask(lines, path)
        assert answer.status_code == 302
        assert answer.headers["location"].encode() == lines.redirect
    assert len(lines.at_ayon) == 2
    assert lines.at_bucket == []


async def test_a_file_that_leads_in_circles_ends(lines: Lines) -> None:
    lines.redirect = FILE.encode()
    answer = await ask(lines, FILE)
    assert answer.status_code == 504  # relayed, it would lead the caller and its key elsewhere
    assert len(lines.at_ayon) <= 10
