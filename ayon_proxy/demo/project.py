"""A project: its entities by type, what hangs on them, and its anatomy."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count
from typing import Any, TypeVar

from ayon_proxy.demo.entities import (
    ENTITY_CLASSES,
    ENTITY_TYPES,
    Entity,
    EntityType,
    Folder,
    Product,
    Representation,
    Task,
    Version,
    Workfile,
)

E = TypeVar("E", bound=Entity)

PICTURED_TYPES: tuple[EntityType, ...] = ("folder", "task", "version", "workfile")
"""Those that have a thumbnail."""


@dataclass(kw_only=True, slots=True)
class Link:
    """A link between two entities; they may be gone, the server leaves such links dangling."""

    id: str
    link_type: str
    """The name alone (`reference`); with both types it is the name of a `LinkType`."""
    input_type: EntityType
    output_type: EntityType
    input_id: str
    output_id: str
    created_at: datetime
    name: str | None = None
    author: str | None = None
    data: dict[str, Any] = field(default_factory=dict)
    creation_order: int = 0

    @property
    def type_name(self) -> str:
        """The name of its `LinkType`: `reference|version|version`."""
        return f"{self.link_type}|{self.input_type}|{self.output_type}"


@dataclass(kw_only=True, slots=True)
class ListItem:
    """An entity's place in a list."""

    id: str
    entity_id: str
    position: int
    created_at: datetime
    updated_at: datetime
    label: str | None = None
    attrib: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    folder_path: str = ""
    created_by: str | None = None
    updated_by: str | None = None


@dataclass(kw_only=True, slots=True)
class EntityList:
    """A hand-made list of entities, review sessions among them."""

    id: str
    label: str
    entity_type: EntityType
    created_at: datetime
    updated_at: datetime
    entity_list_type: str = "generic"
    entity_list_folder_id: str | None = None
    access: dict[str, Any] = field(default_factory=dict)
    attrib: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    template: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    items: list[ListItem] = field(default_factory=list)
    attributes: list[dict[str, Any]] = field(default_factory=list)
    """Definitions of the list's own item attributes (`GET …/lists/{id}/attributes`)."""
    owner: str | None = None
    created_by: str | None = None
    updated_by: str | None = None
    active: bool = True
    creation_order: int = 0


@dataclass(kw_only=True, slots=True)
class Reference:
    """Why an activity shows up in an entity's feed or a user's inbox.

    `reference_type` is `origin`, `mention`, `relation`, `author` or `watching`;
    `entity_type` is an entity type or `user`, and then `entity_name` is set instead of `entity_id`.
    """

    id: str
    reference_type: str
    entity_type: str
    entity_id: str | None = None
    entity_name: str | None = None
    active: bool = True
    read: bool = False


@dataclass(kw_only=True, slots=True)
class Activity:
    """A comment, a status change, a publish, a reviewable, a watch.

    `data` is what the server shows as `activityData`: origin, author, files, reactions …
    """

    id: str
    activity_type: str
    body: str
    author: str | None
    created_at: datetime
    updated_at: datetime
    data: dict[str, Any] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)
    references: list[Reference] = field(default_factory=list)
    file_ids: list[str] = field(default_factory=list)
    active: bool = True
    creation_order: int = 0


@dataclass(kw_only=True, slots=True)
class ProjectFile:
    """An uploaded file of a project: a comment's attachment or a reviewable. Size in bytes."""

    id: str
    filename: str
    content_type: str
    content: bytes
    created_at: datetime
    author: str | None = None
    activity_id: str | None = None
    data: dict[str, Any] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Bytes."""
        return len(self.content)


@dataclass(kw_only=True, slots=True)
class Thumbnail:
    """A picture that entities refer to by id: what was uploaded, and the small one."""

    id: str
    content_type: str
    original: bytes
    small: bytes
    created_at: datetime


@dataclass(kw_only=True, slots=True)
class Anatomy:
    """The vocabulary of a project, each list in the order that is shown.

    The dictionaries are as `GET /api/projects/{project}` shows them (`name`, `color`, …);
    `link_types` have `name, linkType, inputType, outputType, data`.
    """

    folder_types: list[dict[str, Any]] = field(default_factory=list)
    task_types: list[dict[str, Any]] = field(default_factory=list)
    statuses: list[dict[str, Any]] = field(default_factory=list)
    tags: list[dict[str, Any]] = field(default_factory=list)
    link_types: list[dict[str, Any]] = field(default_factory=list)
    roots: dict[str, dict[str, str]] = field(default_factory=dict)
    """Root name → platform (`windows`, `linux`, `darwin`) → path."""
    templates: dict[str, Any] = field(default_factory=dict)
    entity_naming: dict[str, Any] = field(default_factory=dict)
    product_base_types: dict[str, Any] = field(default_factory=dict)


@dataclass(kw_only=True, slots=True)
class Project:
    """A project and everything in it. Tables are `id → record`, in creation order."""

    name: str
    code: str
    created_at: datetime
    updated_at: datetime
    library: bool = False
    active: bool = True
    label: str | None = None
    attrib: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    anatomy: Anatomy = field(default_factory=Anatomy)
    folders: dict[str, Folder] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    products: dict[str, Product] = field(default_factory=dict)
    versions: dict[str, Version] = field(default_factory=dict)
    representations: dict[str, Representation] = field(default_factory=dict)
    workfiles: dict[str, Workfile] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    lists: dict[str, EntityList] = field(default_factory=dict)
    list_folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    activities: dict[str, Activity] = field(default_factory=dict)
    files: dict[str, ProjectFile] = field(default_factory=dict)
    thumbnails: dict[str, Thumbnail] = field(default_factory=dict)
    site_roots: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)
    """(site id, user name) → root name → path."""
    thumbnail: Thumbnail | None = None
    """The project's own picture: no event tells of it."""
    settings_overrides: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    """(addon name, addon version, variant) → overrides for this project."""
    bundle: dict[str, Any] = field(default_factory=dict)
    """Variant → name of the bundle frozen for this project."""
    serial: count[int] = field(default_factory=lambda: count(1))

    def table(self, entity_type: EntityType) -> dict[str, Any]:
        """All entities of one type by id."""
        table: dict[str, Any] = getattr(self, f"{entity_type}s")
        return table

    def entity(self, entity_type: EntityType, entity_id: str) -> Entity | None:
        """One entity, or None."""
        found: Entity | None = self.table(entity_type).get(entity_id)
        return found

    def add(self, entity: E) -> E:
        """Put an entity last in its table, with the next creation order of the table."""
        entity_type = next(kind for kind in ENTITY_TYPES if type(entity) is ENTITY_CLASSES[kind])
        table = self.table(entity_type)
        if not entity.creation_order:
            last = next(reversed(table.values()), None)
            entity.creation_order = (last.creation_order if last else 0) + 1
        table[entity.id] = entity
        return entity

    def drop_thumbnail(self, thumbnail_id: str) -> None:
        """Delete a picture as the database does: whoever shows it shows none (server.md 1.5).

        No request does this to a picture that anything shows. There is no event, and no
        `updatedAt` moves. Raises KeyError for one that is not there.
        """
        del self.thumbnails[thumbnail_id]
        for entity_type in PICTURED_TYPES:
            table = self.table(entity_type)
            for entity in list(table.values()):
                if entity.thumbnail_id == thumbnail_id:
                    table[entity.id] = replace(entity, thumbnail_id=None)
