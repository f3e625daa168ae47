"""The demo server writes as the recorded server did: answers, events, and reads made afterwards.

Every record of `mutations` is sent to a demo server on a real socket, in the order of the
recording; a service and an artist listen on websockets, as they did then. Ids that the server
makes are matched by where they show up.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from contextlib import AsyncExitStack
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import httpx
import pytest
from websockets.asyncio.client import ClientConnection, connect

from ayon_proxy.demo.not_emulated import NOT_EMULATED
from ayon_proxy.demo.people import permissions, stored_hash
from ayon_proxy.demo.running import DemoServer
from tests.demo.comparing import differences
from tests.demo.corpus import (
    AVAILABLE,
    FOLDER,
    TOKENS,
    Record,
    document,
    request_body,
    requires_corpus,
)
from tests.demo.corpus_catalogue import full_studio
from tests.demo.recorded_state import OTHER_TOKEN, REC_TOKEN, log_in_recuser, restore

FAMILIES = (
    sorted(path.stem for path in Path(FOLDER, "mutations").glob("*.json")) if AVAILABLE else []
)
ID = re.compile(r"[0-9a-f]{32}")
MADE_BY_SERVER = re.compile(r"[0-9a-f]{12}1[0-9a-f]{19}")
"""Version 1 UUIDs; those of clients and of the corpus' data are of version 5."""
HASH = re.compile(r"((?:thumbnailHash|hash)\W+)[0-9a-f]{6}([0-9a-f]{58})?")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{6})?")
SECONDS = 2.0
KEY = f"rec-{0:040}"
"""The API key that the family `users` makes."""
SENTINEL = "replay.sentinel"
WITHOUT_ASKING_AGAIN = "folder changes after the artist was removed"
AFTER_LOGOUT = ("users/me with that session", "users/me with a session of the renamed user")
HEARD = ("topic", "project", "user", "sender", "senderType", "status", "progress", "dependsOn")


STATE_NOT_RECORDED = {
    "access/assign a task to the artist*": "who watched the task",
    "access/... a folder named in a rule*": "the rule that names it",
    "access/set access by POST*": "the project's code",
    "activities/artist comments on a version": "earlier activities",
    "addons/upload*": "names of temporary files, and zips over 4 KB",
    "addons/delete *": "the addons of those zips",
    "config/GET info*": "the artist's groups, and sites of other families",
    "config/site DELETE (no event)": "sites of other families",
    "folders/delete folder with products*": "in which folder the product was",
    "projects/rename project": "what else had been undone in the project",
    "projects/delete project (ayon_api*": "the artist's groups",
    "versions/delete the latest version": "which versions had gone before",
}
"""Records that differ because nothing shows what was there before; as short as it can be."""


class Replay:
    """One family: the server, who listens, and which of its ids stand for which recorded ones."""

    def __init__(
        self, demo: DemoServer, client: httpx.AsyncClient, sockets: dict[str, ClientConnection]
    ) -> None:
        self.demo = demo
        self.client = client
        self.sockets = sockets
        self.ids: dict[str, str] = {}
        self.password = ""
        self.login: str | None = None
        self.stored: set[str] = set()

    async def send(self, identity: str, request: dict[str, Any]) -> httpx.Response:
        """Send a recorded request, with this run's ids."""
        content = request_body({"request": request})
        if "body_base64" not in request and content is not None:
            text = self._ours(content.decode()).replace("<token>", KEY)
            content = text.replace("<password>", self.password).encode()
        elif "body_sha256" in request and content is None:
            content = bytes(request["body_size"])
        target = self._ours(request["path"])
        if request.get("query"):
            target += f"?{self._ours(request['query'])}"
        token = (
            self.login
            or TOKENS.get(identity)
            or ("x" * 64 if identity == "anonymous" else REC_TOKEN)
        )
        target = target.replace("<token>", REC_TOKEN)
        headers = {
            name: value.replace("<token>", KEY if _is_own_key(identity, name) else token).replace(
                "a" * 64, token if identity == "anonymous" else "a" * 64
            )
            for name, value in request.get("headers", _headers(identity)).items()
            if name.lower() != "transfer-encoding"
        }
        url = httpx.URL(self.demo.url).copy_with(raw_path=target.encode())
        response = await self.client.request(
            request["method"], url, content=content, headers=headers
        )
        if request["path"] == "/api/auth/login" and response.status_code == 200:
            self.login = response.json()["token"]
        return response

    def _ours(self, text: str) -> str:
        for recorded, ours in self.ids.items():
            text = text.replace(recorded, ours)
        return text

    async def heard(self) -> dict[str, list[dict[str, Any]]]:
        """What the listeners have got until now, in order."""
        self.demo.studio.events.dispatch(SENTINEL, store=False)
        return {who: [each async for each in self._until_sentinel(who)] for who in self.sockets}

    async def _until_sentinel(self, who: str) -> Any:
        while True:
            message = json.loads(await asyncio.wait_for(self.sockets[who].recv(), SECONDS))
            if message["topic"] == SENTINEL:
                return
            if message["topic"] != "heartbeat":
                yield message

    async def authorize(self) -> None:
        """Have the sockets see what their users may see now."""
        for who, socket in self.sockets.items():
            order = {"topic": "auth", "token": TOKENS[who], "subscribe": ["*"]}
            await socket.send(json.dumps(order))
        await asyncio.sleep(0.01)

    def newly_stored(self) -> list[str]:
        """Topics of events stored since the last call."""
        stored = self.demo.studio.events.stored
        new = [each.topic for each in stored.values() if each.hash not in self.stored]
        self.stored = {each.hash for each in stored.values()}
        return new

    def learn(self, recorded: Any, ours: Any) -> None:
        """Match the ids in two documents of the same form."""
        if isinstance(recorded, dict) and isinstance(ours, dict):
            for key in recorded.keys() & ours.keys():
                self.learn(recorded[key], ours[key])
        elif isinstance(recorded, list) and isinstance(ours, list):
            for one, other in zip(recorded, ours, strict=False):
                self.learn(one, other)
        elif isinstance(recorded, str) and isinstance(ours, str):
            new = recorded != ours and recorded not in self.ids.values()
            if new and MADE_BY_SERVER.fullmatch(recorded) and ID.fullmatch(ours):
                self.ids.setdefault(recorded, ours)

    def translated(self, recorded: Any) -> Any:
        """A recorded document with this run's ids."""
        text = self._ours(json.dumps(recorded)).replace("<api-key-hash>", stored_hash(KEY))
        return json.loads(text)


