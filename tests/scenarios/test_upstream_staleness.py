"""Upstream answers old things for a moment after it has announced the new (server.md 1.6).

What the proxy was given then, it does not give for longer than upstream takes to settle; and never
does it make upstream itself remember a wrong picture.

Broken once, to see them fail: nothing invalidated again later (`settling` left out of
`policy/invalidation/table`), pictures asked for at once.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio

from ayon_proxy.demo.film import FILM, small_film
from ayon_proxy.demo.film_crew import SERVICE_KEY
from ayon_proxy.demo.pictures import drawn
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.upstream_caches import HeldAt, UpstreamCaches
from ayon_proxy.policy.invalidation.topic import SETTLE_SECONDS
from tests.differential.answers import Answer
from tests.differential.scene import is_live
from tests.scenarios.cause import statuses
from tests.support.film_reads import Asked
from tests.support.proxy_process import proxy_process
from tests.support.side_by_side import Change, SideBySide, side_by_side

pytestmark = pytest.mark.asyncio(loop_scope="module")

_P = "/api/projects/<p>"
NAMES = {"p": FILM, **{each.name: each.id for each in small_film().projects[FILM].folders.values()}}
SLACK_SECONDS = 3.0
"""For what takes milliseconds on an idle machine."""

JOINED = {
    "/api/bundles": Change("PATCH", "/api/bundles/prod-2609", {"installerVersion": "9.9.9"}),
    "/api/settings": Change("POST", "/api/addons/film_tools/1.0.0/settings", {"greeting": "new"}),
    f"{_P}/anatomy": statuses("On hold", "Paused"),
    _P: Change("PATCH", _P, {"label": "Another label"}),
    f"{_P}/folders": Change("PATCH", f"{_P}/folders/<assets>", {"label": "Another label"}),
}
"""Answers that upstream computes once for all who ask meanwhile → what changes them."""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def both(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[SideBySide]:
    async with (
        DemoServer(small_film(upstream_caches=True)) as demo,
        proxy_process(
            demo.url, tmp_path_factory.mktemp("stale"), upstream__api_key=SERVICE_KEY
        ) as proxy,
        side_by_side(demo, proxy.url) as both,
    ):
        await is_live(both.keyed_proxied)
        yield both


def caches(both: SideBySide) -> UpstreamCaches:
    found = both.demo.studio.upstream_caches
    assert found is not None
    return found


async def ask(both: SideBySide, client: httpx.AsyncClient, path: str, who: str) -> Answer:
    return await both.ask(client, Asked(path, reader=who), NAMES)


async def settled(both: SideBySide, path: str, who: str, old: Answer) -> None:
    """Ask through the proxy until the old answer is gone."""
    async with asyncio.timeout(SETTLE_SECONDS + SLACK_SECONDS):
        while (await ask(both, both.proxied, path, who)).same_as(old):
            pass


async def test_what_was_computed_before_the_event_is_not_given_for_long(both: SideBySide) -> None:
    old = {path: await ask(both, both.upstream, path, "service") for path in JOINED}
    barriers: dict[str, HeldAt] = {}
    others: list[asyncio.Task[Answer]] = []
    for path in JOINED:
        await both.ask(both.proxied, Asked(path), NAMES)
        filled = path.replace("<p>", FILM)
        barriers[path] = caches(both).hold_computing(f"^{filled}$", times=1)
        # Somebody else asks, and upstream looks at what there is now.
        others.append(asyncio.create_task(ask(both, both.upstream, path, "service")))
        await barriers[path].reached()
    for change in JOINED.values():
        (await both.send(both.upstream, change, NAMES)).raise_for_status()
    await both.arrived()
    joins = caches(both).joins.arrived
    reading = {
        path: asyncio.create_task(ask(both, both.proxied, path, "service")) for path in JOINED
    }
    async with asyncio.timeout(SLACK_SECONDS):
        await caches(both).joins.reached(joins + len(JOINED))
    for barrier in barriers.values():
        barrier.release()
    given = {path: await each for path, each in reading.items()}
    assert [path for path in JOINED if not given[path].same_as(old[path])] == []
    await asyncio.gather(*others)
    await asyncio.gather(*(settled(both, path, "service", old[path]) for path in JOINED))
    for path in JOINED:
        new = await ask(both, both.upstream, path, "service")
        assert (await ask(both, both.proxied, path, "service")).same_as(new), path


async def test_rights_that_upstream_heeds_late_are_not_given_for_long(both: SideBySide) -> None:
    caches(both).groups_seconds = 3600.0
    path = f"{_P}/folders"
    old = await ask(both, both.upstream, path, "artist")
    await ask(both, both.proxied, path, "artist")
    nothing = {"enabled": True, "access_list": []}
    only = {"enabled": True, "access_list": [{"access_type": "hierarchy", "path": "/assets"}]}
    group = {"create": nothing, "delete": nothing, "read": only}
    change = Change("PUT", "/api/accessGroups/artist/_", group)
    (await both.send(both.upstream, change, NAMES)).raise_for_status()
    await both.arrived()
    assert (await ask(both, both.proxied, path, "artist")).same_as(old)
    caches(both).heed()
    await settled(both, path, "artist", old)
    new = await ask(both, both.upstream, path, "artist")
    assert (await ask(both, both.proxied, path, "artist")).same_as(new)


async def test_the_proxy_makes_upstream_remember_no_wrong_picture(both: SideBySide) -> None:
    project = both.demo.studio.projects[FILM]
    version = next(each for each in project.versions.values() if each.thumbnail_id)
    entity = f"/api/projects/{FILM}/versions/{version.id}"
    old = (await both.keyed_proxied.get(f"{entity}/thumbnail")).content
    commit = caches(both).hold_commit("^thumbnail")
    new = drawn("another picture", (64, 36))
    headers = {"content-type": "image/jpeg"}
    uploading = asyncio.create_task(
        both.keyed_upstream.post(f"{entity}/thumbnail", content=new, headers=headers)
    )
    await commit.reached()
    await both.arrived()
    asked = len(both.demo.requests)
    marker = both.demo.faults.add(entity, "hold", method="GET", after_bytes=0, times=1)
    readers = [asyncio.create_task(both.keyed_proxied.get(f"{entity}/thumbnail")) for _ in range(5)]
    await marker.reached()
    marker.release()
    assert f"{entity}/thumbnail" not in [
        each.path for each in both.demo.requests[asked:] if each.method == "GET"
    ]
    commit.release()
    await uploading
    assert {each.content for each in await asyncio.gather(*readers)} == {new}
    assert (await both.keyed_upstream.get(f"{entity}/thumbnail")).content == new != old
