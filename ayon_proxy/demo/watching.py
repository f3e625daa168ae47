"""Who is told of an activity: watchers, mentioned users, assignees; and what it refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from ayon_proxy.demo import derivations
from ayon_proxy.demo.entities import Entity, EntityType, Folder, Product, Task, Version
from ayon_proxy.demo.project import Activity, Project

_MENTION = re.compile(r"\[[^\]]*\]\((user|folder|task|product|version):([^)]+)\)")
_LOUD = ("version.publish", "reviewable", "assignee.add", "assignee.remove")
"""Activities that watchers get as important, as those who are mentioned do."""
_QUIET = ("watch", "attrib.change")
"""Activities that nobody finds in the inbox."""


def watches(project: Project, entity_id: str) -> Iterator[Activity]:
    """The `watch` activities in force on an entity."""
    for activity in project.activities.values():
        if activity.activity_type == "watch" and activity.active and origin(activity) == entity_id:
            yield activity


def watchers(project: Project, entity_id: str) -> list[str]:
    """The names of those who watch an entity, in the order they began."""
    return [str(each.data.get("watcher", each.author)) for each in watches(project, entity_id)]


def origin(activity: Activity) -> str | None:
    """The id of the entity an activity happened on."""
    return next(
        (each.entity_id for each in activity.references if each.reference_type == "origin"), None
    )


def mentions(body: str) -> list[tuple[str, str]]:
    """What a text mentions: (type, id or user name)."""
    return list(dict.fromkeys((kind, target) for kind, target in _MENTION.findall(body)))


def related(project: Project, entity: Entity) -> list[tuple[EntityType, str]]:
    """The other entities in whose feed an activity on this one shows up."""
    match entity:
        case Task():
            versions = [v.id for v in project.versions.values() if v.task_id == entity.id]
            return [("folder", entity.folder_id), *(("version", each) for each in versions)]
        case Version():
            folder = project.products[entity.product_id].folder_id
            task: list[tuple[EntityType, str]] = (
                [] if entity.task_id is None else [("task", entity.task_id)]
            )
            return [("folder", folder), *task]
    return []


def recipients(
    project: Project, entity: Entity, activity_type: str, body: str, author: str | None
) -> dict[str, bool]:
    """Who finds the activity in the inbox, and whether as important; never its author."""
    told: dict[str, bool] = {}
    if activity_type in _QUIET:
        return told
    if isinstance(entity, Task):
        told.update(dict.fromkeys(entity.assignees, False))
    told.update(dict.fromkeys(watchers(project, entity.id), activity_type in _LOUD))
    told.update({name: True for kind, name in mentions(body) if kind == "user"})
    if author is not None:
        told.pop(author, None)
    return told


def activity_data(project: Project, entity: Entity, author: str | None) -> dict[str, Any]:
    """`activityData` as every activity has it: author, origin, parents."""
    return {
        "author": author,
        "origin": _described(entity),
        "parents": [_described(each) for each in _parents(project, entity)],
    }


def _parents(project: Project, entity: Entity) -> list[Entity]:
    match entity:
        case Task():
            return [project.folders[entity.folder_id]]
        case Version():
            product = project.products[entity.product_id]
            return [project.folders[product.folder_id], product]
    return []


def _described(entity: Entity) -> dict[str, Any]:
    match entity:
        case Folder():
            kind, subtype, label = "folder", entity.folder_type, entity.label
        case Task():
            kind, subtype, label = "task", entity.task_type, entity.label
        case Product():
            return {
                "id": entity.id,
                "name": entity.name,
                "subtype": entity.product_type,
                "type": "product",
            }
        case _:
            kind = type(entity).__name__.lower()
            return {"id": entity.id, "name": getattr(entity, "name", None), "type": kind}
    return {
        "id": entity.id,
        "label": label,
        "name": entity.name,
        "subtype": subtype,
        "type": kind,
    }


def publish_context(project: Project, version: Version) -> dict[str, Any]:
    """`activityData.context` of a publish."""
    product = project.products[version.product_id]
    folder = project.folders[product.folder_id]
    task = project.tasks[version.task_id] if version.task_id else None
    return {
        "folderId": folder.id,
        "folderLabel": folder.label,
        "folderName": folder.name,
        "folderPath": derivations.folder_path(project, folder).lstrip("/"),
        "productId": product.id,
        "productName": product.name,
        "productType": product.product_type,
        "taskId": task.id if task else None,
        "taskLabel": task.label if task else None,
        "taskName": task.name if task else None,
        "taskType": task.task_type if task else None,
    }
