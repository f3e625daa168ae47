"""Which columns of an entity a client may write, and which event tells of a change (server.md 1.3).

A column whose event is None changes in silence: `updatedAt` moves, nobody is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from ayon_proxy.demo.entities import EntityType


@dataclass(frozen=True, slots=True)
class Column:
    """A column by its name in JSON and in `entities`; `topic` ends the event's topic."""

    json: str
    field: str
    topic: str | None


_NAME = Column("name", "name", "renamed")
_LABEL = Column("label", "label", "label_changed")
_THUMBNAIL = Column("thumbnailId", "thumbnail_id", "thumbnail_changed")
_FOLDER = Column("folderId", "folder_id", "folder_changed")
_TASK = Column("taskId", "task_id", "task_changed")

# Upstream announces one change after the other in this order; tags come a second time, last.
_FIRST = (
    Column("active", "active", "active_changed"),
    Column("status", "status", "status_changed"),
    Column("tags", "tags", "tags_changed"),
    Column("attrib", "attrib", "attrib_changed"),
    Column("data", "data", "data_changed"),
)

COLUMNS: Mapping[EntityType, tuple[Column, ...]] = {
    "folder": (
        _NAME,
        *_FIRST,
        _LABEL,
        Column("folderType", "folder_type", "type_changed"),
        Column("parentId", "parent_id", "parent_changed"),
        _THUMBNAIL,
    ),
    "task": (
        _NAME,
        *_FIRST,
        _LABEL,
        Column("taskType", "task_type", "type_changed"),
        _FOLDER,
        Column("assignees", "assignees", "assignees_changed"),
        _THUMBNAIL,
    ),
    "product": (
        _NAME,
        *_FIRST,
        _FOLDER,
        Column("productType", "product_type", "product_type_changed"),
        Column("productBaseType", "product_base_type", None),
    ),
    "version": (
        *_FIRST,
        Column("version", "version", None),
        Column("productId", "product_id", "product_changed"),
        _TASK,
        Column("author", "author", "author_changed"),
        _THUMBNAIL,
    ),
    "representation": (
        _NAME,
        *_FIRST,
        Column("versionId", "version_id", "version_changed"),
        Column("files", "files", None),
        Column("traits", "traits", None),
    ),
    "workfile": (
        *_FIRST,
        Column("path", "path", None),
        _TASK,
        _THUMBNAIL,
    ),
}


@dataclass(frozen=True, slots=True)
class ForeignKey:
    """A column that names a row of another table of the project's database."""

    field: str
    table: str


FOREIGN_KEYS: Mapping[EntityType, tuple[ForeignKey, ...]] = {
    "folder": (ForeignKey("parent_id", "folders"),),
    "task": (ForeignKey("folder_id", "folders"),),
    "product": (ForeignKey("folder_id", "folders"),),
    "version": (ForeignKey("product_id", "products"), ForeignKey("task_id", "tasks")),
    "representation": (ForeignKey("version_id", "versions"),),
    "workfile": (ForeignKey("task_id", "tasks"),),
}

REQUIRED: Mapping[EntityType, tuple[str, ...]] = {
    "folder": ("name",),
    "task": ("name", "taskType", "folderId"),
    "product": ("name", "folderId", "productType"),
    "version": ("version", "productId"),
    "representation": ("name", "versionId"),
    "workfile": ("path",),
}
"""JSON names without which nothing is created."""
