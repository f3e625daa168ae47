"""With `upstream_caches` the demo server is as stale as upstream is (1.6), without it never."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from typing import Any

import httpx
import pytest

from ayon_proxy.demo.entities import Version
from ayon_proxy.demo.film import FILM, SECRET
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.upstream_caches import UpstreamCaches
from tests.demo.listening import SECONDS, Stage, stage

PROJECT = f"/api/projects/{FILM}"


@pytest.fixture
async def on() -> AsyncIterator[Stage]:
    async with stage(upstream_caches=True) as on:
        _caches(on).thumbnail_seconds = _caches(on).commit_seconds = 0.0
        yield on


def _caches(on: Stage) -> UpstreamCaches:
    assert on.studio.upstream_caches is not None
    return on.studio.upstream_caches


def _film(on: Stage) -> Project:
    return on.studio.projects[FILM]


def _pictured(on: Stage) -> Version:
    return next(each for each in _film(on).versions.values() if each.thumbnail_id)


async def _upload(on: Stage, version: Version) -> httpx.Response:
    picture = next(iter(_film(on).thumbnails.values()))
    return await on.client.post(
        f"{PROJECT}/versions/{version.id}/thumbnail",
        content=picture.original,
        headers={"content-type": picture.content_type},
    )


async def _shown(on: Stage, version: Version) -> str | None:
    answer = await on.client.get(f"{PROJECT}/versions/{version.id}/thumbnail")
    shown: str | None = answer.headers.get("x-thumbnail-id")
    return shown


async def _entity(on: Stage, version: Version) -> dict[str, Any]:
    answer = await on.client.get(f"{PROJECT}/versions/{version.id}")
    entity: dict[str, Any] = answer.json()
    return entity


async def test_a_picture_is_told_of_before_its_commit_and_the_hash_shows_when_it_has_come(
    on: Stage,
) -> None:
    version = _pictured(on)
    held = _caches(on).hold_commit("^thumbnail")
    async with on.listening() as listener:
        uploading = asyncio.create_task(_upload(on, version))
        await asyncio.wait_for(held.reached(), SECONDS)
        told = {each["summary"]["entityId"]: each["summary"] for each in await listener.heard()}
    told_hash = told[version.id]["thumbnailHash"]
    assert len(told) == 3
    before = await _entity(on, version)
    assert before["thumbnailId"] == version.thumbnail_id
    assert before["data"]["thumbnailHash"] != told_hash
    held.release()
    uploaded = (await uploading).json()["id"]
    after = await _entity(on, version)
    assert (after["thumbnailId"], after["data"]["thumbnailHash"]) == (uploaded, told_hash)
    assert await _shown(on, version) == uploaded


async def test_who_asks_for_a_picture_before_the_commit_brings_the_old_one_back_for_everybody(
    on: Stage,
) -> None:
    version, old = _pictured(on), _pictured(on).thumbnail_id
    held = _caches(on).hold_commit("^thumbnail", times=1)
    uploading = asyncio.create_task(_upload(on, version))
    await asyncio.wait_for(held.reached(), SECONDS)
    assert await _shown(on, version) == old
    held.release()
    uploaded = (await uploading).json()["id"]
    assert await _shown(on, version) == old
    assert (await _entity(on, version))["thumbnailId"] == uploaded
    by_id = await on.client.get(f"{PROJECT}/thumbnails/{uploaded}")
    assert (by_id.status_code, by_id.headers["x-thumbnail-id"]) == (200, uploaded)
    again = (await _upload(on, version)).json()["id"]
    assert await _shown(on, version) == again


async def test_a_picture_given_by_its_id_is_shown_at_once(on: Stage) -> None:
    version = _pictured(on)
    other = next(each for each in _film(on).thumbnails if each != version.thumbnail_id)
    await _shown(on, version)
    await on.patch(f"/versions/{version.id}", {"thumbnailId": other})
    assert await _shown(on, version) == other


async def _folder_list(on: Stage) -> dict[str, dict[str, Any]]:
    answer = await on.client.get(f"{PROJECT}/folders")
    return {each["id"]: each for each in answer.json()["folders"]}


async def _publish(on: Stage, folder_id: str) -> None:
    product = {"name": "extraMain", "productType": "plate", "folderId": folder_id}
    made = await on.client.post(f"{PROJECT}/products", json=product)
    version = {"version": 1, "productId": made.json()["id"]}
    assert (await on.client.post(f"{PROJECT}/versions", json=version)).status_code == 201


async def _new_folder(on: Stage) -> str:
    made = await on.client.post(f"{PROJECT}/folders", json={"name": "new", "folderType": "Asset"})
    folder_id: str = made.json()["id"]
    return folder_id


async def test_the_folder_list_learns_of_versions_only_with_the_next_folder_or_task(
    on: Stage,
) -> None:
    folder_id = await _new_folder(on)
    assert (await _folder_list(on))[folder_id]["hasVersions"] is False
    await _publish(on, folder_id)
    assert (await _folder_list(on))[folder_id]["hasVersions"] is False
    task = next(iter(_film(on).tasks.values()))
    await on.patch(f"/tasks/{task.id}", {"label": "other"})
    assert (await _folder_list(on))[folder_id]["hasVersions"] is True


async def test_without_caches_the_folder_list_is_of_its_moment() -> None:
    async with stage() as on:
        folder_id = await _new_folder(on)
        await _publish(on, folder_id)
        assert (await _folder_list(on))[folder_id]["hasVersions"] is True


async def _rename_bundle(on: Stage) -> None:
    on.studio.bundles["prod-2609"].installer_version = "9.9.9"


async def _change_settings(on: Stage) -> None:
    on.studio.settings["film_tools", "1.0.0", "production"] = {"greeting": "changed"}


async def _relabel_project(on: Stage) -> None:
    _film(on).label = "changed"


async def _relabel_folder(on: Stage) -> None:
    folder = next(iter(_film(on).folders.values()))
    await on.patch(f"/folders/{folder.id}", {"label": "changed"})


async def _rename_root(on: Stage) -> None:
    _film(on).anatomy.roots = {"changed": {"linux": "/changed"}}


@pytest.mark.parametrize(
    ("path", "change"),
    [
        ("/api/bundles", _rename_bundle),
        ("/api/settings", _change_settings),
        (PROJECT, _relabel_project),
        (f"{PROJECT}/anatomy", _rename_root),
        (f"{PROJECT}/folders", _relabel_folder),
    ],
)
async def test_an_answer_may_be_older_than_the_request_for_it(
    on: Stage, path: str, change: Callable[[Stage], Awaitable[None]]
) -> None:
    held = _caches(on).hold_computing(f"^{path}$", times=1)
    first = asyncio.create_task(on.client.get(path))
    await asyncio.wait_for(held.reached(), SECONDS)
    await change(on)
    joining = asyncio.create_task(on.client.get(path))
    await asyncio.wait_for(_caches(on).joins.reached(), SECONDS)
    held.release()
    assert (await joining).content == (await first).content
    assert (await on.client.get(path)).content != (await first).content


async def test_who_joins_must_have_the_right_to_ask(on: Stage) -> None:
    path = f"/api/projects/{SECRET}"
    held = _caches(on).hold_computing(f"^{path}$", times=1)
    first = asyncio.create_task(on.client.get(path))
    await asyncio.wait_for(held.reached(), SECONDS)
    artist = {"x-api-key": "", "authorization": f"Bearer {on.tokens['artist']}"}
    assert (await on.client.get(path, headers=artist)).status_code == 403
    held.release()
    assert (await first).status_code == 200


async def test_an_access_group_is_heeded_after_everybody_has_been_told(on: Stage) -> None:
    _caches(on).groups_seconds = 3600.0
    group = f"/api/accessGroups/artist/{FILM}"
    artist = {"x-api-key": "", "authorization": f"Bearer {on.tokens['artist']}"}
    path = f"{PROJECT}/folders"
    before = (await on.client.get(path, headers=artist)).json()["folders"]
    only_assets = {
        "read": {"enabled": True, "access_list": [{"access_type": "hierarchy", "path": "assets"}]}
    }
    async with on.listening() as listener:
        assert (await on.client.put(group, json=only_assets)).status_code == 204
        assert [each["topic"] for each in await listener.heard()] == ["access_group.updated"]
    assert (await on.client.get(group)).json()["read"]["enabled"] is True
    assert (await on.client.get(path, headers=artist)).json()["folders"] == before
    _caches(on).heed()
    after = (await on.client.get(path, headers=artist)).json()["folders"]
    assert 0 < len(after) < len(before)


async def _make_link(on: Stage) -> httpx.Response:
    one, other = list(_film(on).folders)[:2]
    link = {"linkType": "breakdown|folder|folder", "input": one, "output": other}
    return await on.client.post(f"{PROJECT}/links", json=link)


async def _delete_link(on: Stage) -> httpx.Response:
    return await on.client.delete(f"{PROJECT}/links/{next(iter(_film(on).links))}")


async def _make_list(on: Stage) -> httpx.Response:
    given = {"label": "New", "entityType": "version"}
    return await on.client.post(f"{PROJECT}/lists", json=given)


async def _change_list(on: Stage) -> httpx.Response:
    list_id = next(iter(_film(on).lists))
    return await on.client.patch(f"{PROJECT}/lists/{list_id}", json={"label": "Changed"})


async def _change_comment(on: Stage) -> httpx.Response:
    activity_id = next(iter(_film(on).activities))
    return await on.client.patch(f"{PROJECT}/activities/{activity_id}", json={"body": "changed"})


async def _make_bundle(on: Stage) -> httpx.Response:
    return await on.client.post("/api/bundles", json={"name": "new", "addons": {}})


@pytest.mark.parametrize(
    ("topic", "write", "state"),
    [
        ("link.created", _make_link, lambda on: len(_film(on).links)),
        ("link.deleted", _delete_link, lambda on: len(_film(on).links)),
        ("entity_list.created", _make_list, lambda on: len(_film(on).lists)),
        (
            "entity_list.changed",
            _change_list,
            lambda on: [each.label for each in _film(on).lists.values()],
        ),
        (
            "activity.updated",
            _change_comment,
            lambda on: [each.body for each in _film(on).activities.values()],
        ),
        ("bundle.created", _make_bundle, lambda on: list(on.studio.bundles)),
    ],
)
async def test_what_is_told_within_a_transaction_is_true_and_readable_only_after_its_commit(
    on: Stage,
    topic: str,
    write: Callable[[Stage], Coroutine[Any, Any, httpx.Response]],
    state: Callable[[Stage], Any],
) -> None:
    held = _caches(on).hold_commit(f"^{topic}$")
    before = state(on)
    async with on.listening(subscribe=[topic]) as listener:
        writing = asyncio.create_task(write(on))
        message = await listener.next()
        assert message["topic"] == topic
        await asyncio.wait_for(held.reached(), SECONDS)
        assert state(on) == before
        assert (await on.client.get(f"/api/events/{message['id']}")).status_code == 404
        held.release()
        assert (await writing).is_success
        assert state(on) != before
        assert (await on.client.get(f"/api/events/{message['id']}")).status_code == 200
