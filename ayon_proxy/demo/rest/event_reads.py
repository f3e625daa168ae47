"""Events read back: one by id, and `POST /api/query` (server.md 2.2)."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import fields
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo import rights
from ayon_proxy.demo.answers import json_answer
from ayon_proxy.demo.asking import admin_of, body_of, caller_of, entity_id_of, studio_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.events import Event
from ayon_proxy.demo.graphql.query_filter import query_filter
from ayon_proxy.demo.rest.routing import get, post
from ayon_proxy.demo.views import present

NO_EVENT = "Event not found"


def event(request: Request) -> dict[str, Any]:
    """`GET /api/events/{id}`: with its payload; of a project only for those who may enter it."""
    event_id = entity_id_of(request, "event_id")
    caller, studio = caller_of(request), studio_of(request)
    found = studio.events.stored.get(event_id)
    if found is None:
        raise AyonError(404, NO_EVENT)
    project = studio.project(found.project) if found.project else None
    if project is not None:
        rights.require_entry(caller.user, project)
    elif found.project and not caller.is_manager:
        raise AyonError(403, rights.NO_ACCESS)
    return {
        "id": found.id,
        "hash": found.hash,
        "topic": found.topic,
        "sender": found.sender,
        "senderType": found.sender_type,
        "project": found.project,
        "user": found.user,
        "dependsOn": found.depends_on,
        "status": found.status,
        "retries": found.retries,
        "description": found.description,
        "summary": found.summary,
        "payload": found.payload,
        "createdAt": found.created_at,
        "updatedAt": found.updated_at,
    }


async def query(request: Request) -> Any:
    """`POST /api/query`: events by any column, the newest first, in pages by offset."""
    caller = admin_of(request, "Only admins can use this endpoint")
    asked = await body_of(request)
    if asked.get("entity") != "event":
        refusal = {
            "path": "[POST] /query",
            "file": "query.py",
            "function": "query",
            "line": 46,
            "user": caller.name,
            "detail": "Only events are supported for now",
            "status": 500,
        }
        return json_answer(refusal, 500)
    matches = _filter(asked.get("filter") or {})
    found = [each for each in reversed(studio_of(request).events.in_order()) if matches(each)]
    offset, limit = asked.get("offset") or 0, asked.get("limit") or 100
    return [_row(each) for each in found[offset : offset + limit]]


def _filter(asked: dict[str, Any]) -> Callable[[Event], bool]:
    try:
        condition = query_filter(json.dumps(asked), [each.name for each in fields(Event)])
    except (TypeError, ValueError) as error:
        raise AyonError(400, str(error)) from error
    return lambda event: condition(lambda column: getattr(event, column))


def _row(event: Event) -> dict[str, Any]:
    columns = (
        *("id", "hash", "topic", "sender", "sender_type", "project", "user", "depends_on"),
        *("status", "retries", "description", "summary", "payload", "created_at", "updated_at"),
    )
    return present({each: getattr(event, each) for each in columns})


routes: list[Route] = [
    get("/api/events/{event_id}", event),
    post("/api/query", query),
]
