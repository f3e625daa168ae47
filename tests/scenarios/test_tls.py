"""TLS on both sides: with certificates of an authority that no system knows.

Broken once, to see the tests fail: each of the four ways to upstream (forwarding, the clients'
websockets, the event socket, the client library) without the context or the files; a certificate
that is not handed to uvicorn; a password that is not given; `status` that does not trust it.
"""

from __future__ import annotations

import asyncio
import ssl
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import connect

from ayon_proxy.cli import main
from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.upstream.tls import TlsFiles, authorities
from tests.support.certificates import PASSWORD, Authority, Issued, authority, tls_front
from tests.support.listening_client import listening
from tests.support.proxy_process import proxy_process

DEADLINE = 15.0
KEY = {"X-Api-Key": SERVICE_KEY}


@pytest.fixture(scope="module")
def studio_authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    return authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def shown(studio_authority: Authority) -> Issued:
    """The certificate of 127.0.0.1."""
    return studio_authority.issue("server")


@pytest.fixture(scope="module")
def client_certificate(studio_authority: Authority) -> Issued:
    return studio_authority.issue("client", "DNS:proxy.studio.example")


def exit_status(*arguments: str) -> object:
    with pytest.raises(SystemExit) as ended:
        main(arguments)
    return ended.value.code


def trusting(studio_authority: Authority) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(studio_authority.certificate))


async def test_every_way_to_upstream_knows_its_authority_and_shows_our_certificate(
    demo: DemoServer,
    tmp_path: Path,
    studio_authority: Authority,
    shown: Issued,
    client_certificate: Issued,
) -> None:
    async with (
        tls_front(demo.port, shown, studio_authority.certificate) as (port, accepted),
        proxy_process(
            f"https://127.0.0.1:{port}",
            tmp_path,
            upstream__api_key=SERVICE_KEY,
            upstream__ca_file=studio_authority.certificate,
            upstream__client_certificate=client_certificate.certificate,
            upstream__client_key=client_certificate.key,
        ) as proxy,
        asyncio.timeout(DEADLINE),
    ):
        async with httpx.AsyncClient(base_url=proxy.url, headers=KEY) as client:
            assert (await client.get("/api/projects")).status_code == 200
            # The library and the event socket: without either it would never be live.
            await proxy.logged("feed_live")
        async with listening(proxy.url, SERVICE_KEY, demo.studio):
            pass
        assert proxy.complaints() == []
        assert accepted
        assert all(accepted)


@pytest.mark.parametrize(
    ("left_out", "said"),
    [
        ("upstream__ca_file", "is not trusted: "),
        ("upstream__client_certificate", "closed the connection early"),
    ],
)
async def test_without_one_of_them_nothing_is_asked_and_a_sentence_says_why(
    demo: DemoServer,
    tmp_path: Path,
    studio_authority: Authority,
    shown: Issued,
    client_certificate: Issued,
    left_out: str,
    said: str,
) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(
        client_certificate.certificate.read_bytes() + client_certificate.key.read_bytes()
    )
    settings = {
        "upstream__ca_file": studio_authority.certificate,
        "upstream__client_certificate": both,
    }
    del settings[left_out]
    async with (
        tls_front(demo.port, shown, studio_authority.certificate) as (port, _),
        proxy_process(f"https://127.0.0.1:{port}", tmp_path / "data", **settings) as proxy,
        asyncio.timeout(DEADLINE),
    ):
        async with httpx.AsyncClient(base_url=proxy.url, headers=KEY) as client:
            assert (await client.get("/api/projects")).status_code == 504
        line = await proxy.logged("upstream_unreachable")
    assert said in line["sentence"]
    assert demo.requests == []


