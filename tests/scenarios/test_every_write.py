"""G1: a write through the proxy has been answered, so every read through it is upstream's.

A row for each write path of upstream/server.md 1.3 that the demo server has, and for each cause of
1.5; every row has a project of its own. Without a service key nothing but the proxy's own table of
writes can know of them; with one, the events come on top, so that some rows are enough there (all
with `AYON_PROXY_ALL_ROWS` set).

Broken once: with `tags_of_write` telling nothing, every row fails but those of what is never stored
(views, the inbox) or was not there before (a package, an installer, an avatar).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.differential.scene import is_live
from tests.scenarios import writes_to_projects, writes_to_the_studio
from tests.scenarios.cause import Cause
from tests.scenarios.causes import CAUSES
from tests.support.film_copies import filled, studio_of_copies, without_pictures
from tests.support.lost_answers import losing_answers
from tests.support.proxy_process import proxy_process
from tests.support.side_by_side import Change, SideBySide, changed, side_by_side, unlike

pytestmark = pytest.mark.asyncio(loop_scope="module")

WRITES = (*CAUSES, *writes_to_projects.ROWS, *writes_to_the_studio.ROWS)
BY_NAME = {each.name: each for each in WRITES}
UNDONE = writes_to_projects.UNDONE
RENAMED = "a project is renamed"
LOST = [
    *(
        "change a folder",
        "make a task",
        "a batch",
        "a picture of a version",
        "a reviewable",
        "link",
    ),
    *("add an item", "a comment", "react", "settings", "settings of a site", "make a bundle"),
    *("change a user", "upload another package under the name", "a status is renamed", "a team"),
    *("a project is deleted", "delete a link type", "a picture of the project", "delete a bundle"),
]
"""Rows of which the answer is lost after the write has happened."""
NAMES = [*(each.name for each in (*WRITES, UNDONE)), *(f"{each}, lost" for each in LOST)]
PROJECTS = {each: f"film_{number:03}" for number, each in enumerate(NAMES)}
UNCONFIRMED = "checksum_not_confirmed"
"""Said of a package that is not the one that was announced."""
SOME = 1 if os.environ.get("AYON_PROXY_ALL_ROWS") else 5
"""Of so many rows one, with a key."""
UNDER_WAY = {"pending", "in_progress"}


@asynccontextmanager
async def proxied_film(data: Path, **settings: object) -> AsyncIterator[SideBySide]:
    """A studio with a project for each row, and a proxy before it."""
    studio = studio_of_copies(list(PROJECTS.values()))
    without_pictures(studio.projects[PROJECTS[RENAMED]])
    async with (
        DemoServer(studio) as demo,
        # Copying films holds the demo server up now and then: that is no slow line.
        proxy_process(demo.url, data, offline__wait_seconds=20, **settings) as proxy,
        side_by_side(demo, proxy.url) as both,
    ):
        yield both
        assert [each for each in proxy.complaints() if each != UNCONFIRMED] == []


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def unwatched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SideBySide]:
    async with proxied_film(tmp_path_factory.mktemp("unwatched")) as both:
        yield both


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def watched(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SideBySide]:
    data = tmp_path_factory.mktemp("watched")
    async with proxied_film(data, upstream__api_key=SERVICE_KEY) as both:
        await is_live(both.keyed_proxied)
        yield both


async def write(both: SideBySide, change: Change, names: dict[str, str]) -> httpx.Response:
    """Send it through the proxy; a batch in the background until its poll says that it is over."""
    sent = await both.send(both.proxied, change, names)
    if sent.is_success and change.path.endswith("/background"):
        poll = Change("GET", f"{filled(change.path, names)}/{sent.json()['id']}")
        async with asyncio.timeout(20):
            while (await both.send(both.proxied, poll, names)).json()["status"] in UNDER_WAY:
                pass
    return sent


async def prepare(both: SideBySide, cause: Cause, name: str = "") -> dict[str, str]:
    """What the row makes first; it goes through the proxy, too."""
    names = both.names(PROJECTS[name or cause.name])
    for each in cause.before:
        (await write(both, each, names)).raise_for_status()
    return names


async def seen_at_once(both: SideBySide, name: str) -> None:
    """Write, and compare; what the row says is shown must change."""
    cause = BY_NAME[name]
    names, asked = await prepare(both, cause), cause.shown_in.split(", ")
    before = await both.warm(asked, names)
    (await write(both, cause.change, names)).raise_for_status()
    proxied = await both.proxys(asked, names)
    after = await both.upstreams(asked, names)
    assert unlike(after, proxied) == []
    assert {*asked} - changed(before, after) == set(), "the row claims more than is true"


@pytest.mark.parametrize("name", BY_NAME)
async def test_a_write_is_seen_at_once_without_a_key(unwatched: SideBySide, name: str) -> None:
    await seen_at_once(unwatched, name)


@pytest.mark.parametrize("name", [*BY_NAME][::SOME])
async def test_a_write_is_seen_at_once_with_a_live_feed(watched: SideBySide, name: str) -> None:
    await seen_at_once(watched, name)


async def test_a_batch_that_is_undone_changes_nothing(unwatched: SideBySide) -> None:
    names, asked = await prepare(unwatched, UNDONE), UNDONE.shown_in.split(", ")
    before = await unwatched.warm(asked, names)
    assert not (await write(unwatched, UNDONE.change, names)).json()["success"]
    assert unlike(before, await unwatched.proxys(asked, names)) == []


async def lost(both: SideBySide, name: str) -> None:
    """The same, with an answer that never comes; the write is not sent again."""
    cause = BY_NAME[name]
    names, asked = await prepare(both, cause, f"{name}, lost"), cause.shown_in.split(", ")
    before = await both.warm(asked, names)
    written = len(both.demo.requests)
    with losing_answers(both.demo, cause.change.method, filled(cause.change.path, names)):
        assert (await both.send(both.proxied, cause.change, names)).status_code in (502, 504)
    path, method = filled(cause.change.path, names).partition("?")[0], cause.change.method
    sent = [(each.method, each.path) for each in both.demo.requests[written:]]
    assert sent.count((method, path)) == 1
    proxied = await both.proxys(asked, names)
    after = await both.upstreams(asked, names)
    assert unlike(after, proxied) == []
    assert changed(before, after)


@pytest.mark.parametrize("name", LOST)
async def test_a_write_whose_answer_is_lost_is_seen_without_a_key(
    unwatched: SideBySide, name: str
) -> None:
    await lost(unwatched, name)


@pytest.mark.parametrize("name", LOST[::SOME])
async def test_a_write_whose_answer_is_lost_is_seen_with_a_live_feed(
    watched: SideBySide, name: str
) -> None:
    await lost(watched, name)
