"""TABLE: what a change of each field of an entity causes, and how entities are read from bodies.

`{id}` is that of the entity. `{parent}` is known of what is created; what is changed or deleted
leaves it out.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ayon_proxy.policy.invalidation.entities import (
    BY_VERSIONS,
    DERIVED_TASKS,
    ITSELF,
    MEMBER,
    PATHS,
)
from ayon_proxy.policy.invalidation.event import entity_id
from ayon_proxy.policy.invalidation.table import row_of
from ayon_proxy.policy.writes.row import Change, Reading

TYPES = ("folder", "task", "product", "version", "representation", "workfile")

PARENT = {
    "folder": "parentId",
    "task": "folderId",
    "product": "folderId",
    "version": "productId",
    "representation": "versionId",
    "workfile": "taskId",
}
"""The field that names the parent, as events mean it."""

ROOTLESS = frozenset({"folder", "workfile"})
"""Without a parent, theirs is the project."""

CAUSES = {
    "active": "active_changed",
    "assignees": "assignees_changed",
    "attrib": "attrib_changed",
    "author": "author_changed",
    "data": "data_changed",
    "folderId": "folder_changed",
    "folderType": "type_changed",
    "label": "label_changed",
    "name": "renamed",
    "parentId": "parent_changed",
    "productId": "product_changed",
    "productType": "product_type_changed",
    "status": "status_changed",
    "tags": "tags_changed",
    "taskId": "task_changed",
    "taskType": "type_changed",
    "thumbnailId": "thumbnail_changed",
    "versionId": "version_changed",
}
"""Field of an update → the event that it causes (server.md 1.2)."""

EVENTLESS: Mapping[str, tuple[str, ...]] = {
    "createdBy": ITSELF,
    "files": ITSELF,
    "id": ITSELF,
    "path": (*MEMBER, PATHS),
    "productBaseType": (*ITSELF, "product_types"),
    "traits": ITSELF,
    "updatedBy": ITSELF,
    "version": (*MEMBER, *BY_VERSIONS, PATHS),
}
"""Field of an update that causes none (1.4)."""

ALWAYS = {"version": (*ITSELF, DERIVED_TASKS)}
"""By type: what any update moves, one that changes nothing included: `updatedAt` (1.1), that of the
task, too (1.5, `entities/version.py`). For other types ITSELF."""

ACTIVITIES = ("type:{project}:activity", "cascade:{project}:activity", "inbox")
"""Hooks write activities about these changes once they have been announced, at entities that are
not named here (`status.change`, `assignee.add`, `version.publish`: 1.2; `attrib.change`)."""

TOLD = frozenset({"assignees", "attrib", "status"})
"""Fields whose change hooks write an activity about (`activities/event_hook.py`). Of what is new,
it is versions."""

MOST_OPERATIONS = 2_000
"""A longer batch is not looked into: as many tags cost more than the answers they would spare."""


def created(entity_type: str, project: str, data: Any, given_id: Any = None) -> Change | None:
    """A new entity with that content. None when it is not one."""
    if entity_type not in TYPES or not isinstance(data, dict):
        return None
    values: dict[str, tuple[str, ...]] = {"project": (project,), "type": (entity_type,)}
    # One that upstream names is not known to anybody yet.
    named = (given_id, data.get("id"))
    values["id"] = tuple(entity_id(each) for each in named if isinstance(each, str))
    parent = field_of(data, PARENT[entity_type])
    if isinstance(parent, str):
        values["parent"] = (entity_id(parent),)
    elif parent is None and entity_type in ROOTLESS:
        values["parent"] = (project,)
    told = ACTIVITIES if entity_type == "version" else ()
    return Change((f"entity.{entity_type}.created",), values, told)


def updated(entity_type: str, project: str, entity: Any, data: Any) -> Change | None:
    """Those fields of an entity. None when it is not told which entity, or one is not known."""
    if entity_type not in TYPES or not isinstance(entity, str) or not isinstance(data, dict):
        return None
    topics, also = set[str](), {*ALWAYS.get(entity_type, ITSELF)}
    for key in data:
        field = _camel(key)
        topic = f"entity.{entity_type}.{CAUSES.get(field)}"
        if row_of(topic) is not None:
            topics.add(topic)
        elif field in EVENTLESS:
            also |= {*EVENTLESS[field]}
        else:
            return None
        if field in TOLD:
            also |= {*ACTIVITIES}
    return Change(tuple(sorted(topics)), _of(entity_type, project, entity), tuple(sorted(also)))


def deleted(entity_type: str, project: str, entity: Any) -> Change | None:
    """An entity with all below it. None when it is not told which."""
    if entity_type not in TYPES or not isinstance(entity, str):
        return None
    return Change((f"entity.{entity_type}.deleted",), _of(entity_type, project, entity))


def creating(entity_type: str) -> Reading:
    """The body is a new entity."""

    def read(names: Mapping[str, str], body: Any, _: Collection[str]) -> Sequence[Change] | None:
        return _alone(created(entity_type, names["project"], body))

    return read


def updating(entity_type: str) -> Reading:
    """The body is an update of the entity in the path."""

    def read(names: Mapping[str, str], body: Any, _: Collection[str]) -> Sequence[Change] | None:
        entity = names[f"{entity_type}_id"]
        return _alone(updated(entity_type, names["project"], entity, body))

    return read


def operations(names: Mapping[str, str], body: Any, _: Collection[str]) -> Sequence[Change] | None:
    """The body is a batch, of which any part may fail: all of it counts."""
    listed = body.get("operations") if isinstance(body, dict) else None
    if not isinstance(listed, list) or len(listed) > MOST_OPERATIONS:
        return None
    changes: list[Change] = []
    for each in listed:
        change = _operation(names["project"], each) if isinstance(each, dict) else None
        if change is None:
            return None
        changes.append(change)
    return changes


def _operation(project: str, operation: Mapping[str, Any]) -> Change | None:
    kind, entity_type = operation.get("type"), field_of(operation, "entityType")
    entity, data = field_of(operation, "entityId"), operation.get("data")
    if not isinstance(entity_type, str):
        return None
    match kind:
        case "create":
            return created(entity_type, project, data, entity)
        case "update":
            return updated(entity_type, project, entity, data)
        case "delete":
            return deleted(entity_type, project, entity)
        case _:
            return None


def _of(entity_type: str, project: str, entity: str) -> dict[str, tuple[str, ...]]:
    return {"project": (project,), "type": (entity_type,), "id": (entity_id(entity),)}


def _alone(change: Change | None) -> Sequence[Change] | None:
    return None if change is None else (change,)


def field_of(data: Mapping[str, Any], name: str) -> Any:
    """A field in either of the two spellings that upstream reads (models/rest_model.py)."""
    return data[name] if name in data else data.get(_snake(name))


def _snake(name: str) -> str:
    return "".join(f"_{each.lower()}" if each.isupper() else each for each in name)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(each[:1].upper() + each[1:] for each in rest)
