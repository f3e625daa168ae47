"""A launcher boots, and tools work, before the demo server as they did before the recorded one."""

from __future__ import annotations

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


@requires_corpus
@pytest.mark.parametrize("boot", BOOTS, ids=lambda boot: boot["id"])
async def test_a_launcher_boot_is_answered_as_recorded(boot: dict[str, Any]) -> None:
    unlike: dict[str, list[str]] = {}
    async with DemoServer(studio_before(boot)) as demo, httpx.AsyncClient() as client:
        replay = Replay(client, demo)
        for step in boot["requests"]:
            record = {"id": f"{boot['id']}-{step['n']:04}", **step}
            found = list(deviations(record, *await replay.answer(record)))
            if found:
                unlike[f"{record['id']} {step['step']}"] = found
    assert not unlike, "\n".join(f"{key}: {'; '.join(why)}" for key, why in unlike.items())
