"""What the server derives from what it stores: paths, inherited attributes, latest versions.

Pure answers; nothing is remembered, so nothing can be stale.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from ayon_proxy.demo.catalogue import AttributeDefinition
from ayon_proxy.demo.entities import (
    PARENT_TYPES,
    Entity,
    EntityType,
    Folder,
    Product,
    Representation,
    Task,
    Version,
    Workfile,
    parent_id,
)
from ayon_proxy.demo.project import Project


def ancestors(project: Project, folder: Folder) -> list[Folder]:
    """The folders above, the topmost first."""
    found: list[Folder] = []
    above = folder.parent_id
    while above is not None:
        parent = project.folders[above]
        found.append(parent)
        above = parent.parent_id
    return found[::-1]


def folder_path(project: Project, folder: Folder) -> str:
    """`/shots/sq010/sh0010`."""
    return "".join(f"/{each.name}" for each in (*ancestors(project, folder), folder))


def folder_of(project: Project, entity: Entity) -> Folder | None:
    """The folder an entity lies in; a folder lies in itself. None for a loose workfile."""
    match entity:
        case Folder():
            return entity
        case Task() | Product():
            return project.folders[entity.folder_id]
        case Version():
            return folder_of(project, project.products[entity.product_id])
        case Representation():
            return folder_of(project, project.versions[entity.version_id])
        case Workfile(task_id=str(task_id)):
            return folder_of(project, project.tasks[task_id])
    return None


def entity_path(project: Project, entity: Entity) -> str:
    """The path REST and GraphQL show: that of the parent and the name; a workfile's is its own."""
    match entity:
        case Folder():
            return folder_path(project, entity)
        case Workfile():
            return entity.path
        case Task() | Product():
            parent: Entity = project.folders[entity.folder_id]
        case Version():
            parent = project.products[entity.product_id]
        case Representation():
            parent = project.versions[entity.version_id]
        case _:
            raise TypeError(type(entity))
    return f"{entity_path(project, parent)}/{entity.name}"


def children(project: Project, child_type: EntityType, of: str | None) -> list[Any]:
    """Entities of a type whose parent is `of`, in creation order; None means the project."""
    return [
        each for each in project.table(child_type).values() if parent_id(child_type, each) == of
    ]


def descendants(project: Project, folder: Folder) -> Iterator[Folder]:
    """Every folder below, parents before their children."""
    for child in children(project, "folder", folder.id):
        yield child
        yield from descendants(project, child)


def definitions(
    attributes: Iterable[AttributeDefinition], scope: str
) -> Iterator[AttributeDefinition]:
    """The attributes that entities of a type (or `project`, `user`) have, in their order."""
    return (each for each in attributes if scope in each.scope)


def attrib(
    attributes: Iterable[AttributeDefinition], project: Project, entity: Entity
) -> dict[str, Any]:
    """All attributes of an entity: its own, and for folders and tasks what they inherit.

    Own values come in the order of the definitions, as REST shows them. Only folders and tasks
    inherit, from folders and the project (server.md 1.5).
    """
    match entity:
        case Folder():
            scope, above = "folder", ancestors(project, entity)
        case Task():
            folder = project.folders[entity.folder_id]
            scope, above = "task", [*ancestors(project, folder), folder]
        case _:
            return dict(entity.attrib)
    inherited: dict[str, Any] = {**project.attrib}
    for each in above:
        inherited.update(each.attrib)
    values: dict[str, Any] = {}
    for definition in definitions(attributes, scope):
        name = definition.name
        if name in entity.attrib:
            values[name] = entity.attrib[name]
        elif definition.inherit and inherited.get(name) is not None:
            values[name] = inherited[name]
    return values


def versions_of(project: Project, product_id: str) -> list[Version]:
    """A product's versions by number; hero versions first, as their numbers are negative."""
    return sorted(children(project, "version", product_id), key=lambda each: each.version)


def latest_version(project: Project, product_id: str) -> Version | None:
    """The highest numbered version; a hero version only if there is no other."""
    versions = versions_of(project, product_id)
    return versions[-1] if versions else None


def is_done(project: Project, status: str) -> bool:
    """Whether the anatomy calls a status done."""
    return any(
        each["name"] == status and each.get("state") == "done" for each in project.anatomy.statuses
    )


def latest_done_version(project: Project, product_id: str) -> Version | None:
    """The highest numbered version whose status is done."""
    done = [
        each
        for each in versions_of(project, product_id)
        if each.version >= 0 and is_done(project, each.status)
    ]
    return done[-1] if done else None


def hero_version(project: Project, product_id: str) -> Version | None:
    """The product's hero version."""
    return next(iter(v for v in versions_of(project, product_id) if v.version < 0), None)


def hero_of(project: Project, version: Version) -> Version | None:
    """The hero version made of this version, if it is the one."""
    return next(
        (
            each
            for each in children(project, "version", version.product_id)
            if each.version == -version.version
        ),
        None,
    )


def featured_version(project: Project, product_id: str) -> Version | None:
    """The version a browser shows first: the latest done one, else the hero, else the latest."""
    return (
        latest_done_version(project, product_id)
        or hero_version(project, product_id)
        or latest_version(project, product_id)
    )


def has_versions(project: Project, folder: Folder) -> bool:
    """Whether the folder or any folder below has a published version."""
    within = {folder.id, *(each.id for each in descendants(project, folder))}
    products = {each.id for each in project.products.values() if each.folder_id in within}
    return any(each.product_id in products for each in project.versions.values())


def reviewables(project: Project, version_id: str) -> list[Any]:
    """Activities that publish a reviewable of the version, in creation order."""
    return [
        each
        for each in project.activities.values()
        if each.activity_type == "reviewable"
        and each.active
        and any(r.reference_type == "origin" and r.entity_id == version_id for r in each.references)
    ]


def thumbnail_hash(entity: Entity) -> str:
    """What busts a picture's URL: `data.thumbnailHash`, else the end of the entity's id."""
    return str(entity.data.get("thumbnailHash") or entity.id[-6:])


def parent(project: Project, entity_type: EntityType, entity: Entity) -> Entity | None:
    """The entity above, None at the top."""
    above = parent_id(entity_type, entity)
    return None if above is None else project.entity(PARENT_TYPES[entity_type], above)
