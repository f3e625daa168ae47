"""Every way to start, as a process: what stops it is one sentence, upstream's absence does not."""

from __future__ import annotations

import asyncio
import os
import socket
import sqlite3
from pathlib import Path

import httpx
import pytest
from structlog.testing import capture_logs

from ayon_proxy.demo.film import FILM, PASSWORDS, SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.server import look_at_upstream
from tests.support.proxy_process import DEADLINE, launched, proxy_process
from tests.support.raw_server import Connection, serving
from tests.support.running_proxy import running_proxy

NOWHERE = "http://127.0.0.1:9"


async def failed(*arguments: str, **variables: str) -> tuple[int, str]:
    """Exit status and sentence of a start that fails."""
    process = await launched(*arguments, **variables)
    _, said = await asyncio.wait_for(process.communicate(), DEADLINE)
    assert process.returncode is not None
    sentence = said.decode()
    assert sentence.startswith("ayon-proxy: ")
    assert sentence.endswith((".\n", "?\n"))
    assert sentence.count("\n") == 1
    assert "Traceback" not in sentence
    return process.returncode, sentence


@pytest.mark.parametrize(
    ("arguments", "variables", "named"),
    [
        ([], {}, "AYON_PROXY_UPSTREAM__URL"),
        (["--upstream", "ayon.studio.example"], {}, "ayon.studio.example"),
        (["--upstream", NOWHERE], {"AYON_PROXY_STORAGE__MAXBYTES": "1GiB"}, "MAX_BYTES"),
    ],
    ids=["no upstream", "malformed upstream", "unknown setting"],
)
async def test_wrong_use_is_status_2_and_names_what_is_wrong(
    arguments: list[str], variables: dict[str, str], named: str
) -> None:
    status, sentence = await failed(*arguments, **variables)
    assert status == 2
    assert named in sentence


async def test_a_port_in_use_is_status_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = str(listener.getsockname()[1])
        status, sentence = await failed(
            "--upstream", NOWHERE, "--port", port, "--data-dir", str(tmp_path)
        )
    assert status == 1
    assert f"127.0.0.1:{port}" in sentence
    assert "another program uses it" in sentence


async def test_an_unwritable_data_directory_is_status_1(tmp_path: Path) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    # Permissions do not stop root; nobody makes directories in /proc.
    place = locked if os.geteuid() else Path("/proc/self")
    status, sentence = await failed(
        "--upstream", NOWHERE, "--port", "0", "--data-dir", str(place / "data")
    )
    assert status == 1
    assert str(place / "data") in sentence


async def test_a_database_newer_than_the_program_is_status_1_and_stays_as_it_is(
    tmp_path: Path,
) -> None:
    async with running_proxy(NOWHERE, tmp_path):
        pass
    with sqlite3.connect(tmp_path / "index.sqlite") as database:
        database.execute("UPDATE alembic_version SET version_num = '9999_12_31_later'")
    database.close()
    before = (tmp_path / "index.sqlite").read_bytes()
    status, sentence = await failed(
        "--upstream", NOWHERE, "--port", "0", "--data-dir", str(tmp_path)
    )
    assert status == 1
    assert "newer" in sentence
    assert (tmp_path / "index.sqlite").read_bytes() == before


async def test_the_data_of_another_upstream_is_refused_and_can_be_adopted(tmp_path: Path) -> None:
    async with running_proxy(NOWHERE, tmp_path):
        pass
    other = "http://127.0.0.1:10"
    status, sentence = await failed("--upstream", other, "--port", "0", "--data-dir", str(tmp_path))
    assert status == 1
    assert NOWHERE in sentence
    assert other in sentence
    assert "AYON_PROXY_STORAGE__ADOPT" in sentence
    async with proxy_process(other, tmp_path, storage__adopt="true"):
        pass
    async with running_proxy(other, tmp_path):
        pass


