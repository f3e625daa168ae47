"""Spellings of paths and queries: an answer stored for one is never given for another.

Upstream says with each answer which target it was asked for. Broken once, to see the tests fail: a
cache key of the decoded path, one without the query.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import parse_qs

import orjson
import pytest
import pytest_asyncio

from tests.support.attacked import SECRET, quiet_log
from tests.support.raw_server import Connection, RawServer, Received
from tests.support.running_proxy import running_proxy

pytestmark = pytest.mark.asyncio(loop_scope="module")

DEADLINE = 20.0
FOLDER = b"0123456789abcdef0123456789abcdef"
PLAIN = b"/api/projects/film/folders/" + FOLDER

SPELLINGS = [
    PLAIN,
    *(PLAIN.replace(b"film", other) for other in (b"fil%6D", b"fil%6d", b"fil%256d", b"Film")),
    *(
        PLAIN.replace(b"film", other)
        for other in (b"film%00", b"film%20", b"film%0d%0a", b"film;x")
    ),
    *(
        PLAIN.replace(b"film", other)
        for other in (b"film%2ffolders", b"film%5c", b"film\\", b"x/../film")
    ),
    *(
        PLAIN.replace(b"film", other)
        for other in (b"x/%2e%2e/film", b"./film", b"%2e/film", b"/film")
    ),
    *(
        PLAIN + end
        for end in (b"/", b"//", b"%2f", b"/.", b"/..", b";", b"%3fa=b", b"%23", b"?", b"??")
    ),
    *(PLAIN + end for end in (b"?a=b", b"?a=b&", b"?a=b&&", b"?a=b&c", b"?a=b;c=d", b"?a=b%26c=d")),
    *(
        PLAIN + end
        for end in (b"?a=b&a=c", b"?a=c&a=b", b"?a=b%0d%0aX:%20y", b"?%61=b", b"?a=%62", b"?A=b")
    ),
    *(b"/" + PLAIN, b"/." + PLAIN, b"/%2e" + PLAIN, b"/x/.." + PLAIN, b"/%61pi" + PLAIN[4:]),
    *(b"/api%2f" + PLAIN[5:], b"/API" + PLAIN[4:], b"/api;x" + PLAIN[4:]),
    *(
        b"/api/info",
        b"/api/info/",
        b"/api/%69nfo",
        b"/api/info%20",
        b"/api//info",
        b"/api/info;x",
        b"/api/info%00",
    ),
    *(b"/api/users/me", b"/api/users/%6de", b"/api/users/me/", b"/api/users/me%2f"),
]

SAME = {PLAIN + b"?": PLAIN, PLAIN + b"?a=b&": PLAIN + b"?a=b", PLAIN + b"?a=b&&": PLAIN + b"?a=b"}
"""An empty query is none, and an empty pair is none: upstream reads them alike."""


def credential(asked: Received) -> str:
    """The first that upstream would see; empty where there is none."""
    tokens = parse_qs(asked.target.decode().partition("?")[2]).get("token", [])
    keys = [key.decode() for key in asked.values(b"x-api-key") if key]
    return next(iter([*keys, *tokens]), "")


MANAGER = {"name": "artist", "active": True, "data": {"isManager": True}}
"""Who upstream says that whoever has a credential is."""


class Echo:
    """The proxy before an upstream that answers with what it was asked."""

    def __init__(self, port: int) -> None:
        self.port = port

    async def asked(self, target: bytes, *lines: bytes) -> tuple[bytes, bytes]:
        """The body that comes back, and where it came from. Raises PermissionError for a 401."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        head = [b"GET " + target + b" HTTP/1.1", b"Host: proxy", b"Connection: close", *lines]
        writer.write(b"\r\n".join([*head, b"", b""]))
        answered, _, body = (await reader.read()).partition(b"\r\n\r\n")
        writer.close()
        if answered.startswith(b"HTTP/1.1 401 "):
            raise PermissionError
        assert answered.startswith(b"HTTP/1.1 200 "), answered
        return body, answered.partition(b"cache-status: ")[2].partition(b"\r\n")[0]


@pytest_asyncio.fixture(loop_scope="module")
async def echo(tmp_path: Path) -> AsyncIterator[Echo]:
    async def script(connection: Connection) -> None:
        while True:
            asked = await connection.request()
            who = credential(asked)
            if not who:
                json_field = b"Content-Type: application/json\r\n"
                await connection.answer(401, b'{"code": 401}', fields=json_field)
                continue
            said = orjson.dumps({**MANAGER, "target": asked.target.decode(), "key": who})
            await connection.answer(200, said, fields=b"Content-Type: application/json\r\n")

    upstream = RawServer(script)
    listening = await upstream.run()
    try:
        async with running_proxy(upstream.url, tmp_path / "data") as proxy:
            yield Echo(proxy.port)
    finally:
        listening.close()
        upstream.stop()


def of(body: bytes) -> bytes:
    target: str = json.loads(body)["target"]
    return target.encode()


@pytest.mark.parametrize("backwards", [False, True])
async def test_each_spelling_gets_its_own_answer(
    echo: Echo, caplog: pytest.LogCaptureFixture, backwards: bool
) -> None:
    order = SPELLINGS[::-1] if backwards else SPELLINGS
    key = b"X-Api-Key: " + SECRET
    hits = 0
    async with asyncio.timeout(DEADLINE):
        with quiet_log(caplog.records):
            for _ in range(2):
                for target in order:
                    body, source = await echo.asked(target, key)
                    told = of(body)
                    assert SAME.get(told, told) == SAME.get(target, target)
                    hits += b"; hit" in source
    assert hits >= 10  # the plain ones at least


async def test_a_credential_that_upstream_does_not_see_makes_nobody(echo: Echo) -> None:
    """Nobody's answer is stored for somebody, nor the other way round."""
    own = b"X-Api-Key: " + SECRET
    targets = [
        PLAIN,
        PLAIN + b"?token=" + SECRET,
        PLAIN + b"?Token=" + SECRET,
        PLAIN + b"?x=token=1",
    ]
    lines = [
        (),
        (own,),
        (b"X_Api_Key: " + SECRET,),
        (b"X-Api-Key:",),
        (b"Connection: X-Api-Key, close", own),
    ]
    for _ in range(2):
        for target in targets:
            for line in lines:
                if line != (own,) and b"?token=" not in target:
                    with pytest.raises(PermissionError):
                        await echo.asked(target, *line)
                    continue
                body, _ = await echo.asked(target, *line)
                assert json.loads(body)["key"] == SECRET.decode()
                # Where the token is, is no part of what is asked: both are one user.
                assert of(body).partition(b"?token=")[0] == target.partition(b"?token=")[0]