@pytest.mark.parametrize("locked", [False, True])
async def test_clients_connect_by_tls_and_by_nothing_else(
    demo: DemoServer,
    tmp_path: Path,
    studio_authority: Authority,
    shown: Issued,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    locked: bool,
) -> None:
    password = tmp_path / "password"
    password.write_text(PASSWORD + "\n")
    settings: dict[str, Any] = {
        "server__tls_certificate": shown.certificate,
        "server__tls_key": shown.locked_key if locked else shown.key,
    }
    if locked:
        settings["server__tls_key_password_file"] = password
    trust = trusting(studio_authority)
    async with (
        proxy_process(demo.url, tmp_path / "data", **settings) as proxy,
        asyncio.timeout(DEADLINE),
    ):
        assert (await proxy.logged("listening"))["scheme"] == "https"
        url = f"https://127.0.0.1:{proxy.port}"
        async with httpx.AsyncClient(base_url=url, verify=trust, headers=KEY) as client:
            assert (await client.get("/-/status")).status_code == 200
            assert (await client.get("/api/projects")).status_code == 200
            await _plain_http_gets_nothing(proxy.port)
            answered = await client.get(f"{url}/api/info", headers={"Host": "a/b"})
            assert answered.status_code == 400
            assert (
                (await client.get("/api/projects"))
                .headers["cache-status"]
                .startswith("ayon-proxy; hit")
            )
        async with connect(f"wss://127.0.0.1:{proxy.port}/ws", ssl=trust) as socket:
            await socket.send('{"topic": "auth", "token": "none", "subscribe": []}')
        for name, value in {**settings, "server__port": proxy.port}.items():
            monkeypatch.setenv(f"AYON_PROXY_{name.upper()}", str(value))
        assert await asyncio.to_thread(exit_status, "status", "--json") == 0
        assert '"traffic"' in capsys.readouterr().out
        assert proxy.complaints() == []


async def _plain_http_gets_nothing(port: int) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(b"GET /-/healthy HTTP/1.1\r\nHost: proxy\r\n\r\n")
    with suppress(ConnectionError):
        assert b"HTTP" not in await reader.read()
    writer.close()


WRONG = {
    "no such file": ({"server__tls_certificate": "missing.pem"}, 2, "TLS_CERTIFICATE is '"),
    "no PEM": ({"server__tls_certificate": "junk"}, 1, "server.tls_certificate and server.tls_key"),
    "no key in it": ({"server__tls_certificate": "server.pem"}, 1, "the key that belongs to it"),
    "a key alone": ({"server__tls_key": "server.key"}, 2, "nothing without tls_certificate"),
    "another's key": (
        {"server__tls_certificate": "server.pem", "server__tls_key": "other.key"},
        1,
        "key values mismatch",
    ),
    "a key with a password": (
        {"server__tls_certificate": "server.pem", "server__tls_key": "server.locked"},
        1,
        "the key has a password",
    ),
    "another password": (
        {
            "server__tls_certificate": "server.pem",
            "server__tls_key": "server.locked",
            "server__tls_key_password_file": "junk",
        },
        1,
        "its password is not the one of the key",
    ),
    "an empty password": (
        {
            "server__tls_certificate": "server.pem",
            "server__tls_key": "server.locked",
            "server__tls_key_password_file": "empty",
        },
        2,
        "no password in its first line",
    ),
    "an authority that is none": ({"upstream__ca_file": "junk"}, 1, "upstream.ca_file"),
    "an empty authority": ({"upstream__ca_file": "empty"}, 1, "upstream.ca_file"),
    "a folder": ({"upstream__ca_file": "."}, 2, "UPSTREAM__CA_FILE is '"),
    "our key alone": ({"upstream__client_key": "server.key"}, 2, "without client_certificate"),
    "our locked key": (
        {"upstream__client_certificate": "server.pem", "upstream__client_key": "server.locked"},
        1,
        "the key has a password",
    ),
}


@pytest.mark.parametrize(("given", "status", "said"), WRONG.values(), ids=list(WRONG))
def test_wrong_files_stop_the_start_with_one_sentence(
    studio_authority: Authority,
    shown: Issued,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    given: dict[str, str],
    status: int,
    said: str,
) -> None:
    folder = studio_authority.folder
    if not (folder / "other.key").exists():
        studio_authority.issue("other")
    (folder / "junk").write_text("this is no PEM, nor the password\n")
    (folder / "empty").write_text("")
    for name, file in given.items():
        monkeypatch.setenv(f"AYON_PROXY_{name.upper()}", str(folder / file))
    command = ["serve", "--upstream", "https://127.0.0.1:9", "--data-dir", str(tmp_path / "data")]
    assert exit_status(*command, "--port", "0") == status
    printed = capsys.readouterr().err
    assert said in printed
    assert len(printed.strip().splitlines()) == 1, printed
    assert PASSWORD not in printed
    assert not (tmp_path / "data").exists()


def test_the_library_is_given_the_systems_authorities_and_ours(studio_authority: Authority) -> None:
    with authorities() as system:
        known = Path(system).read_bytes()
        assert b"BEGIN CERTIFICATE" in known
    with authorities(TlsFiles(ca_file=studio_authority.certificate)) as both:
        together = Path(both).read_bytes()
        assert known in together
        assert studio_authority.certificate.read_bytes() in together
    assert not Path(both).exists()
    if sys.platform == "linux":
        ssl.create_default_context(cafile=system)