def without_chance(document: Any) -> Any:
    """A document with all picture hashes and times alike, those in JSON in JSON as well."""
    return json.loads(TIME.sub("TIME", HASH.sub(r"\g<1>000000", json.dumps(document))))


def _is_own_key(identity: str, field: str) -> bool:
    return identity == "recuser" and field == "X-Api-Key"


def _headers(identity: str) -> dict[str, str]:
    headers = {"content-type": "application/json"}
    if identity.startswith("service"):
        headers["x-api-key"] = TOKENS["service"]
        if identity != "service":
            headers["x-as-user"] = "artist"
    elif identity != "anonymous":
        headers["authorization"] = f"Bearer {TOKENS.get(identity, TOKENS['artist'])}"
    return headers


def without_made_up(document: Any) -> Any:
    """A document without the watches that were made up to have the recorded watchers."""
    if isinstance(document, dict):
        return {key: without_made_up(value) for key, value in document.items()}
    if isinstance(document, list):
        return [without_made_up(each) for each in document if not _is_made_up(each)]
    return document


def _is_made_up(edge: Any) -> bool:
    node = edge.get("node") if isinstance(edge, dict) else None
    activity_id = node.get("activityId") if isinstance(node, dict) else None
    return activity_id is not None and activity_id[12] == "5"


async def deviations(replay: Replay, record: Record, family: str) -> list[str]:
    """Send a recorded write, and say where answer, events and later reads are not as recorded."""
    record = replay.translated(record)
    restore(replay.demo.studio, record, family)
    if record["name"] not in AFTER_LOGOUT:
        log_in_recuser(replay.demo.studio)
    replay.newly_stored()
    if not record["name"].startswith(WITHOUT_ASKING_AGAIN):
        await replay.authorize()
    await replay.heard()
    found: list[str] = []
    replay.login = OTHER_TOKEN if record["name"] == AFTER_LOGOUT[1] else None
    for number, exchange in enumerate(record["exchanges"]):
        good = exchange["response"]["status"] != 403
        replay.password = "artist" if good else "wrong"
        response = await replay.send(exchange["identity"], exchange["request"])
        if number == record["write"]:
            found += _unlike_answer(replay, exchange["response"], response)
    replay.login = None
    await _settled(replay)
    heard = await replay.heard()
    found += _unlike_events(replay, record, heard)
    if sorted(replay.newly_stored()) != sorted(_stored_topics(record)):
        found.append(f"stored: {sorted(_stored_topics(record))}")
    for read in record["reads"]:
        found += await _unlike_read(replay, read)
    return found


async def _settled(replay: Replay) -> None:
    """Wait until nothing happens after answers any more."""
    tasks = replay.demo.studio.background_tasks
    for _ in range(500):
        await asyncio.sleep(0.001)
        if all(each["status"] == "completed" for each in tasks.values()):
            break
    events = replay.demo.studio.events
    before = -1
    while before != events.last_order:
        before = events.last_order
        await asyncio.sleep(0.01)


