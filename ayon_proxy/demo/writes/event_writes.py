"""Events that clients send, and jobs made of them (server.md 1.1; corpus mutations/events)."""

from __future__ import annotations

import re
from hashlib import sha256
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import body_of, caller_of, manager_of, pattern_fault, studio_of
from ayon_proxy.demo.errors import AyonError, InvalidRequestError
from ayon_proxy.demo.events import Event
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.studio import Studio

TOPIC = re.compile(r"[a-zA-Z][a-zA-Z0-9_\.\*]{2,64}")
_COLUMNS = {
    "sender": "sender",
    "status": "status",
    "description": "description",
    "summary": "summary",
    "payload": "payload",
    "progress": "progress",
    "retries": "retries",
    "dependsOn": "depends_on",
}


async def dispatch(request: Request) -> dict[str, Any]:
    """`POST /api/events`: any topic, any project, true or not; `dependsOn` is ignored."""
    caller, studio = manager_of(request, "Not allowed to update this event"), studio_of(request)
    sent = await body_of(request)
    if not TOPIC.fullmatch(sent.get("topic", "")):
        fault = pattern_fault(("body", "topic"), TOPIC)
        raise InvalidRequestError(request.method, request.url.path, [fault])
    hash_, finished = sent.get("hash"), sent.get("finished", True)
    if hash_ in studio.events.by_hash and not sent.get("reuse"):
        raise AyonError(409, "Event with the same hash already exists")
    event = studio.events.dispatch(
        sent["topic"],
        project=sent.get("project"),
        user=sent.get("user") or caller.name,
        sender=sent.get("sender") or caller.sender,
        sender_type=caller.sender_type,
        description=sent.get("description") or "",
        summary=sent.get("summary"),
        payload=sent.get("payload"),
        status="finished" if finished else "pending",
        progress=100 if finished else 0.0,
        hash_=hash_,
        store=sent.get("store", True),
    )
    return {"id": event.id}


async def change(request: Request) -> Response:
    """`PATCH /api/events/{event_id}`."""
    manager_of(request, "Not allowed to update this event")
    studio = studio_of(request)
    event = _event(studio, request)
    sent = await body_of(request)
    changes = {field: sent[key] for key, field in _COLUMNS.items() if sent.get(key) is not None}
    if "progress" in changes:
        changes["progress"] = float(changes["progress"])
    studio.events.update(event, **changes)
    return no_content()


async def delete(request: Request) -> Response:
    """`DELETE /api/events/{event_id}`: nobody is told."""
    manager_of(request, "Not allowed to delete events")
    studio = studio_of(request)
    studio.events.forget(_event(studio, request))
    return no_content()


async def enroll(request: Request) -> Response | dict[str, Any]:
    """`POST /api/enroll`: the next job of a topic, or 204. A failed one is given out again."""
    caller, studio = caller_of(request), studio_of(request)
    if not caller.is_service:
        raise AyonError(403, "Only services can enroll for jobs")
    order = await body_of(request)
    source_topic, target = order["sourceTopic"], order["targetTopic"]
    jobs = {each.depends_on: each for each in studio.events.stored.values() if each.topic == target}
    for source in studio.events.in_order():
        if source.topic != source_topic or source.status != "finished":
            continue
        if not _matches(source, order.get("filter")):
            continue
        job = jobs.get(source.id)
        if job is not None and job.status == "finished":
            continue
        if job is not None and job.status != "failed":
            if order.get("sequential"):
                return no_content()
            continue
        return _job(studio, caller.name, source, job, order)
    return no_content()


def _job(
    studio: Studio, user: str, source: Event, job: Event | None, order: dict[str, Any]
) -> dict[str, Any]:
    if job is None:
        target = order["targetTopic"]
        said = f"Convert from {source.topic} to {target}"
        job = studio.events.dispatch(
            target,
            user=user,
            sender=order.get("sender"),
            description=order.get("description") or said,
            status="pending",
            progress=0.0,
            depends_on=source.id,
            hash_=sha256(f"{target}:{source.id}".encode()).hexdigest(),
        )
    else:
        studio.events.update(
            job, status="pending", retries=job.retries + 1, description="Restarting failed event"
        )
    return {"id": job.id, "dependsOn": source.id, "hash": job.hash, "status": job.status}


def _matches(event: Event, wanted: dict[str, Any] | None) -> bool:
    """Only conditions of equality are understood."""
    for condition in (wanted or {}).get("conditions", ()):
        column, *path = condition["key"].split("/")
        value = getattr(event, column, None)
        for part in path:
            value = value.get(part) if isinstance(value, dict) else None
        if value != condition["value"]:
            return False
    return True


def eventops(_: Request) -> None:
    """`POST /api/eventops`."""
    raise AyonError(501, "Not implemented")


def _event(studio: Studio, request: Request) -> Event:
    event = studio.events.stored.get(request.path_params["event_id"])
    if event is None:
        raise AyonError(404, "Event not found")
    return event


routes: list[Route] = [
    route("POST", "/api/events", dispatch),
    route("PATCH", "/api/events/{event_id}", change),
    route("DELETE", "/api/events/{event_id}", delete),
    route("POST", "/api/enroll", enroll),
    route("POST", "/api/eventops", eventops),
]
