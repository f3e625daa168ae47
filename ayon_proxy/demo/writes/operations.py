"""Batches of entity operations: their events come after the answer (server.md 1.1, 1.3).

A background batch answers at once and is polled; it says `completed` only when its events have
been sent.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer
from ayon_proxy.demo.asking import body_of, project_of, studio_of
from ayon_proxy.demo.entities import ENTITY_TYPES
from ayon_proxy.demo.errors import AyonError, InvalidRequestError
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes import changes
from ayon_proxy.demo.writes.constraints import faults_of, missing
from ayon_proxy.demo.writes.edit import Checkpoint, Edit
from ayon_proxy.demo.writes.entity_writes import edit_of

_KINDS = ("create", "update", "delete")
_STATUS = {"create": 201, "update": 204, "delete": 204}


async def batch(request: Request) -> Response:
    """`POST …/operations`: 200 even if one failed; the events follow the answer."""
    edit = edit_of(request)
    order = await _order(request)
    result = perform(edit, order)
    if order.get("waitForEvents"):
        edit.announce()
    return json_answer(result, background=BackgroundTask(announce_slowly, edit))


async def background(request: Request) -> Response:
    """`POST …/operations/background`: nothing has happened yet when this is answered."""
    edit = edit_of(request)
    order = await _order(request)
    task = {"id": edit.studio.new_id(), "status": "pending", "progress": None, "result": None}
    edit.studio.background_tasks[str(task["id"])] = task
    return json_answer(dict(task), background=BackgroundTask(_work, edit, order, task))


async def poll(request: Request) -> Response:
    """`GET …/operations/background/{task_id}`. Raises AyonError 404."""
    project_of(request)
    task_id = request.path_params["task_id"]
    task = studio_of(request).background_tasks.get(task_id)
    if task is None:
        raise AyonError(404, f"Background operations task '{task_id}' not found")
    return json_answer(task)


async def _work(edit: Edit, order: dict[str, Any], task: dict[str, Any]) -> None:
    task["status"], task["progress"] = "in_progress", 0.0
    result = perform(edit, order)
    await announce_slowly(edit)
    task.update(status="completed", progress=100.0, result=result)


async def announce_slowly(edit: Edit) -> None:
    """Send the events one by one, so that other requests come in between."""
    while edit.announcements:
        edit.announce_next()
        await asyncio.sleep(0)


def perform(edit: Edit, order: dict[str, Any]) -> dict[str, Any]:
    """Carry the operations out. Unless `canFail`, one failure undoes and ends everything."""
    checkpoint = Checkpoint(edit.project)
    results: list[dict[str, Any]] = []
    for operation in order["operations"]:
        result = _result(edit, operation)
        results.append(result)
        if not result["success"] and not order.get("canFail"):
            checkpoint.restore()
            edit.announcements.clear()
            break
    return {"operations": results, "success": all(each["success"] for each in results)}


def _result(edit: Edit, operation: dict[str, Any]) -> dict[str, Any]:
    kind, entity_type = operation["type"], operation["entityType"]
    result = {
        "id": operation.get("id") or edit.studio.new_id(),
        "type": kind,
        "entityType": entity_type,
        "entityId": operation.get("entityId"),
        "success": True,
        "status": _STATUS[kind],
        "errorCode": None,
        "detail": None,
    }
    try:
        result["entityId"] = _performed(edit, operation)
    except AyonError as error:
        result.update(
            success=False, status=error.status, errorCode=error.error_code, detail=error.detail
        )
    return result


def _performed(edit: Edit, operation: dict[str, Any]) -> str:
    kind, entity_type = operation["type"], operation["entityType"]
    entity_id = operation.get("entityId")
    data = dict(operation.get("data") or {})
    if faults := faults_of(edit.studio, entity_type, data, creating=kind == "create"):
        raise AyonError(400, f"Invalid {entity_type} data: {faults[0]['msg']}")
    if kind == "create":
        return changes.create(edit, entity_type, {**data, "id": entity_id or data.get("id")})
    if entity_id is None:
        raise AyonError(400, "entityId is required for update and delete operations")
    if kind == "update":
        changes.change(edit, entity_type, entity_id, data)
    else:
        changes.delete(edit, entity_type, entity_id, force=bool(operation.get("force")))
    return str(entity_id)


async def _order(request: Request) -> dict[str, Any]:
    order: dict[str, Any] = await body_of(request)
    faults: list[dict[str, Any]] = []
    for number, operation in enumerate(order.get("operations", [])):
        for key, permitted in (("type", _KINDS), ("entityType", ENTITY_TYPES)):
            place = ("body", "operations", number, key)
            if key not in operation:
                faults.append(missing(*place))
            elif operation[key] not in permitted:
                faults.append(_not_permitted(place, operation[key], permitted))
    if faults:
        raise InvalidRequestError(request.method, request.url.path, faults)
    return order


def _not_permitted(
    place: tuple[str | int, ...], given: object, permitted: tuple[str, ...]
) -> dict[str, Any]:
    return {
        "loc": list(place),
        "msg": f"unexpected value; permitted: {', '.join(map(repr, permitted))}",
        "type": "value_error.const",
        "ctx": {"given": given, "permitted": list(permitted)},
    }


_PATH = "/api/projects/{project_name}/operations"
routes: list[Route] = [
    route("POST", _PATH, batch),
    route("POST", f"{_PATH}/background", background),
    route("GET", f"{_PATH}/background/{{task_id}}", poll),
]
