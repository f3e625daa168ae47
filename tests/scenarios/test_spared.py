"""What a change can't reach stays: a change of one thing costs only the answers that show it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.differential.scene import is_live
from tests.scenarios.causes import CAUSES
from tests.support.film_copies import studio_of_copies
from tests.support.proxy_process import proxy_process
from tests.support.side_by_side import SideBySide, side_by_side

pytestmark = pytest.mark.asyncio(loop_scope="module")

ELSEWHERE = "g asset attributes, workfile, representation, g links"

SPARED = {
    "a folder is renamed": "settings, link types, bundles, project, users",
    "an attribute of a folder": "workfile, representation, g versions, g tasks, version, "
    "g folder by path, g products, g links",
    "a folder gets its first child": f"{ELSEWHERE}, version, g versions, g tasks, g asset by path",
    "a task is deleted": "g asset by path, g products, g asset attributes, g representations",
    "a version is made": f"{ELSEWHERE}, g folder by path, g folder attributes, g asset by path",
    "a version of a task is changed": f"{ELSEWHERE}, first version, g tasks, g folder flags, asset",
    "a picture of a version": "g asset by path, g versions of an author, workfile, g products",
    "a comment": f"{ELSEWHERE}, first version, g products, g tasks, g folder attributes, asset",
    "a status is renamed": "bundles, addons, users",
}
"""Cause → questions that it leaves alone."""
PROJECTS = {each: f"film_{number:02}" for number, each in enumerate(SPARED)}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SideBySide]:
    async with (
        DemoServer(studio_of_copies(list(PROJECTS.values()))) as demo,
        proxy_process(
            demo.url, tmp_path_factory.mktemp("spared"), upstream__api_key=SERVICE_KEY
        ) as proxy,
        side_by_side(demo, proxy.url) as both,
    ):
        await is_live(both.keyed_proxied)
        yield both


@pytest.mark.parametrize("name", SPARED)
async def test_what_a_change_cannot_reach_is_given_from_the_store(
    both: SideBySide, name: str
) -> None:
    names = both.names(PROJECTS[name])
    cause = next(each for each in CAUSES if each.name == name)
    for each in cause.before:
        (await both.send(both.upstream, each, names)).raise_for_status()
    await both.arrived()
    spared = SPARED[name].split(", ")
    await both.warm(spared, names)
    (await both.send(both.upstream, cause.change, names)).raise_for_status()
    await both.arrived()
    kept = await both.proxys(spared, names)
    assert [each for each, answer in kept.items() if not answer.is_hit] == []
