"""The events that a created, changed or deleted entity earns, in the server's words.

The events of one patch share one summary, so its `value` is that of the last one (observed.md).
Products and representations have no path here (server.md 1.1).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from ayon_proxy.demo import derivations, views
from ayon_proxy.demo.entities import Entity, EntityType, Task, Version, parent_id
from ayon_proxy.demo.watching import publish_context, watchers
from ayon_proxy.demo.writes.activities import add_activity, unwatch, watch
from ayon_proxy.demo.writes.columns import COLUMNS, Column
from ayon_proxy.demo.writes.edit import Announcement, Edit

_ID = re.compile(r"[0-9a-f]{32}")
_WITHOUT_PATH = ("product", "representation")
_WITH_ACTIVITIES = ("folder", "task", "product", "version")


def announce_created(edit: Edit, entity_type: EntityType, entity: Entity) -> None:
    """One event; a version's brings its watchers and its publish with it."""
    name = getattr(entity, "name", "")

    def published() -> None:
        if isinstance(entity, Version):
            _publish(edit, entity)

    edit.announcements.append(
        Announcement(
            topic=f"entity.{entity_type}.created",
            description=f"{entity_type.capitalize()} {name} created",
            summary={"entityId": entity.id, "parentId": parent_id(entity_type, entity)},
            then=published,
        )
    )


def announce_deleted(edit: Edit, entity_type: EntityType, entity: Entity) -> None:
    """One event for the root, with the whole entity in its payload; none for what goes with it."""
    view = views.entity_view(edit.studio, edit.project, entity_type, entity)
    view["attrib"] = entity.attrib
    del view["ownAttrib"]
    edit.announcements.append(
        Announcement(
            topic=f"entity.{entity_type}.deleted",
            description=f"{entity_type.capitalize()} {_path(edit, entity_type, entity)} deleted",
            summary={"entityId": entity.id, "parentId": parent_id(entity_type, entity)},
            payload={"entityData": view},
        )
    )


def announce_changed(
    edit: Edit,
    entity_type: EntityType,
    before: Entity,
    changes: Mapping[str, tuple[Any, Any]],
) -> None:
    """An event for each changed column that has one; `changes` are field → (old, new)."""
    summary: dict[str, Any] = {
        "entityId": before.id,
        "parentId": parent_id(entity_type, before),
        "entityPath": _path(edit, entity_type, before),
    }
    subject = f"{entity_type} {summary['entityPath']}"
    for column in COLUMNS[entity_type]:
        if column.field not in changes or column.topic is None:
            continue
        old, new = changes[column.field]
        if column.field != "attrib":
            summary["value"] = new
        edit.announcements.append(
            Announcement(
                topic=f"entity.{entity_type}.{column.topic}",
                description=_said(column, subject, old, new),
                summary=summary,
                payload={"oldValue": old, "newValue": new},
                then=partial(_record_change, edit, entity_type, before.id, column.field, old, new),
            )
        )
    if "tags" in changes:
        old, new = changes["tags"]
        summary["value"] = new
        edit.announcements.append(
            Announcement(
                topic=f"entity.{entity_type}.tags_changed",
                description=f"Changed {subject} tags to {new}",
                summary=summary,
                payload={"oldValue": old, "newValue": new},
            )
        )


def _said(column: Column, subject: str, old: Any, new: Any) -> str:
    match column.field:
        case "name":
            return f"Renamed {subject} to {new}"
        case "active":
            state = "activated" if new else "deactivated"
            return f"{subject[0].upper()}{subject[1:]} {state}"
        case "tags":
            return _said_of_tags(subject, old, new)
        case "attrib":
            return f"Changed {subject} attributes: {', '.join(new)}"
        case field if isinstance(new, str) and _ID.fullmatch(new):
            return f"Changed {subject} {field}"
    return f"Changed {subject} {column.field} to {new}"


def _said_of_tags(subject: str, old: list[str], new: list[str]) -> str:
    added = [each for each in new if each not in old]
    removed = [each for each in old if each not in new]
    said = ""
    if added:
        said = f"Added {subject} tag{'s' if len(added) > 1 else ''} {', '.join(added)}"
    if removed:
        of = "" if added else f"{subject} tag{'s' if len(removed) > 1 else ''} "
        said += f"Removed {of} {', '.join(removed)}"
    return said


def _path(edit: Edit, entity_type: EntityType, entity: Entity) -> str:
    if entity_type in _WITHOUT_PATH:
        return ""
    return derivations.entity_path(edit.project, entity)


def _record_change(
    edit: Edit, entity_type: EntityType, entity_id: str, field: str, old: Any, new: Any
) -> None:
    entity = edit.project.entity(entity_type, entity_id)
    if entity is None or entity_type not in _WITH_ACTIVITIES:
        return  # a later operation of the same batch may have deleted it
    mention = f"[{getattr(entity, 'name', '')}]({entity_type}:{entity_id})"
    match field:
        case "status":
            body = f"{mention} status changed from {old} to {new}"
            data = {"oldValue": old, "newValue": new}
            add_activity(edit, entity_type, entity, "status.change", body, data=data)
        case "attrib":
            for key, value in new.items():
                body = f"{mention} attrib '{key}' changed from '{old.get(key)}' to '{value}'"
                data = {"key": key, "oldValue": old.get(key), "newValue": value}
                add_activity(edit, entity_type, entity, "attrib.change", body, data=data)
        case "assignees" if isinstance(entity, Task):
            record_assignment(edit, entity, old, new)


def record_assignment(edit: Edit, task: Task, old: list[str], new: list[str]) -> None:
    """Who is assigned begins to watch; who no longer is stops, of which nobody is told."""
    mention = f"[{task.name}](task:{task.id})"
    added = [each for each in new if each not in old]
    removed = [each for each in old if each not in new]
    for user in added:
        watch(edit, "task", task, user)
    for users, verb, where, kind in (
        (added, "Added", "to", "assignee.add"),
        (removed, "Removed", "from", "assignee.remove"),
    ):
        for user in users:
            body = f"{verb} [{_full_name(edit, user)}](user:{user}) {where} {mention}"
            add_activity(edit, "task", task, kind, body, data={"assignee": user})
    unwatch(edit, task.id, set(removed))


def _full_name(edit: Edit, user: str) -> str:
    known = edit.studio.users.get(user)
    return str((known and known.attrib.get("fullName")) or user)


def _publish(edit: Edit, version: Version) -> None:
    if version.id not in edit.project.versions:
        return
    author = version.author or edit.caller.name
    for user in dict.fromkeys((edit.caller.name, author)):
        if user not in watchers(edit.project, version.id):
            watch(edit, "version", version, user)
    body = f"Published [{version.name}](version:{version.id})"
    context = {"context": publish_context(edit.project, version)}
    add_activity(edit, "version", version, "version.publish", body, author=author, data=context)
