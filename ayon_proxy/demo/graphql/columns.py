"""The columns that query filters may name, by what is filtered."""

from __future__ import annotations

ENTITY = ("id", "status", "attrib", "data", "tags", "active", "created_at", "updated_at")
AUTHORED = (*ENTITY, "created_by", "updated_by")
FOLDER = (*AUTHORED, "name", "label", "folder_type", "parent_id")
TASK_OF_OTHERS = (*AUTHORED, "name", "label", "task_type", "assignees")
TASK = (*TASK_OF_OTHERS, "folder_id", "thumbnail_id")
PRODUCT = (*AUTHORED, "name", "folder_id", "product_type", "product_base_type")
_VERSION = ("version", "product_id", "task_id", "author", "product_type", "product_base_type")
VERSION_OF_PRODUCTS = (*ENTITY, *_VERSION)
VERSION = (*AUTHORED, *_VERSION, "task_type", "folder_type", "hero_version_id")
REPRESENTATION = (
    *("name", "version_id", "files", "traits", "attrib", "data", "status", "tags", "active"),
    *("created_at", "updated_at"),
)
ACTIVITY = (
    *("reference_id", "reference_type", "entity_type", "entity_id", "entity_name"),
    *("activity_id", "activity_type", "body", "tags", "activity_data", "reference_data"),
    *("created_at", "updated_at", "creation_order"),
)
ENTITY_LIST = (
    *("id", "label", "owner", "entity_type", "entity_list_type", "count", "active", "tags"),
    *("data", "created_at", "updated_at", "created_by", "updated_by"),
)
LIST_ITEM = (
    *("id", "entity_id", "position", "label", "attrib", "data", "tags", "folder_path"),
    *("created_at", "updated_at", "created_by", "updated_by"),
)
