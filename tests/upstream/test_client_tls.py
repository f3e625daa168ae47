"""https: whom we trust, and what is said about those we don't."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest

from ayon_proxy.errors import UpstreamUnreachable
from ayon_proxy.policy.message import Request
from tests.support.raw_server import Connection, serving
from tests.upstream.conftest import Connect, serving_context


async def echo(connection: Connection) -> None:
    while True:
        request = await connection.request()
        await connection.answer(200, request.target + request.body)


async def test_a_trusted_server_is_talked_to_over_one_connection(
    connect: Connect, certificate: Path
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    body = bytes(200_000)
    async with serving(echo, serving_context(certificate)) as server:
        upstream = connect(f"https://{server.authority}/ayon", ssl_context=trusting)
        for _ in range(3):
            response = await upstream.send(Request("POST", b"/x"), body)
            received = b"".join([chunk async for chunk in response.chunks()])
            assert received == b"/ayon/x" + body
    assert server.connections == 1


async def test_an_early_refusal_is_seen_through_tls(connect: Connect, certificate: Path) -> None:
    async def refuse(connection: Connection) -> None:
        await connection.head()
        await connection.answer(413)
        await connection.closed()

    trusting = ssl.create_default_context(cafile=str(certificate))
    async with serving(refuse, serving_context(certificate)) as server:
        upstream = connect(f"https://{server.authority}", ssl_context=trusting)
        response = await upstream.send(Request("PUT", b"/x"), bytes(50_000_000))
        assert response.head.status == 413
        await response.aclose()


async def test_a_certificate_nobody_vouches_for_is_not_trusted(
    connect: Connect, certificate: Path
) -> None:
    async with serving(echo, serving_context(certificate)) as server:
        with pytest.raises(UpstreamUnreachable) as caught:
            await connect(f"https://{server.authority}").send(Request("GET", b"/"))
    assert str(caught.value).startswith(f"The certificate of {server.authority} is not trusted: ")
    assert "self-signed" in str(caught.value)


async def test_a_certificate_of_another_name_is_not_trusted(
    connect: Connect, certificate: Path
) -> None:
    trusting = ssl.create_default_context(cafile=str(certificate))
    async with serving(echo, serving_context(certificate)) as server:
        upstream = connect(f"https://localhost:{server.port}", ssl_context=trusting)
        with pytest.raises(UpstreamUnreachable, match="is not trusted: Hostname mismatch"):
            await upstream.send(Request("GET", b"/"))
