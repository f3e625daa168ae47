"""What changes silently is seen at once: each cause of upstream/server.md 1.5, made past the proxy.

One proxy with a live feed serves all rows; each row has a project of its own. When an event of the
change has reached the proxy, every answer is upstream's. With `AYON_PROXY_ALL_READS` set, each row
asks all questions there are.

One cause has neither event nor request, and so no row: the database deletes a picture.

Broken once: with nothing but `entity:` tags invalidated by events, every row fails; with entities
fresh for longer than is promised, the deleted picture's test.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.running import DemoServer
from tests.differential.scene import is_live
from tests.scenarios.cause import Cause, patched
from tests.scenarios.causes import CAUSES
from tests.scenarios.causes_of_pictures import SHARED
from tests.support.film_copies import studio_of_copies, without_pictures
from tests.support.film_reads import READS
from tests.support.proxy_process import proxy_process
from tests.support.side_by_side import SideBySide, changed, side_by_side, unlike

pytestmark = pytest.mark.asyncio(loop_scope="module")

ALL_READS = bool(os.environ.get("AYON_PROXY_ALL_READS"))
RENAMED = "a project is renamed"
"""Upstream refuses it to those with pictures."""
PROJECTS = {each.name: f"film_{number:02}" for number, each in enumerate(CAUSES)}
DELETED = "film_without"
"""Where the database deletes the picture that four entities share."""
SHOWING_IT = {
    "folder": 600,
    "task": 600,
    "workfile": 600,
    "g folder thumbnails": 600,
    "g task thumbnails": 600,
    "g version thumbnails": 600,
    "g workfile thumbnails": 600,
    "folder thumbnail": 300,
    "thumbnail by id": 300,
}
"""Question → how long its answer may be an old one, in seconds (contract.md, G3; server.md 8.1)."""
SHARING_IT = ("folders/<shot>", *(each.path.removeprefix("/api/projects/<p>/") for each in SHARED))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SideBySide]:
    data = tmp_path_factory.mktemp("side_effects")
    studio = studio_of_copies([*PROJECTS.values(), DELETED])
    without_pictures(studio.projects[PROJECTS[RENAMED]])
    async with (
        DemoServer(studio) as demo,
        proxy_process(demo.url, data, upstream__api_key=SERVICE_KEY) as proxy,
        side_by_side(demo, proxy.url) as both,
    ):
        await is_live(both.keyed_proxied)
        yield both
        assert proxy.complaints() == []


@pytest.mark.parametrize("cause", [pytest.param(each, id=each.name) for each in CAUSES])
async def test_what_changes_silently_is_seen(both: SideBySide, cause: Cause) -> None:
    names = both.names(PROJECTS[cause.name])
    for each in cause.before:
        (await both.send(both.upstream, each, names)).raise_for_status()
    await both.arrived()
    shown_in = cause.shown_in.split(", ")
    asked = list(READS) if ALL_READS else shown_in
    before = await both.warm(asked, names)
    (await both.send(both.upstream, cause.change, names)).raise_for_status()
    await both.arrived()
    proxied = await both.proxys(asked, names)
    after = await both.upstreams(asked, names)
    assert unlike(after, proxied) == []
    assert {*shown_in} - changed(before, after) == set(), "the row claims more than is true"


async def test_a_picture_that_the_database_deletes_is_shown_no_longer_than_is_promised(
    both: SideBySide,
) -> None:
    names, asked, project = both.names(DELETED), [*SHOWING_IT], both.demo.studio.projects[DELETED]
    for each in SHARED:
        (await both.send(both.upstream, each, names)).raise_for_status()
    await both.arrived()
    before = await both.warm(asked, names)
    project.drop_thumbnail(names["shot_thumbnail"])
    await both.arrived()
    proxied = await both.proxys(asked, names)
    after = await both.upstreams(asked, names)
    assert changed(before, after) == {*asked}
    for name, answer in proxied.items():
        left = re.search(r"; hit; ttl=(\d+)", answer.cache_status)
        old = left is not None and int(left[1]) <= SHOWING_IT[name]
        assert old or answer.same_as(after[name]), f"{name}: {answer.cache_status}"
    # Whatever is told of the entities tells this, too; of pictures themselves nothing is.
    for entity in SHARING_IT:
        change = patched(entity, tags=["another"])
        (await both.send(both.upstream, change, names)).raise_for_status()
    await both.arrived()
    asked.remove("thumbnail by id")
    proxied = await both.proxys(asked, names)
    assert unlike(await both.upstreams(asked, names), proxied) == []
