"""The websocket says what the recorded one said, to whom it said it, and closes as it closed.

Each transcript of `ws` is played against a demo server: its sockets are opened, what its clients
sent is sent, what was written meanwhile is written. Heartbeats and times are left out: they have
their own tests.
"""

from __future__ import annotations

import asyncio
import json
from base64 import b64decode
from collections import defaultdict
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from ayon_proxy.demo.clock import Pace
from ayon_proxy.demo.running import DemoServer
from tests.demo.corpus import AVAILABLE, FOLDER, TOKENS, requires_corpus
from tests.demo.corpus_catalogue import full_studio
from tests.demo.recorded_state import upsert

LEFT_OUT = {
    "apikey_without_session": "its key has no session whatever is done meanwhile",
    "ayon_api_event_hub": "callbacks of a library, not messages",
    "heartbeat": "nothing but time passes",
    "heartbeat_busy": "nothing but time passes",
    "late_auth": "nothing but time passes",
    "paths": "nothing but refused handshakes",
    "server_restart": "its last socket opens when the server is up again",
}
"""What `test_websocket` has tests of its own for."""
NAMES = (
    sorted(each.stem for each in Path(FOLDER, "ws").glob("*.jsonl") if each.stem not in LEFT_OUT)
    if AVAILABLE
    else []
)
SECONDS = 5.0
Line = dict[str, Any]


class Play:
    """The sockets of a transcript by name, and what each has heard."""

    def __init__(self, demo: DemoServer, client: httpx.AsyncClient) -> None:
        self.demo = demo
        self.client = client
        self.sockets: dict[str, ClientConnection] = {}
        self.readers: dict[str, asyncio.Task[int | None]] = {}
        self.identities: dict[str, str] = {}
        self.heard: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
        self.more = asyncio.Event()

    async def play(self, line: Line, following: Line) -> None:
        """Do what a line says was done; what the server did is compared afterwards."""
        match line["dir"]:
            case "open":
                url = self.demo.url.replace("http", "ws") + line["path"].partition("?")[0]
                name = line["conn"]
                self.sockets[name] = await connect(url)
                self.identities[name] = line["identity"]
                self.readers[name] = asyncio.create_task(self._read(name))
            case "send":
                if "now as artist" in following.get("text", ""):
                    self.identities[line["conn"]] = "artist"
                await self._send(line)
            case "http":
                await self._write(line)

    async def _send(self, line: Line) -> None:
        socket = self.sockets[line["conn"]]
        token = TOKENS.get(self.identities[line["conn"]], "")
        if "binary_base64" in line:
            await socket.send(b64decode(line["binary_base64"]))
            return
        text = line.get("raw", json.dumps(line.get("data")))
        await socket.send(text.replace("<token>", token))
        await self._caught_up()

    async def _write(self, line: Line) -> None:
        request = line["request"]
        identity = "artist" if request["path"] == "/api/auth/logout" else line["identity"]
        token = TOKENS.get(identity) or TOKENS["artist"]
        field = "x-api-key" if identity.startswith("service") else "authorization"
        headers = {field: token if field == "x-api-key" else f"Bearer {token}"}
        answer = await self.client.request(
            request["method"], request["path"], json=request.get("body"), headers=headers
        )
        assert answer.status_code == line["status"], answer.text
        await self._caught_up()

    async def _caught_up(self) -> None:
        """Let the server read what was sent and the readers what it said."""
        for _ in range(3):
            for socket in list(self.sockets.values()):
                try:
                    await (await socket.ping())
                except ConnectionClosed:
                    continue

    async def _read(self, name: str) -> int | None:
        """Note what comes; answers the code of the close frame, None without one."""
        try:
            async for text in self.sockets[name]:
                message = json.loads(text)
                if message["topic"] != "heartbeat":
                    self.heard[name].append(essence(message))
                    self.more.set()
        except ConnectionClosed:
            pass
        received = self.sockets[name].protocol.close_rcvd
        return received.code if received else None

    async def hear_all(self, expected: dict[str, list[tuple[Any, ...]]]) -> None:
        """Wait until every socket has heard as much as it should."""
        while any(len(self.heard[name]) < len(each) for name, each in expected.items()):
            self.more.clear()
            await asyncio.wait_for(self.more.wait(), SECONDS)


def essence(message: Line) -> tuple[Any, ...]:
    """What of a message is no matter of time or chance."""
    return tuple(message[key] for key in ("topic", "project", "user", "description", "store"))


def _lines(name: str) -> list[Line]:
    text = Path(FOLDER, "ws", f"{name}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines()]


def _prepare(demo: DemoServer, lines: list[Line]) -> None:
    """The folders of other projects are at the top and called shots, as the messages say."""
    for line in lines:
        parts = line.get("request", {}).get("path", "").split("/")
        if parts[4:5] == ["folders"]:
            project = demo.studio.projects[parts[3]]
            shown = {"id": parts[5], "name": "shots", "parentId": None, "label": "before"}
            upsert(project, "folder", shown)


@requires_corpus
@pytest.mark.parametrize("name", NAMES)
async def test_transcript_is_played_as_recorded(name: str) -> None:
    lines = _lines(name)
    expected: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)
    studio = full_studio()
    studio.pace = Pace(unauthorized=0.5, quiet=0.1, heartbeat=60.0)
    async with DemoServer(studio) as demo, httpx.AsyncClient(base_url=demo.url) as client:
        await client.get("/api/users/me", headers={"x-api-key": TOKENS["service"]})
        _prepare(demo, lines)
        play = Play(demo, client)
        for line, following in zip(lines, [*lines[1:], {}], strict=True):
            if line["dir"] == "recv" and line["data"]["topic"] != "heartbeat":
                expected[line["conn"]].append(essence(line["data"]))
                continue
            await play.hear_all(expected)
            await play.play(line, following)
        for line in lines:
            if line["dir"] == "close" and line["by"] != "client":
                code = await asyncio.wait_for(play.readers[line["conn"]], SECONDS)
                assert code == line.get("code"), line
        for socket in play.sockets.values():  # the recorded clients closed theirs last of all, too
            await socket.close()
        await asyncio.gather(*play.readers.values())
    assert dict(play.heard) == dict(expected)
