"""Makes, changes and removes activities, and tells of them (server.md 1.2, 1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from ayon_proxy.demo import watching
from ayon_proxy.demo.entities import Entity, EntityType
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Activity, Reference
from ayon_proxy.demo.rest.folder_rows import rebuild
from ayon_proxy.demo.writes.edit import Edit

UNTRACKED = ("status.change", "assignee.add", "assignee.remove", "version.publish")
"""Their `activity.created` is only broadcast."""
UNRELATED = ("watch", "attrib.change")
"""They show up only at their own entity."""


def add_activity(
    edit: Edit,
    entity_type: EntityType,
    entity: Entity,
    activity_type: str,
    body: str = "",
    *,
    author: str | None = None,
    data: dict[str, Any] | None = None,
    file_ids: list[str] | None = None,
    activity_id: str | None = None,
) -> Activity:
    """Store an activity, broadcast it, and put it into the inboxes of those it concerns."""
    author = author or edit.caller.name
    told = watching.recipients(edit.project, entity, activity_type, body, author)
    now = edit.now
    activity = Activity(
        id=activity_id or edit.studio.new_id(),
        activity_type=activity_type,
        body=body,
        author=author,
        created_at=now,
        updated_at=now,
        data={**watching.activity_data(edit.project, entity, author), **(data or {})},
        references=_references(edit, entity_type, entity, activity_type, author, body, told),
        file_ids=file_ids or [],
        creation_order=len(edit.project.activities) + 1,
    )
    edit.project.activities[activity.id] = activity
    if activity_type == "reviewable":
        rebuild(edit.studio, edit.project)
    edit.dispatch(
        "activity.created",
        user=author,
        description=f"Created {activity_type} activity",
        summary=summary(activity),
        payload={"body": body},
        store=activity_type not in UNTRACKED,
    )
    for important in (True, False):
        names = [name for name, each in told.items() if each is important]
        if names:
            edit.dispatch(
                "inbox.message",
                user=author,
                description=body.split("\n", 1)[0],
                summary={"isImportant": important},
                recipients=names,
                store=False,
            )
    return activity


def _references(
    edit: Edit,
    entity_type: EntityType,
    entity: Entity,
    activity_type: str,
    author: str,
    body: str,
    told: Iterable[str],
) -> list[Reference]:
    mentioned = watching.mentions(body)
    related = [] if activity_type in UNRELATED else watching.related(edit.project, entity)
    users = [name for kind, name in mentioned if kind == "user"]
    rows: list[tuple[str, str, str | None, str | None]] = [
        ("origin", entity_type, entity.id, None),
        *(("relation", kind, each, None) for kind, each in related),
        ("author", "user", None, author),
        *(("mention", "user", None, name) for name in users),
        *(("watching", "user", None, name) for name in told if name not in users),
    ]
    known = {each for _, _, each, _ in rows}
    rows += [
        ("mention", kind, target, None)
        for kind, target in mentioned
        if kind != "user" and target not in known
    ]
    return [
        Reference(
            id=edit.studio.new_id(),
            reference_type=reference_type,
            entity_type=kind,
            entity_id=entity_id,
            entity_name=name,
        )
        for reference_type, kind, entity_id, name in rows
    ]


def summary(activity: Activity, *, with_users: bool = False) -> dict[str, Any]:
    """What events show of an activity. Only reactions show the users it refers to."""
    return {
        "activity_id": activity.id,
        "activity_type": activity.activity_type,
        "references": [
            {
                "entity_id": each.entity_id,
                "entity_type": each.entity_type,
                "reference_type": each.reference_type,
            }
            for each in activity.references
            if with_users or each.entity_type != "user"
        ],
    }


def watch(
    edit: Edit, entity_type: EntityType, entity: Entity, user: str, *, by: str | None = None
) -> None:
    """Make a user a watcher, unless they are; it is the user's own doing if not somebody's."""
    if user not in watching.watchers(edit.project, entity.id):
        author = by or user
        add_activity(edit, entity_type, entity, "watch", author=author, data={"watcher": user})


def unwatch(edit: Edit, entity_id: str, users: set[str]) -> None:
    """End the watches of these users; nobody is told."""
    for activity in list(watching.watches(edit.project, entity_id)):
        if activity.data.get("watcher", activity.author) in users:
            del edit.project.activities[activity.id]


async def change_activity(edit: Edit, activity_id: str, data: dict[str, Any]) -> None:
    """Change a comment. Raises AyonError 404, and 403 unless it is the caller's own."""
    activity = _own(edit, activity_id)
    changed = replace(
        activity,
        body=data.get("body", activity.body),
        file_ids=data.get("files", activity.file_ids),
        tags=data.get("tags", activity.tags),
        data={**activity.data, **data.get("data", {})},
        updated_at=edit.now,
    )
    await edit.tell_then_commit(
        "activity.updated",
        lambda: edit.project.activities.__setitem__(activity_id, changed),
        description=f"Updated {changed.activity_type} activity",
        summary=summary(changed),
        payload={"body": changed.body},
    )


async def remove_activity(edit: Edit, activity_id: str) -> None:
    """Delete an activity. Raises AyonError 404, and 403 unless it is the caller's own."""
    activity = _own(edit, activity_id)
    await edit.tell_then_commit(
        "activity.deleted",
        lambda: edit.project.activities.pop(activity_id, None),
        description=f"Deleted {activity.activity_type} activity",
        summary=summary(activity),
    )


def react(edit: Edit, activity_id: str, reaction: str, *, add: bool) -> None:
    """Add or take back the caller's reaction: only broadcast, `updatedAt` stays (observed.md)."""
    activity = activity_of(edit, activity_id)
    user = edit.caller.user
    mine = [
        each
        for each in activity.data.get("reactions", [])
        if (each["userName"], each["reaction"]) != (user.name, reaction)
    ]
    if add:
        moment = edit.now.replace(tzinfo=None).isoformat()
        full_name = user.attrib.get("fullName")
        mine.append(
            {
                "fullName": full_name,
                "reaction": reaction,
                "timestamp": moment,
                "userName": user.name,
            }
        )
    changed = replace(activity, data={**activity.data, "reactions": mine})
    edit.project.activities[activity_id] = changed
    edit.dispatch("activity.updated", summary=summary(changed, with_users=True), store=False)


def activity_of(edit: Edit, activity_id: str) -> Activity:
    """An activity that must exist. Raises AyonError 404."""
    activity = edit.project.activities.get(activity_id)
    if activity is None:
        raise AyonError(404, "Activity not found")
    return activity


def _own(edit: Edit, activity_id: str) -> Activity:
    activity = activity_of(edit, activity_id)
    if not edit.caller.is_manager and activity.author != edit.caller.name:
        raise AyonError(403, "You are not the author of this activity")
    return activity
