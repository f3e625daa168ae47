"""What the database and the models refuse, in the server's words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ayon_proxy.demo.asking import id_fault, pattern_fault
from ayon_proxy.demo.entities import Entity, EntityType
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.writes.columns import COLUMNS, FOREIGN_KEYS, REQUIRED

NAME = re.compile(r"[a-zA-Z0-9_]([a-zA-Z0-9_\.\-]*[a-zA-Z0-9_])?")

Faults = list[dict[str, Any]]

_VOCABULARY = (
    ("status", "statuses", "statuses"),
    ("folder_type", "folder_types", "folder_types"),
    ("task_type", "task_types", "task_types"),
)

# The columns that no two rows of a type may share, as the database names them.
_UNIQUE: Mapping[EntityType, tuple[str, ...]] = {
    "folder": ("parent_id", "lower(name::text)"),
    "task": ("folder_id", "lower(name::text)"),
    "product": ("folder_id", "lower(name::text)"),
    "version": ("product_id", "version"),
    "representation": ("version_id", "lower(name::text)"),
    "workfile": ("path",),
}

_CASTS: Mapping[str, tuple[type, str, str]] = {
    "float": (float, "value is not a valid float", "type_error.float"),
    "integer": (int, "value is not a valid integer", "type_error.integer"),
}


def faults_of(
    studio: Studio, entity_type: EntityType, data: Mapping[str, Any], *, creating: bool
) -> Faults:
    """What is wrong with the fields of an entity; places are relative to the entity."""
    faults: Faults = []
    for required in REQUIRED[entity_type] if creating else ():
        if required not in data:
            faults.append(missing(required))
    if isinstance(name := data.get("name"), str) and not NAME.fullmatch(name):
        faults.append(pattern_fault(("name",), NAME))
    for key in ("id", "parentId", "folderId", "productId", "taskId", "versionId"):
        if isinstance(value := data.get(key), str) and (fault := id_fault((key,), value)):
            faults.append(fault)
    _, attribute_faults = attribute_values(studio, entity_type, data.get("attrib") or {})
    return faults + attribute_faults


def missing(*place: str | int) -> dict[str, Any]:
    """A field that is not there, as the server words it."""
    return {"loc": list(place), "msg": "field required", "type": "value_error.missing"}


def attribute_values(
    studio: Studio, scope: str, given: Mapping[str, Any]
) -> tuple[dict[str, Any], Faults]:
    """The known attributes among those given, in their own order and type, and what is wrong.

    The scope is an entity type or `project`.
    """
    values: dict[str, Any] = {}
    faults: Faults = []
    for definition in studio.attributes:
        name = definition.name
        if name not in given or scope not in definition.scope:
            continue
        value = given[name]
        cast = _CASTS.get(definition.data["type"])
        if value is not None and cast is not None:
            convert, message, kind = cast
            try:
                value = convert(value)
            except (TypeError, ValueError):
                faults.append({"loc": ["attrib", name], "msg": message, "type": kind})
        values[name] = value
    return values, faults


def check_row(project: Project, entity_type: EntityType, entity: Entity) -> None:
    """Raises AyonError 409 when the row breaks a foreign key or is not unique."""
    for field, vocabulary, table in _VOCABULARY:
        value = getattr(entity, field, None)
        known = {each["name"] for each in getattr(project.anatomy, vocabulary)}
        if value is not None and value not in known:
            raise _missing(field, value, table)
    for key in FOREIGN_KEYS[entity_type]:
        value = getattr(entity, key.field)
        if value is not None and value not in getattr(project, key.table):
            raise _missing(key.field, str(UUID(value)), key.table)
    mine = _unique_key(entity_type, entity)
    for other in project.table(entity_type).values():
        if other.id != entity.id and _unique_key(entity_type, other) == mine:
            values_shown = _unique_values(entity_type, entity)
            shown = {key: value for key, value in values_shown.items() if value is not None}
            keys, values = ", ".join(shown), ", ".join(map(str, shown.values()))
            raise _taken(entity_type, keys, values)


def check_new_id(project: Project, entity_type: EntityType, entity_id: str) -> None:
    """Raises AyonError 409 when the id is in use."""
    if entity_id in project.table(entity_type):
        raise _taken(entity_type, "id", str(UUID(entity_id)))


def _unique_key(entity_type: EntityType, entity: Entity) -> tuple[object, ...]:
    return tuple(
        str(getattr(entity, "name", "")).lower()
        if column.startswith("lower(")
        else getattr(entity, column)
        for column in _UNIQUE[entity_type]
    )


def _unique_values(entity_type: EntityType, entity: Entity) -> dict[str, str | int | None]:
    values: dict[str, str | int | None] = {}
    for column in _UNIQUE[entity_type]:
        if column.startswith("lower("):
            values[column] = str(getattr(entity, "name", "")).lower()
        elif column.endswith("_id"):
            above = getattr(entity, column)
            values[column] = None if above is None else str(UUID(above))
        else:
            values[column] = getattr(entity, column)
    return values


def _taken(entity_type: EntityType, keys: str, values: str) -> AyonError:
    detail = f"{entity_type.capitalize()} with {keys} '{values}' already exists."
    return AyonError(409, detail, error_code="unique-violation")


def _missing(field: str, value: object, table: str) -> AyonError:
    detail = f"{field} '{value}' is not present in table \"{table}\"."
    return AyonError(409, detail, error_code="foreign-key-violation")


def fields_of(entity_type: EntityType, data: Mapping[str, Any]) -> dict[str, Any]:
    """The given columns by their names in `entities`; what is no column is dropped."""
    return {each.field: data[each.json] for each in COLUMNS[entity_type] if each.json in data}
