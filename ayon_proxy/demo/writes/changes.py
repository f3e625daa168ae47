"""Creates, changes and deletes entities, with what the database does on its own (server.md 1.5)."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from secrets import token_hex
from typing import Any

from ayon_proxy.demo import derivations, rights
from ayon_proxy.demo.entities import (
    ENTITY_CLASSES,
    PARENT_FIELDS,
    PARENT_TYPES,
    Entity,
    EntityType,
    Folder,
    Product,
    Task,
    Version,
    parent_id,
)
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.writes.announcing import (
    announce_changed,
    announce_created,
    announce_deleted,
)
from ayon_proxy.demo.writes.constraints import (
    attribute_values,
    check_new_id,
    check_row,
    fields_of,
)
from ayon_proxy.demo.writes.edit import Edit, forget_picture

_UPPER = ("folder", "task")


def create(edit: Edit, entity_type: EntityType, data: dict[str, Any]) -> str:
    """Create an entity and answer its id; the server makes one if none is given.

    Raises AyonError 403 without the right, 409 when a row or name is taken or missing.
    """
    _require(edit, "create" if entity_type in _UPPER else "publish", entity_type, data)
    entity_id = data.get("id") or edit.studio.new_id()
    check_new_id(edit.project, entity_type, entity_id)
    fields = fields_of(entity_type, data)
    own, _ = attribute_values(edit.studio, entity_type, fields.pop("attrib", None) or {})
    fields.setdefault("status", _first_status(edit, entity_type))
    now, name = edit.now, edit.caller.name
    who = None if entity_type == "task" else name  # tasks don't show who made them
    entity = ENTITY_CLASSES[entity_type](
        id=entity_id,
        created_at=now,
        updated_at=now,
        attrib={key: value for key, value in own.items() if value is not None},
        created_by=who,
        updated_by=who,
        **_with_defaults(entity_type, fields, name),
    )
    check_row(edit.project, entity_type, entity)
    edit.project.add(entity)
    _touch_task(edit, entity)
    if isinstance(entity, Product):
        _learn_product_type(edit, entity.product_type)
    announce_created(edit, entity_type, entity)
    return entity_id


def change(edit: Edit, entity_type: EntityType, entity_id: str, data: dict[str, Any]) -> None:
    """Change the given columns. `updatedAt` moves even if nothing else does (observed.md).

    Raises AyonError 404, 403 without the right, 409 when a row or name is taken or missing.
    """
    before = edit.entity(entity_type, entity_id)
    _require_on(edit, "update", before)
    changes = _changes(edit, entity_type, before, data)
    if isinstance(before, Folder):
        _check_folder_change(edit, before, changes)
    stored = {field: new for field, (_, new) in changes.items()}
    for field in ("attrib", "data"):
        if field in stored:
            merged = {**getattr(before, field), **stored[field]}
            stored[field] = {key: value for key, value in merged.items() if value is not None}
    if "thumbnailId" in data:
        stored["data"] = {**stored.get("data", before.data), "thumbnailHash": token_hex(3)}
        forget_picture(edit, entity_id)
    after = replace(
        before,
        updated_at=edit.now,
        updated_by=data.get("updatedBy") or edit.caller.name,
        **stored,
    )
    check_row(edit.project, entity_type, after)
    announce_changed(edit, entity_type, before, changes)
    edit.project.table(entity_type)[entity_id] = after
    _touch_task(edit, after)


def delete(edit: Edit, entity_type: EntityType, entity_id: str, *, force: bool = False) -> None:
    """Delete an entity and all that hangs on it; only the entity itself is announced.

    Raises AyonError 404, 403 without the right, 409 for a folder with products unless forced.
    """
    entity = edit.entity(entity_type, entity_id)
    _require_on(edit, "delete", entity)
    if isinstance(entity, Folder) and not force:
        within = _with_descendants(edit, entity)
        if any(each.folder_id in within for each in edit.project.products.values()):
            raise AyonError(
                409,
                "Unable to delete a folder with products or tasks.",
                error_code="delete-folder-with-children",
            )
    announce_deleted(edit, entity_type, entity)
    links = edit.project.links
    for link in [each for each in links.values() if entity_id in (each.input_id, each.output_id)]:
        del links[link.id]  # the links of what is deleted along stay, dangling
    _touch_task(edit, entity)
    _remove(edit, entity_type, [entity_id])


_BELOW: tuple[tuple[EntityType, EntityType], ...] = (
    ("folder", "folder"),
    ("folder", "task"),
    ("folder", "product"),
    ("task", "workfile"),
    ("product", "version"),
    ("version", "representation"),
)


def _remove(edit: Edit, entity_type: EntityType, ids: Iterable[str]) -> None:
    gone = set(ids)
    if not gone:
        return
    for above, below in _BELOW:
        if above == entity_type:
            rows = edit.project.table(below).values()
            _remove(edit, below, [row.id for row in rows if parent_id(below, row) in gone])
    if entity_type == "task":
        for version in list(edit.project.versions.values()):
            if version.task_id in gone:
                edit.project.versions[version.id] = replace(version, task_id=None)
    for entity_id in gone:
        del edit.project.table(entity_type)[entity_id]


def _changes(
    edit: Edit, entity_type: EntityType, before: Entity, data: dict[str, Any]
) -> dict[str, tuple[Any, Any]]:
    """Field → (old, new) of what would really change; of attributes and data only that part."""
    changes: dict[str, tuple[Any, Any]] = {}
    for field, new in fields_of(entity_type, data).items():
        old = getattr(before, field)
        if field == "attrib":
            given, _ = attribute_values(edit.studio, entity_type, new or {})
            moved = {key: value for key, value in given.items() if old.get(key) != value}
            if moved:
                changes[field] = ({key: old[key] for key in moved if key in old}, moved)
        elif field == "data":
            if {**old, **(new or {})} != old:
                changes[field] = (old, new)
        elif new != old:
            changes[field] = (old, new)
    return changes


def _check_folder_change(edit: Edit, folder: Folder, changes: dict[str, tuple[Any, Any]]) -> None:
    if "parent_id" in changes and changes["parent_id"][1] in _with_descendants(edit, folder):
        raise AyonError(400, "Folder cannot be moved to one of its descendants")
    for field, word in (("name", "name"), ("parent_id", "parent")):
        if field in changes and derivations.has_versions(edit.project, folder):
            raise AyonError(403, f"Cannot change {word} of a folder with published versions")


def _with_descendants(edit: Edit, folder: Folder) -> set[str]:
    return {folder.id, *(each.id for each in derivations.descendants(edit.project, folder))}


def _with_defaults(entity_type: EntityType, fields: dict[str, Any], caller: str) -> dict[str, Any]:
    given = {key: value for key, value in fields.items() if value is not None}
    if entity_type == "product":
        given.setdefault("product_base_type", given["product_type"])
    if entity_type == "version":
        given.setdefault("author", caller)
    return given


def _first_status(edit: Edit, entity_type: EntityType) -> str:
    statuses = edit.project.anatomy.statuses
    fitting = [each for each in statuses if entity_type in each.get("scope", ())]
    return str((fitting or statuses)[0]["name"])


def _touch_task(edit: Edit, entity: Entity) -> None:
    """A version's task is touched with it (server.md 1.5)."""
    if isinstance(entity, Version) and entity.task_id in edit.project.tasks:
        task: Task = edit.project.tasks[entity.task_id]
        edit.project.tasks[task.id] = replace(task, updated_at=edit.now)


def _learn_product_type(edit: Edit, name: str) -> None:
    if all(each["name"] != name for each in edit.studio.product_types):
        edit.studio.product_types.append({"name": name})


def _require(edit: Edit, section: str, entity_type: EntityType, data: dict[str, Any]) -> None:
    above = fields_of(entity_type, data).get(PARENT_FIELDS[entity_type])
    parent = edit.project.entity(PARENT_TYPES[entity_type], above) if above else None
    _require_in(edit, section, derivations.folder_of(edit.project, parent) if parent else None)


def _require_on(edit: Edit, section: str, entity: Entity) -> None:
    _require_in(edit, section, derivations.folder_of(edit.project, entity))


def _require_in(edit: Edit, section: str, folder: Folder | None) -> None:
    access = rights.folder_access(edit.studio, edit.caller.user, edit.project, section)
    if access is None:
        return
    if folder is None or not access.allows(derivations.folder_path(edit.project, folder)):
        raise AyonError(403, "Entity access denied")
