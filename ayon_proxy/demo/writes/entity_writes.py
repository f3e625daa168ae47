"""REST: create, change and delete entities; here events come before the answer (server.md 1.1)."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer, no_content
from ayon_proxy.demo.asking import body_of, entity_id_of, project_of, studio_of
from ayon_proxy.demo.entities import ENTITY_TYPES, EntityType, Task
from ayon_proxy.demo.errors import InvalidRequestError
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes import changes
from ayon_proxy.demo.writes.announcing import record_assignment
from ayon_proxy.demo.writes.constraints import faults_of
from ayon_proxy.demo.writes.edit import Announcement, Edit


def edit_of(request: Request) -> Edit:
    """An edit of the project in the path, by the caller. Raises AyonError 401, 403, 404."""
    caller, project = project_of(request)
    return Edit(studio_of(request), project, caller)


async def create(request: Request, entity_type: EntityType) -> Response:
    """`POST /api/projects/{project}/{type}s`."""
    edit = edit_of(request)
    data = await _data(request, edit, entity_type, creating=True)
    entity_id = changes.create(edit, entity_type, data)
    edit.announce()
    return json_answer({"id": entity_id}, 201)


async def change(request: Request, entity_type: EntityType) -> Response:
    """`PATCH /api/projects/{project}/{type}s/{id}`."""
    edit = edit_of(request)
    entity_id = entity_id_of(request, f"{entity_type}_id")
    data = await _data(request, edit, entity_type, creating=False)
    changes.change(edit, entity_type, entity_id, data)
    edit.announce()
    return no_content()


async def delete(request: Request, entity_type: EntityType) -> Response:
    """`DELETE /api/projects/{project}/{type}s/{id}`; a folder's takes `?force=true`."""
    edit = edit_of(request)
    entity_id = entity_id_of(request, f"{entity_type}_id")
    force = request.query_params.get("force", "").lower() in {"true", "1"}
    changes.delete(edit, entity_type, entity_id, force=force)
    edit.announce()
    return no_content()


async def _data(
    request: Request, edit: Edit, entity_type: EntityType, *, creating: bool
) -> dict[str, Any]:
    data: dict[str, Any] = await body_of(request)
    faults = faults_of(edit.studio, entity_type, data, creating=creating)
    if faults:
        placed = [{**each, "loc": ["body", *each["loc"]]} for each in faults]
        raise InvalidRequestError(request.method, request.url.path, placed)
    return data


async def assign(request: Request) -> Response:
    """`POST …/tasks/{id}/assign`: its event has neither path nor value (observed.md)."""
    edit = edit_of(request)
    task = edit.entity("task", entity_id_of(request, "task_id"))
    assert isinstance(task, Task)  # noqa: S101 - the table holds nothing else
    data = await body_of(request)
    mode, users = data["mode"], data["users"]
    rest = [each for each in task.assignees if each not in users]
    after = {"add": [*rest, *users], "remove": rest, "set": users}[mode]
    edit.project.tasks[task.id] = replace(task, assignees=after, updated_at=edit.now)
    edit.announcements.append(
        Announcement(
            topic="entity.task.assignees_changed",
            description=f"Changed task {task.name} assignees",
            summary={"entityId": task.id, "parentId": task.folder_id},
            payload={"oldValue": task.assignees, "newValue": after},
            then=partial(record_assignment, edit, task, task.assignees, after),
        )
    )
    edit.announce()
    return no_content()


def _routes_of(entity_type: EntityType) -> list[Route]:
    every = f"/api/projects/{{project_name}}/{entity_type}s"
    one = f"{every}/{{{entity_type}_id}}"
    return [
        route("POST", every, partial(create, entity_type=entity_type)),
        route("PATCH", one, partial(change, entity_type=entity_type)),
        route("DELETE", one, partial(delete, entity_type=entity_type)),
    ]


routes: list[Route] = [
    *(each for entity_type in ENTITY_TYPES for each in _routes_of(entity_type)),
    route("POST", "/api/projects/{project_name}/tasks/{task_id}/assign", assign),
]
