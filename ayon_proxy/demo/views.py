"""What REST shows of entities, projects, users and lists: the JSON documents.

Most of the server's answers leave out what is None; those that don't say so here.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from ayon_proxy.demo import derivations
from ayon_proxy.demo.catalogue import AttributeDefinition
from ayon_proxy.demo.entities import Entity, EntityType, Folder
from ayon_proxy.demo.people import User, stored_hash
from ayon_proxy.demo.project import EntityList, ListItem, Project
from ayon_proxy.demo.studio import Studio

# Columns of each type, between `id` and what all types have, in the server's order.
COLUMNS: dict[EntityType, tuple[tuple[str, str], ...]] = {
    "folder": (
        ("name", "name"),
        ("label", "label"),
        ("folderType", "folder_type"),
        ("parentId", "parent_id"),
        ("thumbnailId", "thumbnail_id"),
    ),
    "task": (
        ("name", "name"),
        ("label", "label"),
        ("taskType", "task_type"),
        ("thumbnailId", "thumbnail_id"),
        ("assignees", "assignees"),
        ("folderId", "folder_id"),
    ),
    "product": (
        ("name", "name"),
        ("folderId", "folder_id"),
        ("productType", "product_type"),
        ("productBaseType", "product_base_type"),
    ),
    "version": (
        ("version", "version"),
        ("productId", "product_id"),
        ("taskId", "task_id"),
        ("thumbnailId", "thumbnail_id"),
        ("author", "author"),
    ),
    "representation": (
        ("name", "name"),
        ("versionId", "version_id"),
        ("files", "files"),
        ("traits", "traits"),
    ),
    "workfile": (
        ("taskId", "task_id"),
        ("thumbnailId", "thumbnail_id"),
    ),
}
# Once made, a session's snapshot of a user lists every attribute a user can have as its own.
USER_ATTRIBUTES = ("fullName", "email", "avatarUrl", "developerMode")


def present(document: dict[str, Any]) -> dict[str, Any]:
    """The document without what is None."""
    return {key: value for key, value in document.items() if value is not None}


def entity_view(
    studio: Studio,
    project: Project,
    entity_type: EntityType,
    entity: Entity,
    readable: Collection[str] | None = None,
) -> dict[str, Any]:
    """`GET /api/projects/{project}/{type}s/{id}`; `readable` limits the attributes shown."""
    attrib = derivations.attrib(studio.attributes, project, entity)
    view: dict[str, Any] = {"id": entity.id}
    view.update((key, getattr(entity, column)) for key, column in COLUMNS[entity_type])
    view["path"] = derivations.entity_path(project, entity)
    if isinstance(entity, Folder):
        view["hasVersions"] = derivations.has_versions(project, entity)
    view.update(
        attrib={k: v for k, v in attrib.items() if readable is None or k in readable},
        data=entity.data,
        active=entity.active,
        ownAttrib=list(entity.attrib),
        status=entity.status,
        tags=entity.tags,
        createdBy=entity.created_by,
        updatedBy=entity.updated_by,
        createdAt=entity.created_at,
        updatedAt=entity.updated_at,
    )
    return present(view)


def project_view(project: Project) -> dict[str, Any]:
    """`GET /api/projects/{project}`."""
    anatomy = project.anatomy
    return present(
        {
            "name": project.name,
            "code": project.code,
            "label": project.label,
            "library": project.library,
            "folderTypes": anatomy.folder_types,
            "taskTypes": anatomy.task_types,
            "linkTypes": anatomy.link_types,
            "statuses": anatomy.statuses,
            "tags": anatomy.tags,
            "config": {
                "entityNaming": anatomy.entity_naming,
                "productBaseTypes": anatomy.product_base_types,
                "roots": anatomy.roots,
                "templates": anatomy.templates,
            },
            "attrib": project.attrib,
            "data": project.data,
            "active": project.active,
            "ownAttrib": sorted(project.attrib),
            "createdAt": project.created_at,
            "updatedAt": project.updated_at,
        }
    )


def user_view(user: User, *, own: bool = False) -> dict[str, Any]:
    """A user as managers and the user himself see it; `own` is `users/me`, of the session."""
    view: dict[str, Any] = {"name": user.name}
    if own:
        view["uiExposureLevel"] = exposure_level(user)
    return {
        **view,
        "attrib": present(user.attrib),
        "data": _user_data(user),
        "active": user.active,
        "ownAttrib": list(USER_ATTRIBUTES) if own else list(user.attrib),
        "createdAt": user.created_at,
        "updatedAt": user.updated_at,
    }


def user_record(user: User) -> dict[str, Any]:
    """The whole record, None included, as login and the session list give it."""
    return {
        **user_view(user),
        "uiExposureLevel": None,
        "attrib": {name: user.attrib.get(name) for name in USER_ATTRIBUTES},
    }


def _user_data(user: User) -> dict[str, Any]:
    """Upstream shows the hash of the password or API key to its owner (observed.md)."""
    data = dict(user.data)
    if user.is_service:
        data.setdefault("apiKey", stored_hash(f"key of {user.name}"))
        data.setdefault("apiKeyPreview", "xxxx***xxxx")
    elif user.password is not None:
        data.setdefault("password", stored_hash(user.password))
    return data


def exposure_level(user: User) -> int:
    """How much of its interface the web client shows: 900 to managers, 500 to others."""
    return 900 if user.is_manager else 500


def attribute_view(definition: AttributeDefinition) -> dict[str, Any]:
    """An attribute as `GET /api/attributes` gives it, None included."""
    return {
        "name": definition.name,
        "position": definition.position,
        "scope": definition.scope,
        "data": definition.data,
        "builtin": definition.builtin,
    }


def attribute_summary(definition: AttributeDefinition) -> dict[str, Any]:
    """An attribute as `GET /api/info` gives it, at every level without what is None."""
    data = present(definition.data)
    if "enum" in data:
        data["enum"] = [present(choice) for choice in data["enum"]]
    return {**attribute_view(definition), "data": data}


def list_view(entity_list: EntityList, *, with_items: bool = True) -> dict[str, Any]:
    """`GET …/lists/{id}`, None included."""
    return {
        "id": entity_list.id,
        "entityListType": entity_list.entity_list_type,
        "entityListFolderId": entity_list.entity_list_folder_id,
        "entityType": entity_list.entity_type,
        "label": entity_list.label,
        "access": entity_list.access,
        "attrib": entity_list.attrib,
        "data": entity_list.data,
        "template": entity_list.template,
        "tags": entity_list.tags,
        "items": [_item_view(item) for item in entity_list.items] if with_items else [],
        "owner": entity_list.owner,
        "createdBy": entity_list.created_by,
        "updatedBy": entity_list.updated_by,
        "createdAt": entity_list.created_at,
        "updatedAt": entity_list.updated_at,
        "active": entity_list.active,
        "accessLevel": 30,
    }


def _item_view(item: ListItem) -> dict[str, Any]:
    return {
        "id": item.id,
        "entityId": item.entity_id,
        "position": item.position,
        "label": item.label,
        "attrib": item.attrib,
        "data": item.data,
        "tags": item.tags,
        "folderPath": item.folder_path,
        "createdBy": item.created_by,
        "updatedBy": item.updated_by,
        "createdAt": item.created_at,
        "updatedAt": item.updated_at,
    }
