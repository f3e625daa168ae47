"""A launcher boots, and tools work, before the demo server as they did before the recorded one."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from ayon_proxy.demo.people import Session
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.studio import Studio
from tests.demo.corpus import AVAILABLE, TOKENS, document, requires_corpus
from tests.demo.corpus_catalogue import stored, studio_of
from tests.demo.replaying import Replay, deviations

SECOND_LOOK = 6
"""The request from which on a boot sees its own registration."""
BOOTS = document("launcher_boot.json")["boots"] if AVAILABLE else []
SESSIONS = [
    session
    for session in (document("tool_sessions.json")["sessions"] if AVAILABLE else [])
    if session["id"] in {"loader", "inventory"}
]
"""Those that only read; what the others write is compared in `test_mutations`."""


def studio_before(boot: dict[str, Any]) -> Studio:
    """The studio as a boot found it: the boot's own answers tell."""
    studio = studio_of("core_addon" if "bundle-core" in boot["id"] else "connection")
    for step in boot["requests"]:
        path, body = step["request"]["path"], step["response"].get("body")
        if path == "/api/info" and "sites" in body and step["n"] < SECOND_LOOK:
            studio.sites = {each["id"]: dict(each) for each in body["sites"]}
            groups = body["user"]["data"].get("accessGroups")
            for user in (studio.users[boot["identity"]], studio.sessions.get(TOKENS["artist"])):
                found = user.user if isinstance(user, Session) else user
                if groups is not None and found is not None:
                    found.data["accessGroups"] = groups
        if path.endswith("/private/client.zip"):
            _, _, name, version, _, _ = path.split("/")
            addon = studio.addons[name, version]
            addon.private_files = {"client.zip": stored(step, "client.zip")}
    return studio


async def unlike(sequence: dict[str, Any], studio: Studio) -> dict[str, list[str]]:
    """The steps of a sequence that are answered otherwise than they were."""
    found: dict[str, list[str]] = {}
    async with DemoServer(studio) as demo, httpx.AsyncClient() as client:
        replay = Replay(client, demo)
        for step in sequence["requests"]:
            record = {"id": f"{sequence['id']}-{step['n']:04}", **step}
            if why := list(deviations(record, *await replay.answer(record))):
                found[f"{record['id']} {step['step']}"] = why
    return found


@requires_corpus
@pytest.mark.parametrize("boot", BOOTS, ids=lambda boot: boot["id"])
async def test_a_launcher_boot_is_answered_as_recorded(boot: dict[str, Any]) -> None:
    assert await unlike(boot, studio_before(boot)) == {}


def studio_at(session: dict[str, Any]) -> Studio:
    """The studio as the tools found it: some things had changed by then."""
    studio = studio_of("core_addon")
    artist = studio.sessions[TOKENS["artist"]].user
    artist.data["accessGroups"] = {**artist.access_groups, "rec_prj": ["artist"]}
    project = studio.projects["demo_small"]
    shots = next(each for each in project.folders.values() if each.name == "shots")
    shots.label = "ws 2"
    for step in session["requests"]:
        path, fields = step["request"]["path"], step["response"]["headers"]
        if "/folders/" in path and "x-thumbnail-id" in fields:
            folder = project.folders[path.split("/")[-2]]
            if folder.thumbnail_id != fields["x-thumbnail-id"]:
                picture = replace(
                    project.thumbnails[folder.thumbnail_id or ""], id=fields["x-thumbnail-id"]
                )
                picture.content_type = fields["content-type"]
                project.thumbnails[picture.id] = picture
                folder.thumbnail_id = picture.id
    return studio


@requires_corpus
@pytest.mark.parametrize("session", SESSIONS, ids=lambda session: session["id"])
async def test_a_tool_session_is_answered_as_recorded(session: dict[str, Any]) -> None:
    assert await unlike(session, studio_at(session)) == {}
