"""Reviewables: what versions have to look at, by version, product, task, folder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo import derivations, rights
from ayon_proxy.demo.asking import entity_id_of, project_of, studio_of
from ayon_proxy.demo.entities import Entity, EntityType, Version
from ayon_proxy.demo.errors import CrashedError
from ayon_proxy.demo.project import Activity, Project
from ayon_proxy.demo.rest.entity_reads import entity_of, require_reading
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.views import present

PLAYABLE = ("image/jpeg", "image/png", "video/webm")


def reviewables_of(
    studio: Studio,
    project: Project,
    version: Version,
    readable: frozenset[str] | None = None,
) -> dict[str, Any]:
    """A version with its reviewables, in the order they were sorted or made, and with the
    attributes that may be read; None: all."""
    product = project.products[version.product_id]
    activities = derivations.reviewables(project, version.id)
    activities.sort(key=lambda each: each.data.get("reviewableOrder") or 0)
    return {
        "id": version.id,
        "name": version.name,
        "version": str(version.version),
        "status": version.status,
        "productId": product.id,
        "productName": product.name,
        "productType": product.product_type,
        "attrib": {
            name: value
            for name, value in version.attrib.items()
            if readable is None or name in readable
        },
        "reviewables": [
            _view(studio, project, activity, file_id)
            for activity in activities
            for file_id in files_of(activity)
            if file_id in project.files
        ],
    }


def files_of(activity: Activity) -> list[str]:
    """The ids of an activity's files; `activityData` describes them too."""
    described = [each["id"] for each in activity.data.get("files", [])]
    return list(dict.fromkeys([*activity.file_ids, *described]))


def _view(studio: Studio, project: Project, activity: Activity, file_id: str) -> dict[str, Any]:
    file = project.files[file_id]
    author = studio.users.get(activity.author or "")
    return {
        "fileId": file.id,
        "activityId": activity.id,
        "filename": file.filename,
        "label": activity.data.get("reviewableLabel"),
        "mimetype": file.content_type,
        "availability": file.data.get("availability")
        or ("ready" if file.content_type in PLAYABLE else "conversionRecommended"),
        "mediaInfo": file.data.get("mediaInfo"),
        "createdFrom": file.data.get("createdFrom"),
        "processing": None,
        "createdAt": activity.created_at,
        "updatedAt": activity.updated_at,
        "author": present(
            {
                "name": activity.author,
                "fullName": author.attrib.get("fullName") if author else None,
            }
        ),
    }


def _versions_of(project: Project, entity_type: EntityType, entity_id: str) -> list[Version]:
    if entity_type == "product":
        return derivations.versions_of(project, entity_id)
    if entity_type == "task":
        mine = [each for each in project.versions.values() if each.task_id == entity_id]
        return sorted(mine, key=lambda each: each.version)
    return sorted(
        (
            version
            for product in derivations.children(project, "product", entity_id)
            for version in derivations.versions_of(project, product.id)
        ),
        key=lambda each: each.version,
    )


def _reading(entity_type: EntityType) -> Callable[[Request], Any]:
    def answer(request: Request) -> Any:
        entity_id = entity_id_of(request, f"{entity_type}_id")
        caller, project = project_of(request)
        studio = studio_of(request)
        entity = entity_of(project, entity_type, entity_id)
        if caller.is_guest:
            return _in_review_sessions(entity)
        require_reading(studio, caller, project, entity)
        readable = rights.readable_attributes(studio, caller.user, project)
        if isinstance(entity, Version):
            return reviewables_of(studio, project, entity, readable)
        versions = _versions_of(project, entity_type, entity_id)
        return [reviewables_of(studio, project, each, readable) for each in versions]

    return answer


def _in_review_sessions(entity: Entity) -> list[Any]:
    """What guests are shown: nothing, since there are no review sessions here."""
    if isinstance(entity, Version):
        raise CrashedError("IndexError: list index out of range")
    return []


_KINDS: tuple[EntityType, ...] = ("version", "product", "task", "folder")
routes: list[Route] = [
    get(f"/api/projects/{{project_name}}/{kind}s/{{{kind}_id}}/reviewables", _reading(kind))
    for kind in _KINDS
]
