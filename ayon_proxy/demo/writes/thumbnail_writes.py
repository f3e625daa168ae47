"""Pictures: their events are only broadcast, and carry a hash (server.md 0.3, 1.3).

A version's picture changes those of its folder and task as well. The hashes in the answer are
not those that are stored (mutations/thumbnails).
"""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from secrets import token_hex
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import entity_id_of
from ayon_proxy.demo.entities import Entity, EntityType, Version
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.pictures import thumbnail
from ayon_proxy.demo.project import Thumbnail
from ayon_proxy.demo.rest.folder_rows import rebuild
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes.edit import Edit, before_commit, forget_picture
from ayon_proxy.demo.writes.entity_writes import edit_of

PROJECT_THUMBNAIL_ID = "0" * 32


async def create(request: Request) -> dict[str, Any]:
    """`POST …/thumbnails`: a picture that belongs to nothing yet."""
    edit = edit_of(request)
    uploaded = await _uploaded(request, edit, edit.studio.new_id())
    edit.project.thumbnails[uploaded.id] = uploaded
    return {"id": uploaded.id, "affectedEntities": []}


async def put(request: Request) -> dict[str, Any]:
    """`PUT …/thumbnails/{thumbnail_id}`: other bytes under the same id."""
    edit = edit_of(request)
    if not edit.caller.is_manager:
        raise AyonError(403, "Only managers can update arbitrary thumbnails")
    uploaded = await _uploaded(request, edit, request.path_params["thumbnail_id"])
    known = edit.project.thumbnails.get(uploaded.id)
    if known is not None:
        uploaded.created_at = known.created_at
    affected: list[tuple[EntityType, Entity]] = []
    for entity_type in _TYPES:
        for entity in edit.project.table(entity_type).values():
            if getattr(entity, "thumbnail_id", None) == uploaded.id:
                affected += affected_by(edit, entity_type, entity)
    return _told(uploaded.id, await show(edit, uploaded, affected))


async def create_for(request: Request, entity_type: EntityType) -> dict[str, Any]:
    """`POST …/{type}s/{id}/thumbnail`: a new id each time."""
    edit = edit_of(request)
    entity = edit.entity(entity_type, entity_id_of(request, f"{entity_type}_id"))
    uploaded = await _uploaded(request, edit, edit.studio.new_id())
    affected = affected_by(edit, entity_type, entity)
    return _told(uploaded.id, await show(edit, uploaded, affected, of=(entity_type, entity)))


async def create_for_project(request: Request) -> dict[str, Any]:
    """`POST …/thumbnail`: nobody is told."""
    edit = edit_of(request)
    edit.project.thumbnail = await _uploaded(request, edit, PROJECT_THUMBNAIL_ID)
    return {"id": PROJECT_THUMBNAIL_ID, "affectedEntities": None}


def picture(thumbnail_id: str, content: bytes, content_type: str, edit: Edit) -> Thumbnail:
    """A thumbnail of an uploaded picture. Raises AyonError 415 for what is none."""
    if content_type not in ("image/png", "image/jpeg"):
        raise AyonError(415, "Thumbnail must be in png or jpeg format")
    if not content:
        raise AyonError(415, "Thumbnail cannot be empty")
    try:
        return thumbnail(thumbnail_id, content, content_type, edit.now)
    except ValueError as error:
        raise AyonError(415, "Invalid image format") from error


async def _uploaded(request: Request, edit: Edit, thumbnail_id: str) -> Thumbnail:
    content_type = request.headers.get("content-type", "")
    return picture(thumbnail_id, await request.body(), content_type, edit)


def affected_by(
    edit: Edit, entity_type: EntityType, entity: Entity
) -> list[tuple[EntityType, Entity]]:
    """The entities that show the picture of this one: itself, a version's folder and task."""
    affected: list[tuple[EntityType, Entity]] = [(entity_type, entity)]
    if isinstance(entity, Version):
        product = edit.project.products[entity.product_id]
        affected.append(("folder", edit.project.folders[product.folder_id]))
        if entity.task_id is not None:
            affected.append(("task", edit.project.tasks[entity.task_id]))
    return affected


def _told(thumbnail_id: str, affected: list[tuple[EntityType, Entity]]) -> dict[str, Any]:
    return {
        "id": thumbnail_id,
        "affectedEntities": [
            {
                "entityType": entity_type,
                "entityId": entity.id,
                "thumbnailHash": token_hex(3),
                "thumbnailId": None,
            }
            for entity_type, entity in affected
        ],
    }


async def show(
    edit: Edit,
    uploaded: Thumbnail,
    affected: list[tuple[EntityType, Entity]],
    *,
    of: tuple[EntityType, Entity] | None = None,
) -> list[tuple[EntityType, Entity]]:
    """Store a picture, that of an entity if given, and tell of all who show it; they are answered.

    What was remembered is forgotten and everybody is told before the transaction commits
    (server.md 0.3). Nothing of it is stored as an event.
    """
    moment = edit.now
    hashes = [(kind, each.id, token_hex(3)) for kind, each in sorted(affected, key=lambda e: e[0])]
    for entity_type, entity_id, thumbnail_hash in hashes:
        forget_picture(edit, entity_id)
        edit.dispatch(
            "thumbnail.updated",
            description="Thumbnail updated",
            summary={
                "entityType": entity_type,
                "entityId": entity_id,
                "thumbnailHash": thumbnail_hash,
            },
            store=False,
        )
    await before_commit(edit.studio, "thumbnail.updated")
    edit.project.thumbnails[uploaded.id] = uploaded
    for entity_type, entity_id, thumbnail_hash in hashes:
        entity: Any = edit.project.entity(entity_type, entity_id)
        if entity is None:
            continue  # deleted meanwhile
        own = {} if of is None or of[1].id != entity_id else {"thumbnail_id": uploaded.id}
        data = {**entity.data, "thumbnailHash": thumbnail_hash}
        edit.project.table(entity_type)[entity_id] = replace(
            entity, data=data, updated_at=moment, **own
        )
    rebuild(edit.studio, edit.project)
    return affected


_TYPES: tuple[EntityType, ...] = ("folder", "task", "version", "workfile")
_PROJECT = "/api/projects/{project_name}"
routes: list[Route] = [
    route("POST", f"{_PROJECT}/thumbnails", create),
    route("PUT", f"{_PROJECT}/thumbnails/{{thumbnail_id}}", put),
    route("POST", f"{_PROJECT}/thumbnail", create_for_project),
    *(
        route(
            "POST",
            f"{_PROJECT}/{entity_type}s/{{{entity_type}_id}}/thumbnail",
            partial(create_for, entity_type=entity_type),
        )
        for entity_type in _TYPES
    ),
]
