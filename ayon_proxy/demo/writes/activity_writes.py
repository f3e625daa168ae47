"""Comments, reactions, watchers, the inbox."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo import watching
from ayon_proxy.demo.answers import json_answer, no_content
from ayon_proxy.demo.asking import body_of, caller_of, studio_of
from ayon_proxy.demo.entities import ENTITY_TYPES, Entity, EntityType
from ayon_proxy.demo.errors import AyonError, CrashedError
from ayon_proxy.demo.project import Activity
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes import activities
from ayon_proxy.demo.writes.edit import Edit
from ayon_proxy.demo.writes.entity_writes import edit_of


async def create(request: Request) -> Response:
    """`POST …/{type}/{id}/activities`. Raises AyonError 404 for an unknown entity."""
    edit = edit_of(request)
    entity_type, entity = _entity(edit, request)
    given = await body_of(request)
    return json_answer({"id": _comment(edit, entity_type, entity, given).id}, 201)


async def batch(request: Request) -> dict[str, Any]:
    """`POST …/operations/activities`."""
    edit = edit_of(request)
    results: list[dict[str, Any]] = []
    for operation in (await body_of(request))["operations"]:
        result = {
            "id": operation.get("id"),
            "type": operation["type"],
            "success": True,
            "status": None,
            "detail": None,
            "activityId": operation.get("activityId"),
        }
        try:
            result["activityId"] = await _perform(edit, operation)
        except AyonError as error:
            result.update(success=False, status=error.status, detail=error.detail)
        results.append(result)
    return {"operations": results, "success": all(each["success"] for each in results)}


async def _perform(edit: Edit, operation: dict[str, Any]) -> str:
    data, activity_id = operation.get("data") or {}, operation.get("activityId")
    if operation["type"] == "create":
        entity_type: EntityType = data["entityType"]
        return _comment(edit, entity_type, edit.entity(entity_type, data["entityId"]), data).id
    if operation["type"] == "update":
        await activities.change_activity(edit, str(activity_id), data)
    else:
        await activities.remove_activity(edit, str(activity_id))
    return str(activity_id)


async def change(request: Request) -> Response:
    """`PATCH …/activities/{activity_id}`."""
    given = await body_of(request)
    await activities.change_activity(edit_of(request), request.path_params["activity_id"], given)
    return no_content()


async def delete(request: Request) -> Response:
    """`DELETE …/activities/{activity_id}`."""
    await activities.remove_activity(edit_of(request), request.path_params["activity_id"])
    return no_content()


async def add_reaction(request: Request) -> Response:
    """`POST …/activities/{activity_id}/reactions`: its event is only broadcast."""
    reaction = (await body_of(request))["reaction"]
    edit = edit_of(request)
    activities.react(edit, request.path_params["activity_id"], reaction, add=True)
    return json_answer(None, 201)


async def remove_reaction(request: Request) -> Response:
    """`DELETE …/activities/{activity_id}/reactions/{reaction}`."""
    parameters = request.path_params
    edit = edit_of(request)
    activities.react(edit, parameters["activity_id"], parameters["reaction"], add=False)
    return no_content()


async def set_watchers(request: Request) -> Response:
    """`POST …/{type}/{id}/watchers`: as upstream, it keeps only those who did not watch before."""
    edit = edit_of(request)
    entity_type, entity = _entity(edit, request)
    wanted = (await body_of(request))["watchers"]
    before = watching.watchers(edit.project, entity.id)
    for user in wanted:
        activities.watch(edit, entity_type, entity, user, by=edit.caller.name)
    activities.unwatch(edit, entity.id, set(before))
    return no_content()


async def mark_inbox(request: Request) -> None:
    """`POST /api/inbox`: nobody is told."""
    caller, studio = caller_of(request), studio_of(request)
    order = await body_of(request)
    if not order.get("ids") and not order.get("all"):
        raise CrashedError("ValueError: Either ids or all should be provided")
    for project in studio.projects.values():
        if order.get("projectName") not in (None, project.name):
            continue
        for activity in project.activities.values():
            for reference in activity.references:
                mine = reference.entity_name == caller.name
                if mine and (order.get("all") or reference.id in order.get("ids", ())):
                    reference.read = order["status"] != "unread"
                    reference.active = order["status"] != "inactive"


def _comment(
    edit: Edit, entity_type: EntityType, entity: Entity, given: dict[str, Any]
) -> Activity:
    """A comment touches its entity, and its author begins to watch."""
    files = given.get("files") or []
    activity = activities.add_activity(
        edit,
        entity_type,
        entity,
        given["activityType"],
        given.get("body", ""),
        activity_id=given.get("id"),
        data={**(given.get("data") or {}), **_file_data(edit, files)},
        file_ids=files,
    )
    for file_id in files:
        edit.project.files[file_id].activity_id = activity.id
    if activity.activity_type == "comment":
        table = edit.project.table(entity_type)
        table[entity.id] = replace(entity, updated_at=edit.now)
        if not edit.caller.is_service:
            activities.watch(edit, entity_type, entity, edit.caller.name)
    return activity


def _file_data(edit: Edit, file_ids: list[str]) -> dict[str, Any]:
    files = []
    for file_id in file_ids:
        file = edit.project.files.get(file_id)
        if file is None:
            raise AyonError(404, f"File {file_id} not found")
        moment = file.created_at.isoformat()
        files.append(
            {
                "id": file.id,
                "author": file.author,
                "filename": file.filename,
                "mime": file.content_type,
                "size": file.size,
                "created_at": moment,
                "updated_at": moment,
            }
        )
    return {"files": files} if files else {}


def _entity(edit: Edit, request: Request) -> tuple[EntityType, Entity]:
    given = request.path_params["entity_type"]
    entity_type = next((each for each in ENTITY_TYPES if given in (each, f"{each}s")), None)
    if entity_type is None:
        raise AyonError(400, f"Invalid entity type {given}")
    return entity_type, edit.entity(entity_type, request.path_params["entity_id"])


_PROJECT = "/api/projects/{project_name}"
_ONE = f"{_PROJECT}/activities/{{activity_id}}"
_ENTITY = f"{_PROJECT}/{{entity_type}}/{{entity_id}}"
routes: list[Route] = [
    route("POST", f"{_PROJECT}/operations/activities", batch),
    route("PATCH", _ONE, change),
    route("DELETE", _ONE, delete),
    route("POST", f"{_ONE}/reactions", add_reaction),
    route("DELETE", f"{_ONE}/reactions/{{reaction}}", remove_reaction),
    route("POST", f"{_ENTITY}/activities", create),
    route("POST", f"{_ENTITY}/watchers", set_watchers),
    route("POST", "/api/inbox", mark_inbox),
]
