"""WRITES: makes two scratch projects, works on them for a while, and deletes them.

Only where AYON_LIVE_WRITES=1 allows it; the key must be that of a service.

    AYON_PROXY_STEPS, AYON_PROXY_SECONDS   how much is done; 300 steps else
    AYON_PROXY_SEED                        1 else

What belongs to everybody (settings, bundles, users, access groups) is left alone.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from tests.differential import (
    writes_of_batches,
    writes_of_conversation,
    writes_of_entities,
    writes_of_studio,
)
from tests.differential.scene import (
    SECONDS_ASKED,
    STEPS,
    Studioed,
    driver_of,
    proxy_of,
    status,
)
from tests.differential.scratch import furnish
from tests.differential.test_zero_stale import run
from tests.live.conftest import KEY, URL

CREDENTIAL = {"x-api-key": KEY}
SEED = int(os.environ.get("AYON_PROXY_SEED", "1"))
USERS = "{ users(first: 5) { edges { node { name } } } }"
SETTLE_SECONDS = 4.0
"""Upstream's own caches (server.md 1.6), and a second."""
OF_ONE_PROJECT = {
    *("attributes of the project", "label of the project", "data of the project"),
    *("rename a status", "a link type", "a team"),
}


@asynccontextmanager
async def scratch() -> AsyncIterator[Studioed]:
    """Two projects, the second for markers; deleted in the end, whatever happens."""
    names = [f"ayon_proxy_{word}_{uuid4().hex[:8]}" for word in ("diff", "mark")]
    async with httpx.AsyncClient(base_url=URL, headers=CREDENTIAL, timeout=60) as client:
        everybody = await client.post("/graphql", json={"query": USERS})
        people = [edge["node"]["name"] for edge in everybody.json()["data"]["users"]["edges"]]
        try:
            folder = [await furnish(client, name) for name in names][1]
            yield Studioed(
                url=URL,
                key=KEY,
                readers={"writer": CREDENTIAL},
                project=names[0],
                marker_project=names[1],
                marker_folder=folder,
                people=tuple(people),
                addon=None,
            )
        finally:
            for name in names:
                await client.delete(f"/api/projects/{name}")


@pytest.mark.skipif(os.environ.get("AYON_LIVE_WRITES") != "1", reason="AYON_LIVE_WRITES is not 1")
@pytest.mark.parametrize("by_socket", [False, True], ids=["by feed", "by socket"])
async def test_no_answer_is_stale(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], by_socket: bool
) -> None:
    async with (
        scratch() as studioed,
        proxy_of(studioed, tmp_path / "data") as proxy,
        driver_of(
            studioed, proxy.url, SEED, by_socket=by_socket, settle_seconds=SETTLE_SECONDS
        ) as driver,
    ):
        driver.writes = (
            *writes_of_entities.KINDS,
            *writes_of_batches.KINDS,
            *writes_of_conversation.KINDS,
            *(each for each in writes_of_studio.KINDS if each.name in OF_ONE_PROJECT),
        )
        await run(driver, STEPS or 300, SECONDS_ASKED)
        feed = (await status(driver.proxied))["feed"]
    with capsys.disabled():
        print(f"\nseed {SEED}: {driver.step} steps", *driver.tally.lines(), sep="\n")
    assert not driver.tally.stale, "\n\n".join(map(str, driver.tally.stale))
    assert feed["state"] == "live"
    assert driver.tally.hits