def _unlike_answer(
    replay: Replay, expected: dict[str, Any], response: httpx.Response
) -> Iterator[str]:
    if response.status_code != expected["status"]:
        yield f"{expected['status']} became {response.status_code}: {response.text[:200]}"
    elif expected.get("body") is not None:
        answer = response.json()
        replay.learn(expected["body"], answer)
        wanted = without_chance(replay.translated(expected["body"]))
        yield from differences(wanted, without_chance(answer), "answer")


def _stored_topics(record: Record) -> list[str]:
    return [each["topic"] for each in record["stored_events"] if not each.get("_reused_row")]


def _unlike_events(
    replay: Replay, record: Record, heard: dict[str, list[dict[str, Any]]]
) -> Iterator[str]:
    recorded = {
        "service": [each["message"] for each in record["ws"]],
        "artist": [each["message"] for each in record["ws"] if each["artist_too"]]
        + [each["message"] for each in record.get("ws_artist_only", ())],
    }
    for who, messages in recorded.items():
        ours = heard[who]
        expected, actual = _in_order(replay.translated(messages)), _in_order(ours)
        if [each["topic"] for each in expected] != [each["topic"] for each in actual]:
            topics = [each["topic"] for each in ours]
            yield f"{who} heard {topics}, not {[each['topic'] for each in messages]}"
            continue
        for one, other in zip(expected, actual, strict=True):
            replay.learn(one["summary"], other["summary"])
            wanted = replay.translated(one)
            for part in (*HEARD, "store", "summary", "description"):
                one_part, other_part = (without_chance(e.get(part)) for e in (wanted, other))
                yield from differences(one_part, other_part, f"{who}.{part}")


def _in_order(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By topic: what comes between is a matter of chance, as are the references' places."""
    for each in messages:
        for reference in each["summary"].get("references", ()):
            reference["entity_id"] = reference["entity_id"] or ""
        each["summary"].get("references", []).sort(key=lambda r: sorted(r.values()))
    return sorted(messages, key=_place)


def _place(message: dict[str, Any]) -> tuple[str, ...]:
    summary = message["summary"]
    return (
        message["topic"],
        str(summary.get("activity_type")),
        str(summary.get("entityType")),
        str(message["user"]),
        re.sub(ID, "", message["description"]),
    )


async def _unlike_read(replay: Replay, read: dict[str, Any]) -> list[str]:
    expected = read["before"] if read["after"] == "same as before" else read["after"]
    response = await replay.send(read["identity"], read["request"])
    at = read["request"]["path"]
    if response.status_code != expected["status"]:
        return [f"{at}: {expected['status']} became {response.status_code}"]
    if expected.get("body") is None or "json" not in response.headers.get("content-type", ""):
        return []
    replay.learn(expected["body"], response.json())
    answer = without_chance(without_made_up(response.json()))
    wanted = without_chance(replay.translated(expected["body"]))
    return [f"{at} {each}" for each in differences(wanted, answer)]


def excuses(family: str, name: str) -> set[str]:
    """The patterns of what is not emulated that a record matches."""
    where = f"{family}/{name}"
    patterns = [*(f"mutations/{each}" for each in STATE_NOT_RECORDED), *NOT_EMULATED]
    return {pattern for pattern in patterns if fnmatchcase(f"mutations/{where}", pattern)}


@requires_corpus
@pytest.mark.parametrize("family", FAMILIES)
async def test_family_is_written_as_recorded(family: str) -> None:
    unlike: dict[str, list[str]] = {}
    used: set[str] = set()
    async with AsyncExitStack() as stack:
        studio = full_studio()
        studio.access_groups["supervisor", None].permissions = permissions()
        demo = await stack.enter_async_context(DemoServer(studio))
        client = await stack.enter_async_context(httpx.AsyncClient(timeout=30))
        await client.get(f"{demo.url}/api/users/me", headers=_headers("service"))
        sockets: dict[str, ClientConnection] = {}
        for who in ("service", "artist"):
            url = demo.url.replace("http", "ws") + "/ws"
            sockets[who] = await stack.enter_async_context(connect(url))
        replay = Replay(demo, client, sockets)
        for record in document(f"mutations/{family}.json"):
            found = await deviations(replay, record, family)
            if found and not (excused := excuses(family, record["name"])):
                unlike[record["name"]] = found
            elif found:
                used |= excused
    listed = {*NOT_EMULATED, *(f"mutations/{each}" for each in STATE_NOT_RECORDED)}
    ours = {each for each in listed if each.startswith(f"mutations/{family}/")}
    unlike |= {each: ["excuses nothing: take it off the list"] for each in ours - used}
    assert not unlike, "\n".join(f"{key}: {'; '.join(why)}" for key, why in unlike.items())
