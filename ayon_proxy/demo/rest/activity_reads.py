"""Watchers, and whom a comment could mention."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import body_of, entity_id_of, project_of, studio_of
from ayon_proxy.demo.derivations import children, folder_of
from ayon_proxy.demo.entities import ENTITY_TYPES, Entity, Folder, Task, Version
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.entity_reads import entity_of, require_reading
from ayon_proxy.demo.rest.routing import get, post
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.views import present
from ayon_proxy.demo.watching import watchers


def watching(request: Request) -> dict[str, Any]:
    """`GET …/{type}/{id}/watchers`; the type in singular or plural. Guests are shown none."""
    entity_id = entity_id_of(request, "entity_id")
    kind = request.path_params["entity_type"].removesuffix("s")
    caller, project = project_of(request)
    found = next((each for each in ENTITY_TYPES if each == kind), None)
    if found is None:
        path = request.url.path
        raise AyonError(404, f"API endpoint {path} not found", path=path)
    if caller.is_guest:
        return {"watchers": []}
    require_reading(studio_of(request), caller, project, entity_of(project, found, entity_id))
    return {"watchers": sorted(watchers(project, entity_id))}


async def suggestions(request: Request) -> dict[str, Any]:
    """`POST …/suggest`: users, teams, and the tasks and versions near an entity.

    Relevance is only an approximation: the activities of a user on the entity.
    """
    caller, project = project_of(request)
    asked = await body_of(request)
    entity = entity_of(project, asked["entity_type"], asked["entity_id"])
    studio = studio_of(request)
    relevance = {
        name: sum(
            activity.author == name
            and any(each.entity_id == entity.id for each in activity.references)
            for activity in project.activities.values()
        )
        for name, user in studio.users.items()
        if (user.is_manager or user.access_groups.get(project.name))
        and (caller.is_manager or not user.is_service)
    }
    by_relevance = sorted(relevance.items(), key=lambda each: -each[1])
    return {
        "users": [_user(studio, name, float(value)) for name, value in by_relevance],
        "teams": [
            {"relevance": 0.0, "name": each["name"]} for each in project.data.get("teams", [])
        ],
        **_nearby(project, entity),
    }


def _user(studio: Studio, name: str, relevance: float) -> dict[str, Any]:
    full_name = studio.users[name].attrib.get("fullName")
    return present({"relevance": relevance, "name": name, "fullName": full_name})


def _nearby(project: Project, entity: Entity) -> dict[str, Any]:
    folder = folder_of(project, entity)
    tasks: list[Task] = children(project, "task", folder.id) if folder else []
    if isinstance(entity, Version):
        versions = [
            each for each in children(project, "version", entity.product_id) if each is not entity
        ]
    elif isinstance(entity, Task):
        versions = [each for each in project.versions.values() if each.task_id == entity.id]
    else:
        versions = []
    of_task = isinstance(entity, Task)
    return {
        "tasks": [_task(project, each, with_thumbnail=of_task) for each in tasks],
        "versions": [_version(project, each, with_created=not of_task) for each in versions],
    }


def _task(project: Project, task: Task, *, with_thumbnail: bool) -> dict[str, Any]:
    folder = project.folders[task.folder_id]
    return present(
        {
            "createdAt": task.created_at,
            "relevance": 0.0,
            "id": task.id,
            "taskType": task.task_type,
            "name": task.name,
            "label": task.label,
            "thumbnailId": folder.thumbnail_id if with_thumbnail else None,
            "parent": _folder(folder),
        }
    )


def _folder(folder: Folder) -> dict[str, Any]:
    return present(
        {
            "createdAt": folder.created_at,
            "id": folder.id,
            "folderType": folder.folder_type,
            "name": folder.name,
            "label": folder.label,
            "thumbnailId": folder.thumbnail_id,
        }
    )


def _version(project: Project, version: Version, *, with_created: bool) -> dict[str, Any]:
    product = project.products[version.product_id]
    return {
        "createdAt": version.created_at,
        "relevance": 0.0,
        "id": version.id,
        "version": version.version,
        "parent": {
            **({"createdAt": product.created_at} if with_created else {}),
            "id": product.id,
            "name": product.name,
            "productType": product.product_type,
        },
        "name": version.name,
    }


routes: list[Route] = [
    get("/api/projects/{project_name}/{entity_type}/{entity_id}/watchers", watching),
    post("/api/projects/{project_name}/suggest", suggestions),
]