async def test_data_that_another_process_holds_is_refused_and_left_alone(tmp_path: Path) -> None:
    async with proxy_process(NOWHERE, tmp_path) as proxy:
        status, sentence = await failed(
            "--upstream", NOWHERE, "--port", "0", "--data-dir", str(tmp_path)
        )
        assert status == 1
        assert f"process {proxy.process.pid}" in sentence
        async with httpx.AsyncClient(base_url=proxy.url) as client:
            assert (await client.get("/-/ready")).status_code == 200


async def test_an_upstream_that_is_not_there_is_one_warning(tmp_path: Path) -> None:
    async with proxy_process(NOWHERE, tmp_path) as proxy:
        line = await proxy.logged("upstream_unreachable")
        assert NOWHERE in line["sentence"]
        async with httpx.AsyncClient(base_url=proxy.url) as client:
            assert (await client.get("/-/ready")).status_code == 200
            assert (await client.get("/api/info")).status_code == 504
        assert await proxy.stop() == 0
    assert proxy.events("error", "critical") == []
    warned = [line for line in proxy.lines if line["event"].startswith("upstream_unreach")]
    assert len(warned) == 1


NOT_AYON = {
    "a page": b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>",
    "not found": b"HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\n{}",
    "an array": b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
    "text": b'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n"version"',
    "no version": b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"version":1}',
    "a redirect": b"HTTP/1.1 302 X\r\nLocation: /login\r\nContent-Length: 0\r\n\r\n",
    "gateway": b"HTTP/1.1 503 X\r\nContent-Length: 22\r\n\r\n" + b'{"version": "1.16.0" }',
}


@pytest.mark.parametrize("said", NOT_AYON.values(), ids=NOT_AYON)
async def test_an_upstream_that_is_not_ayon_is_one_warning(tmp_path: Path, said: bytes) -> None:
    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.send(said)

    async with serving(script) as server, running_proxy(server.url, tmp_path) as proxy:
        with capture_logs() as lines:
            await look_at_upstream(proxy.assembled)
    warned = [line for line in lines if line["log_level"] == "warning"]
    assert [line["event"] for line in warned] == ["upstream_unknown"]
    assert "does not answer as an AYON server does" in warned[0]["sentence"]


async def test_an_upstream_that_says_something_else_never_ends_is_one_warning(
    tmp_path: Path,
) -> None:
    cut = asyncio.Event()

    async def script(connection: Connection) -> None:
        await connection.head()
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Length: 999999999999\r\n\r\n")
        try:
            while True:
                await connection.send(b"{" * 65_536)
        finally:
            cut.set()

    async with serving(script) as server, proxy_process(server.url, tmp_path) as proxy:
        await proxy.logged("upstream_unknown")
        await cut.wait()
        assert proxy.peak_bytes - proxy.idle_bytes < 40_000_000


async def test_after_a_restart_without_upstream_what_is_stored_is_given_to_whom_it_was_given(
    demo: DemoServer, tmp_path: Path
) -> None:
    path = f"/api/projects/{FILM}"
    async with proxy_process(demo.url, tmp_path) as proxy:
        async with httpx.AsyncClient(base_url=proxy.url) as client:
            login = {"name": "artist", "password": PASSWORDS["artist"]}
            token = (await client.post("/api/auth/login", json=login)).json()["token"]
            online = await client.get(path, headers={"X-Api-Key": SERVICE_KEY})
            await client.get("/api/users/me", headers={"Authorization": f"Bearer {token}"})
        assert await proxy.stop() == 0
    demo.faults.go_down()
    async with (
        proxy_process(demo.url, tmp_path) as proxy,
        httpx.AsyncClient(base_url=proxy.url) as client,
    ):
        await proxy.logged("upstream_unreachable")
        again = await client.get(path, headers={"X-Api-Key": SERVICE_KEY})
        assert (again.status_code, again.json()) == (200, online.json())
        assert again.headers["cache-status"].startswith("ayon-proxy; hit")
        for name, value in [
            ("X-None", ""),
            ("X-Api-Key", "guessed"),
            ("Authorization", f"Bearer {token}"),
        ]:
            headers = {name: value}
            assert (await client.get(path, headers=headers)).status_code == 504
        me = await client.get("/api/users/me", headers={"Authorization": f"Bearer {token}"})
        assert me.json()["name"] == "artist"
