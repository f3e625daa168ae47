"""What writes tell, when they tell it, and what they change without a word."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from ayon_proxy.demo import derivations
from ayon_proxy.demo.entities import ENTITY_TYPES, Folder
from ayon_proxy.demo.events import Message
from ayon_proxy.demo.film import FILM
from ayon_proxy.demo.project import Project
from tests.demo.listening import Stage, stage

_PROJECT = f"/api/projects/{FILM}"


def _film(on: Stage) -> Project:
    return on.studio.projects[FILM]


def _named(project: Project, path: str) -> Folder:
    folders = project.folders.values()
    return next(f for f in folders if derivations.folder_path(project, f) == path)


def _one(project: Project, table: str) -> Any:
    return next(iter(getattr(project, table).values()))


async def test_a_patch_is_told_before_it_is_answered_and_a_batch_after() -> None:
    async with stage() as on:
        folder = _named(_film(on), "/shots")
        sent: list[int] = []
        told = asyncio.Event()

        def note(_: Message) -> None:
            sent.append(on.demo.requests[-1].status)
            told.set()

        with on.studio.events.listening(note):
            await on.patch(f"/folders/{folder.id}", {"label": "one"})
            told.clear()
            operation = {
                "type": "update",
                "entityType": "folder",
                "entityId": folder.id,
                "data": {"label": "two"},
            }
            path = f"{_PROJECT}/operations"
            answer = await on.client.post(path, json={"operations": [operation]})
            assert answer.json()["success"]
            await told.wait()
        assert sent == [0, 200]


async def test_a_background_batch_is_completed_only_when_its_events_are_sent() -> None:
    async with stage() as on:
        states: list[str] = []
        new = [
            {"type": "create", "entityType": "folder", "data": {"name": f"new{number}"}}
            for number in range(5)
        ]

        def note(_: Message) -> None:
            states.extend(each["status"] for each in on.studio.background_tasks.values())

        with on.studio.events.listening(note):
            path = f"{_PROJECT}/operations/background"
            task = (await on.client.post(path, json={"operations": new})).json()
            assert (task["status"], task["progress"], task["result"]) == ("pending", None, None)
            while task["status"] != "completed":
                task = (await on.client.get(f"{path}/{task['id']}")).json()
        assert states == ["in_progress"] * 5
        assert [each["status"] for each in task["result"]["operations"]] == [201] * 5


@pytest.mark.parametrize("can_fail", [False, True])
async def test_one_failure_undoes_a_batch_unless_it_can_fail(can_fail: bool) -> None:
    async with stage() as on, on.listening() as listener:
        project = _film(on)
        version = next(v for v in project.versions.values() if v.version == 2)
        before = {kind: dict(project.table(kind)) for kind in ENTITY_TYPES}
        operations = [
            {"type": "delete", "entityType": "version", "entityId": version.id},
            {
                "type": "update",
                "entityType": "folder",
                "entityId": "0" * 32,
                "data": {"label": "x"},
            },
            {"type": "create", "entityType": "folder", "data": {"name": "later"}},
        ]
        answer = await on.client.post(
            f"{_PROJECT}/operations", json={"operations": operations, "canFail": can_fail}
        )
        codes = [each["errorCode"] for each in answer.json()["operations"]]
        unchanged = {kind: dict(project.table(kind)) for kind in ENTITY_TYPES} == before
        assert (answer.status_code, answer.json()["success"]) == (200, False)
        assert codes == ([None, "not-found", None] if can_fail else [None, "not-found"])
        assert unchanged is not can_fail
        assert bool(await listener.heard()) is can_fail


@pytest.mark.parametrize(
    ("table", "change"),
    [
        ("products", {"productBaseType": "other"}),
        ("versions", {"version": 77}),
        ("representations", {"files": []}),
        ("representations", {"traits": {"a": {}}}),
        ("workfiles", {"path": "/elsewhere.ma"}),
        ("folders", {}),
        ("folders", {"nope": 1}),
        ("tasks", {"attrib": {"nope": 1}}),
    ],
)
async def test_some_changes_move_the_time_and_tell_nobody(
    table: str, change: dict[str, Any]
) -> None:
    async with stage() as on, on.listening() as listener:
        before = _one(_film(on), table)
        await on.patch(f"/{table}/{before.id}", change)
        after = _one(_film(on), table)
        assert await listener.heard() == []
        assert (after.updated_at > before.updated_at, after.updated_by) == (True, "service")


async def test_a_renamed_folder_moves_the_paths_below_and_no_time_of_theirs() -> None:
    async with stage() as on, on.listening() as listener:
        project = _film(on)
        project.versions.clear()
        project.representations.clear()
        sequence, shot = _named(project, "/shots/sq010"), _named(project, "/shots/sq010/sh0010")
        await on.patch(f"/folders/{sequence.id}", {"name": "sq011"})
        (message,) = await listener.heard()
        assert (message["topic"], message["summary"]["entityPath"]) == (
            "entity.folder.renamed",
            "/shots/sq010",
        )
        assert derivations.folder_path(project, shot) == "/shots/sq011/sh0010"
        assert project.folders[shot.id] is shot


async def test_a_folder_with_published_versions_below_is_not_renamed() -> None:
    async with stage() as on:
        folder = _named(_film(on), "/shots/sq010")
        await on.patch(f"/folders/{folder.id}", {"name": "sq011"}, status=403)


async def test_attributes_are_inherited_in_silence() -> None:
    async with stage() as on, on.listening() as listener:
        project, attributes = _film(on), on.studio.attributes
        shot = _named(project, "/shots/sq010/sh0010")
        task = next(each for each in project.tasks.values() if each.folder_id == shot.id)
        await on.patch(f"/folders/{_named(project, '/shots').id}", {"attrib": {"fps": 30}})
        topics = [each["topic"] for each in await listener.heard()]
        assert topics == ["entity.folder.attrib_changed", "activity.created"]
        for entity in (shot, task):
            assert derivations.attrib(attributes, project, entity)["fps"] == 30.0
            assert project.entity("folder" if entity is shot else "task", entity.id) is entity


async def test_a_forced_delete_tells_of_the_root_only_and_leaves_links_dangling() -> None:
    async with stage() as on, on.listening() as listener:
        project = _film(on)
        shots = _named(project, "/shots")
        path = f"{_PROJECT}/folders/{shots.id}"
        links = {link.id for link in project.links.values()}
        assert (await on.client.delete(path)).status_code == 409
        assert (await on.client.delete(path, params={"force": "true"})).status_code == 204
        (message,) = await listener.heard()
        assert message["topic"] == "entity.folder.deleted"
        assert message["summary"] == {"entityId": shots.id, "parentId": None}
        paths = [derivations.folder_path(project, each) for each in project.folders.values()]
        assert paths
        assert not [each for each in paths if each.startswith("/shots")]
        known = {each for kind in ENTITY_TYPES for each in project.table(kind)}
        assert all(v.product_id in known for v in project.versions.values())
        assert all(r.version_id in known for r in project.representations.values())
        assert set(project.links) == links


async def test_a_version_touches_its_task() -> None:
    async with stage() as on:
        project = _film(on)
        version = next(each for each in project.versions.values() if each.task_id)
        task = project.tasks[str(version.task_id)]
        await on.patch(f"/versions/{version.id}", {"status": "Omitted"})
        assert project.tasks[task.id].updated_at > task.updated_at


async def test_pictures_are_told_but_cannot_be_read_back() -> None:
    async with stage() as on, on.listening() as listener:
        project = _film(on)
        version = next(v for v in project.versions.values() if v.task_id)
        picture = next(iter(project.thumbnails.values()))
        stored = dict(on.studio.events.stored)
        answer = await on.client.post(
            f"{_PROJECT}/versions/{version.id}/thumbnail",
            content=picture.original,
            headers={"content-type": picture.content_type},
        )
        assert answer.status_code == 200
        heard = await listener.heard()
        assert [each["summary"]["entityType"] for each in heard] == ["folder", "task", "version"]
        assert {each["topic"] for each in heard} == {"thumbnail.updated"}
        assert on.studio.events.stored == stored
        told = {each["summary"]["entityId"]: each["summary"]["thumbnailHash"] for each in heard}
        shown = project.versions[version.id]
        assert derivations.thumbnail_hash(shown) == told[version.id]
        assert shown.thumbnail_id == answer.json()["id"]


async def test_the_events_of_one_patch_share_the_last_value() -> None:
    async with stage() as on, on.listening() as listener:
        folder = _named(_film(on), "/shots")
        change = {"label": "L", "active": False, "tags": ["retake"]}
        await on.patch(f"/folders/{folder.id}", change)
        values = {each["topic"]: each["summary"]["value"] for each in await listener.heard()}
        assert values == {
            f"entity.folder.{each}_changed": ["retake"] for each in ("active", "tags", "label")
        }


async def test_who_acts_as_another_is_named_as_the_other() -> None:
    async with stage() as on, on.listening() as listener:
        folder = _named(_film(on), "/shots")
        on.client.headers.update({"x-as-user": "artist", "x-sender": "me"})
        await on.patch(f"/folders/{folder.id}", {"label": "L"})
        (message,) = await listener.heard()
        assert (message["user"], message["sender"]) == ("artist", "me")


async def test_a_project_stays_unknown_to_those_without_access() -> None:
    async with stage() as on:
        headers = {"authorization": f"Bearer {on.tokens['artist']}", "x-api-key": ""}
        for name in ("secret_film", "no_film"):
            path = f"/api/projects/{name}/folders"
            answer = await on.client.post(path, json={"name": "x"}, headers=headers)
            assert (answer.status_code, answer.json()["detail"]) == (
                403,
                "No access group assigned on this project",
            )


async def test_a_lighter_sees_and_changes_only_what_is_assigned() -> None:
    async with stage() as on:
        project = _film(on)
        headers = {"authorization": f"Bearer {on.tokens['lighter']}", "x-api-key": ""}
        mine = next(each for each in project.tasks.values() if "lighter" in each.assignees)
        folder = project.folders[mine.folder_id]
        other = next(each for each in project.folders.values() if each.name == "owl")
        statuses = [
            (await on.client.get(f"{_PROJECT}/folders/{each.id}", headers=headers)).status_code
            for each in (folder, other)
        ]
        assert statuses == [200, 403]


async def test_creation_order_survives_an_undone_batch() -> None:
    async with stage() as on:
        project = _film(on)
        before = list(project.folders)
        owl = next(each for each in project.folders.values() if each.name == "owl")
        operations = [
            {"type": "delete", "entityType": "folder", "entityId": owl.id, "force": True},
            {"type": "delete", "entityType": "folder", "entityId": "0" * 32},
        ]
        await on.client.post(f"{_PROJECT}/operations", json={"operations": operations})
        assert list(project.folders) == before
