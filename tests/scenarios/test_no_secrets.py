"""No secret is ever on disk, in a log, in what the proxy says of itself or in its own answers.

The real program lives through `rich_life` with its log at the level of debug, is killed, loses its
database and goes on. Then everything it has left is searched, in every form that bytes take.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import shutil
import sqlite3
import zlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, closing
from pathlib import Path
from secrets import token_hex
from urllib.parse import quote

import httpx
import pytest

from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from tests.scenarios.rich_life import Life, Secrets, studio_with
from tests.support.proxy_process import ProxyProcess, proxy_process
from tests.support.running_proxy import running_proxy
from tests.support.secret_search import Search, places_of

OWN = ("secret.key", "operator.token")
"""Files that are secrets, and known to be; where else they show is searched for."""


async def test_no_secret_is_left_anywhere(film: Studio, tmp_path: Path) -> None:
    secrets, directory = Secrets(), tmp_path / "data"
    async with DemoServer(studio_with(film, secrets)) as demo:
        life = await lived(demo, secrets, directory)
        assert (directory / "index.sqlite-wal").stat().st_size > 0
        left_by_kill = copied(directory, tmp_path / "killed")
        for name in ("index.sqlite", "index.sqlite-wal"):
            with (directory / name).open("r+b") as file:
                file.write(bytes(100))
        await lived_on(life, directory)
    assert modes(directory) == []
    assert list(directory.glob("*.corrupt-*"))
    for name in OWN:
        secrets[name] = (directory / name).read_bytes().strip()
    search = Search(secrets)
    places = [
        *life.said,
        *places_of(left_by_kill),
        *places_of(copied(directory, tmp_path / "stopped")),
    ]
    found = search.findings(places)
    assert not found, "\n".join(found)
    sizes = [len(content) for _, content in places]
    assert sum(sizes) > 1_000_000
    print(f"{len(secrets)} secrets, {len(places)} places, {sum(sizes):,} bytes")


async def lived(demo: DemoServer, secrets: Secrets, directory: Path) -> Life:
    """A life with and without upstream that ends with a kill."""
    life = Life(demo, secrets)
    async with proxying(life, directory) as proxy:
        await life.begin()
        await life.listen()
        await life.read()
        await life.read()  # much of it is stored by now
        await life.write()
        await life.misplace()
        await life.look_at_itself()
        demo.faults.go_down()
        await life.read()
        await life.write_in_vain()
        await life.listen_in_vain()
        await life.misplace()
        await life.look_at_itself()
        await proxy.kill()
        await demo.faults.come_back()
    return life


async def lived_on(life: Life, directory: Path) -> None:
    """The same after the loss of the database."""
    async with proxying(life, directory) as proxy:
        await life.read()
        await life.look_at_itself()
        assert await proxy.stop() == 0
        assert "database_set_aside" in proxy.events("warning")


@asynccontextmanager
async def proxying(life: Life, directory: Path) -> AsyncIterator[ProxyProcess]:
    """The program, which the life goes through; its log is what it has said."""
    key = life.secrets["the proxy's key"].decode()
    settings = {"log__level": "debug", "upstream__api_key": key, "offline__wait_seconds": "0.2s"}
    async with (
        proxy_process(life.demo.url, directory, **settings) as proxy,
        httpx.AsyncClient(base_url=proxy.url, timeout=30) as client,
    ):
        await proxy.logged("feed_live")
        life.client = client
        yield proxy
    life.said.append(("a log", bytes(proxy.said)))


def copied(directory: Path, copy: Path) -> Path:
    """A copy without the files that are secrets: reading a database writes beside it."""
    shutil.copytree(directory, copy, ignore=shutil.ignore_patterns(*OWN))
    return copy


def modes(directory: Path) -> list[str]:
    """What of it others could read."""
    inside = (directory / name for name in ("index.sqlite", *OWN))
    return [str(path) for path in (directory, *inside) if path.stat().st_mode & 0o077]


def _in_a_row(directory: Path, secret: bytes) -> None:
    """Longer than a page of the database, and begun at another place in each."""
    with closing(sqlite3.connect(directory / "index.sqlite")) as database:
        for before in (0, 20, 40, 60):
            value = b"x" * (4_000 + before) + secret
            database.execute("INSERT INTO journal VALUES (?, ?)", (token_hex(8), value))
        database.commit()


def _in_a_file(encoded: Callable[[bytes], bytes]) -> Callable[[Path, bytes], None]:
    def plant(directory: Path, secret: bytes) -> None:
        (directory / "blobs" / "planted").write_bytes(b"what stands before " + encoded(secret))

    return plant


def _percent(secret: bytes) -> bytes:
    return "".join(f"%{byte:02x}" for byte in secret).encode()


PLANTED: dict[str, Callable[[Path, bytes], None]] = {
    "a row": _in_a_row,
    "a name": lambda directory, secret: (directory / "staging" / secret.decode()).touch(),
    "plain": _in_a_file(bytes),
    "a half": _in_a_file(lambda secret: secret[: (len(secret) + 1) // 2 + 1]),
    "escaped": _in_a_file(_percent),
    "escaped thrice": _in_a_file(lambda secret: quote(quote(_percent(secret).decode())).encode()),
    "in JSON in JSON": _in_a_file(
        lambda secret: json.dumps(json.dumps("".join(f"\\u{byte:04x}" for byte in secret))).encode()
    ),
    "base64 of a field": _in_a_file(lambda secret: base64.b64encode(b"Bearer " + secret)),
    "urlsafe base64": _in_a_file(lambda secret: base64.urlsafe_b64encode(b"ab" + secret + b"a")),
    "hex": _in_a_file(lambda secret: secret.hex().upper().encode()),
    "utf-16": _in_a_file(lambda secret: secret.decode().encode("utf-16-be")),
    "utf-32": _in_a_file(lambda secret: secret.decode().encode("utf-32")),
    "backwards": _in_a_file(lambda secret: secret[::-1]),
    "hashed": _in_a_file(lambda secret: hashlib.sha256(secret).digest()),
    "hashed, hex": _in_a_file(lambda secret: hashlib.sha512(secret).hexdigest().encode()),
    "hashed, base64": _in_a_file(lambda secret: base64.b64encode(hashlib.md5(secret).digest())),
    "packed": _in_a_file(lambda secret: gzip.compress(b"{" + secret + b"}")),
    "packed twice": _in_a_file(lambda secret: zlib.compress(gzip.compress(_percent(secret)))),
}
"""Where and as what a secret may lie about."""


@pytest.fixture
async def quiet(tmp_path: Path) -> Path:
    """The data directory of a proxy that nobody asked anything."""
    async with running_proxy("http://127.0.0.1:9", tmp_path / "data"):
        pass
    return copied(tmp_path / "data", tmp_path / "copy")


@pytest.mark.parametrize("plant", PLANTED.values(), ids=PLANTED)
def test_a_secret_that_is_left_is_found(
    quiet: Path, film: Studio, plant: Callable[..., None]
) -> None:
    secrets = Secrets()
    studio_with(film, secrets)
    search = Search(secrets)
    assert search.findings(places_of(quiet)) == []
    for name, secret in secrets.items():
        plant(quiet, secret)
        found = search.findings(places_of(quiet))
        assert any(line.startswith(f"{name} (") for line in found), name
        assert secret.decode() not in "".join(found)
