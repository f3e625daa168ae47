"""One entity by id: `GET /api/projects/{project}/{type}s/{id}`."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo import rights
from ayon_proxy.demo.asking import entity_id_of, project_of, studio_of
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.derivations import folder_of, folder_path
from ayon_proxy.demo.entities import ENTITY_TYPES, Entity, EntityType
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.routing import Answering, get
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.views import entity_view


def entity_of(project: Project, entity_type: EntityType, entity_id: str) -> Entity:
    """The entity. Raises AyonError 404."""
    found = project.entity(entity_type, entity_id)
    if found is None:
        raise AyonError(404, f"Entity {entity_id} not found")
    return found


def require_reading(studio: Studio, caller: Caller, project: Project, entity: Entity) -> None:
    """Raises AyonError 403 when the entity's folder is outside of what the caller may read."""
    access = rights.folder_access(studio, caller.user, project)
    folder = folder_of(project, entity)
    if access is not None and folder and not access.allows(folder_path(project, folder)):
        raise AyonError(403, "Entity access denied")


def _reading(entity_type: EntityType) -> Answering:
    def answer(request: Request) -> dict[str, Any]:
        entity_id = entity_id_of(request, f"{entity_type}_id")
        caller, project = project_of(request)
        entity = entity_of(project, entity_type, entity_id)
        studio = studio_of(request)
        require_reading(studio, caller, project, entity)
        readable = rights.readable_attributes(studio, caller.user, project)
        return entity_view(studio, project, entity_type, entity, readable)

    return answer


routes: list[Route] = [
    get(
        f"/api/projects/{{project_name}}/{entity_type}s/{{{entity_type}_id}}",
        _reading(entity_type),
    )
    for entity_type in ENTITY_TYPES
]
