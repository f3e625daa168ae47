"""Thumbnails before an upstream that remembers wrong ones (server.md 0.3, 1.6).

The proxy has no feed of its own here: a client that listens through it brings the events. Broken
once: fetching without the wait, storing without asking the entity, uploading without telling.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx
import pytest

from ayon_proxy.demo.film import FILM, SERVICE_KEY
from ayon_proxy.demo.pictures import drawn
from ayon_proxy.demo.running import DemoServer
from ayon_proxy.demo.upstream_caches import UpstreamCaches
from tests.support.listening_client import listening
from tests.support.running_proxy import RunningProxy

TOPIC = "thumbnail.updated"
NEW = drawn("another picture", (64, 36))


@dataclass
class Stage:
    """A version with a thumbnail; one client before the proxy, one that goes around it."""

    demo: DemoServer
    proxy: RunningProxy
    caches: UpstreamCaches
    client: httpx.AsyncClient
    direct: httpx.AsyncClient
    entity: str
    version_id: str
    old: bytes

    @property
    def thumbnail(self) -> str:
        return f"{self.entity}/thumbnail"

    async def upload(self, client: httpx.AsyncClient) -> None:
        headers = {"Content-Type": "image/jpeg"}
        answer = await client.post(self.thumbnail, content=NEW, headers=headers)
        assert answer.status_code == 200

    async def shown(self) -> tuple[bytes, bool]:
        """The thumbnail through the proxy, and whether it was a hit; stored, if it will be."""
        answer = await self.client.get(self.thumbnail)
        await self.proxy.assembled.cache.in_flight.idle()
        return answer.content, "hit" in answer.headers["cache-status"]

    def asked(self) -> int:
        """How often upstream was asked for the thumbnail."""
        return sum(
            (each.method, each.path) == ("GET", self.thumbnail) for each in self.demo.requests
        )


@pytest.fixture
async def stage(
    demo: DemoServer, proxy: RunningProxy, client: httpx.AsyncClient
) -> AsyncIterator[Stage]:
    demo.studio.upstream_caches = caches = UpstreamCaches()
    project = demo.studio.projects[FILM]
    version = next(each for each in project.versions.values() if each.thumbnail_id)
    headers = {"X-Api-Key": SERVICE_KEY}
    async with httpx.AsyncClient(base_url=demo.url, headers=headers, timeout=30) as direct:
        await direct.get("/api/users/me")  # a key that was never used has no session
        yield Stage(
            demo,
            proxy,
            caches,
            client,
            direct,
            entity=f"/api/projects/{FILM}/versions/{version.id}",
            version_id=version.id,
            old=project.thumbnails[version.thumbnail_id or ""].small,
        )


async def test_an_entitys_own_thumbnail_is_stored(stage: Stage) -> None:
    assert await stage.shown() == (stage.old, False)
    assert await stage.shown() == (stage.old, True)


async def test_between_event_and_commit_upstream_is_not_asked(stage: Stage) -> None:
    await stage.shown()
    commit = stage.caches.hold_commit(TOPIC)
    async with listening(stage.proxy.url, SERVICE_KEY, stage.demo.studio) as listener:
        uploading = asyncio.create_task(stage.upload(stage.direct))
        await commit.reached()
        while (await listener.next(TOPIC))["summary"]["entityId"] != stage.version_id:
            pass
        marker = stage.demo.faults.add(stage.entity, "hold", method="GET", after_bytes=0, times=1)
        reading = asyncio.create_task(stage.shown())
        await marker.reached()
        marker.release()
        assert stage.asked() == 1
        commit.release()
        assert await reading == (NEW, False)
        await uploading
    assert (await stage.direct.get(stage.thumbnail)).content == NEW


async def _remembered_wrongly(stage: Stage) -> None:
    """Somebody asks upstream itself between the event and the commit."""
    commit = stage.caches.hold_commit(TOPIC)
    async with listening(stage.proxy.url, SERVICE_KEY, stage.demo.studio) as listener:
        uploading = asyncio.create_task(stage.upload(stage.direct))
        await commit.reached()
        assert (await stage.direct.get(stage.thumbnail)).content == stage.old
        commit.release()
        await uploading
        while (await listener.next(TOPIC))["summary"]["entityId"] != stage.version_id:
            pass


async def test_what_upstream_remembers_wrongly_is_given_and_never_fresh(stage: Stage) -> None:
    await _remembered_wrongly(stage)
    assert await stage.shown() == (stage.old, False)
    assert await stage.shown() == (stage.old, False)
    stage.caches.thumbnails.clear()
    assert await stage.shown() == (NEW, False)
    assert await stage.shown() == (NEW, True)


async def test_what_upstream_remembers_wrongly_is_better_than_nothing(stage: Stage) -> None:
    await _remembered_wrongly(stage)
    await stage.shown()
    stage.demo.faults.go_down()
    answer = await stage.client.get(stage.thumbnail)
    await stage.demo.faults.come_back()
    assert answer.content == stage.old
    assert "detail=offline" in answer.headers["cache-status"]


async def test_while_its_upload_goes_through_the_proxy_upstream_is_not_asked(stage: Stage) -> None:
    await stage.shown()
    commit = stage.caches.hold_commit(TOPIC)
    uploading = asyncio.create_task(stage.upload(stage.client))
    await commit.reached()
    reading = asyncio.create_task(stage.shown())
    await stage.client.get("/api/info")
    assert stage.asked() == 1
    commit.release()
    assert await reading == (NEW, False)
    await uploading
    assert await stage.shown() == (NEW, True)
    assert (await stage.direct.get(stage.thumbnail)).content == NEW
