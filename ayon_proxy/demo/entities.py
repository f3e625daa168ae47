"""What a project is made of: folders, tasks, products, versions, representations, workfiles.

Only what the server stores is a field. What it derives (paths, inherited attributes, latest
versions, counts) is in `derivations`; how it is spelled in JSON is in `views` and `graphql`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypeAlias

EntityType: TypeAlias = Literal[
    "folder", "task", "product", "version", "representation", "workfile"
]
ENTITY_TYPES: tuple[EntityType, ...] = (
    "folder",
    "task",
    "product",
    "version",
    "representation",
    "workfile",
)

HERO = "HERO"
"""Name of a hero version: one whose number is negative (minus that of the version it copies)."""


@dataclass(kw_only=True, slots=True)
class Entity:
    """The columns every entity of a project has.

    `attrib` holds only the entity's own values: inherited ones are `derivations.attrib`.
    `creation_order` is the server's serial, of which paging cursors are made.
    """

    id: str
    created_at: datetime
    updated_at: datetime
    status: str
    attrib: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    active: bool = True
    created_by: str | None = None
    updated_by: str | None = None
    creation_order: int = 0


@dataclass(kw_only=True, slots=True)
class Folder(Entity):
    """A place in the hierarchy: a sequence, a shot, an asset."""

    name: str
    label: str | None = None
    folder_type: str = "Folder"
    parent_id: str | None = None
    thumbnail_id: str | None = None


@dataclass(kw_only=True, slots=True)
class Task(Entity):
    """A piece of work on a folder."""

    name: str
    folder_id: str
    task_type: str
    label: str | None = None
    assignees: list[str] = field(default_factory=list)
    thumbnail_id: str | None = None


@dataclass(kw_only=True, slots=True)
class Product(Entity):
    """A published thing of a folder, of which there are versions."""

    name: str
    folder_id: str
    product_type: str
    product_base_type: str | None = None


@dataclass(kw_only=True, slots=True)
class Version(Entity):
    """One publish of a product; a negative number is a hero version."""

    version: int
    product_id: str
    task_id: str | None = None
    author: str | None = None
    thumbnail_id: str | None = None

    @property
    def name(self) -> str:
        """The name the server shows: `v001`, or `HERO`."""
        return HERO if self.version < 0 else f"v{self.version:03d}"


@dataclass(kw_only=True, slots=True)
class Representation(Entity):
    """One form of a version: its files and how they were made.

    Each of `files` has `id, name, path, size, hash, hashType`; sizes are bytes.
    """

    name: str
    version_id: str
    files: list[dict[str, Any]] = field(default_factory=list)
    traits: dict[str, Any] | None = None


@dataclass(kw_only=True, slots=True)
class Workfile(Entity):
    """A scene file that was saved for a task."""

    path: str
    task_id: str | None = None
    thumbnail_id: str | None = None

    @property
    def name(self) -> str:
        """The last part of the path."""
        return self.path.rsplit("/", 1)[-1]


ENTITY_CLASSES: Mapping[EntityType, type[Entity]] = {
    "folder": Folder,
    "task": Task,
    "product": Product,
    "version": Version,
    "representation": Representation,
    "workfile": Workfile,
}

PARENT_FIELDS: Mapping[EntityType, str] = {
    "folder": "parent_id",
    "task": "folder_id",
    "product": "folder_id",
    "version": "product_id",
    "representation": "version_id",
    "workfile": "task_id",
}
"""Which column holds the parent's id: what events call `parentId`."""

PARENT_TYPES: Mapping[EntityType, EntityType] = {
    "folder": "folder",
    "task": "folder",
    "product": "folder",
    "version": "product",
    "representation": "version",
    "workfile": "task",
}


def parent_id(entity_type: EntityType, entity: Entity) -> str | None:
    """The id of the entity above, as events show it in `parentId`."""
    value: str | None = getattr(entity, PARENT_FIELDS[entity_type])
    return value
