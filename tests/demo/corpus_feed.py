"""The activities and events that records of the corpus show, put into a Studio.

Far from all of the server's activities and events were ever shown, and of many only some
columns: what is missing is made up (times come from the ids, which are of version 1).
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from ayon_proxy.demo.events import Event
from ayon_proxy.demo.project import Activity, Project, Reference
from ayon_proxy.demo.studio import Studio
from tests.demo.corpus import records

ACTIVITY_FAMILIES = ("graphql_activities", "graphql_frontend", "graphql_paging")
EVENT_FAMILIES = ("graphql_events", "graphql_paging")


def add_activities(studio: Studio) -> None:
    """Every activity some record shows, in the order of their ids' times."""
    project = studio.projects["demo_small"]
    for family in ACTIVITY_FAMILIES:
        for record in records(family):
            for node in _nodes(record["response"].get("body"), "activityId"):
                if "activityType" in node:
                    _add_activity(project, node, record["identity"])
    for shown in _reviewables():
        _add_activity(project, shown, "artist")
    in_order = sorted(project.activities.values(), key=lambda each: each.created_at)
    project.activities = {each.id: each for each in in_order}
    for order, activity in enumerate(in_order, start=1):
        activity.creation_order = order


def add_events(studio: Studio) -> None:
    """Every event some record shows, in the order of their ids' times."""
    shown: dict[str, dict[str, Any]] = {}
    for family in EVENT_FAMILIES:
        for record in records(family):
            body = record["response"].get("body")
            events = body.get("data", {}).get("events") if isinstance(body, dict) else None
            for edge in events["edges"] if events else []:
                shown.setdefault(edge["node"]["id"], {}).update(edge["node"])
    for node in sorted(shown.values(), key=lambda each: UUID(each["id"]).time):
        made = _made(node["id"])
        order = studio.events.last_order = studio.events.last_order + 1
        studio.events.stored[node["id"]] = Event(
            id=node["id"],
            hash=node.get("hash", node["id"]),
            topic=node["topic"],
            created_at=_moment(node, "createdAt", made),
            updated_at=_moment(node, "updatedAt", made),
            creation_order=order,
            project=node.get("project"),
            user=node.get("user"),
            sender=node.get("sender"),
            depends_on=node.get("dependsOn"),
            description=node.get("description", ""),
            status=node.get("status", "finished"),
            summary=json.loads(node.get("summary", "{}")),
        )


def _add_activity(project: Project, node: dict[str, Any], identity: str) -> None:
    made = _made(node["activityId"])
    data = json.loads(node.get("activityData", "{}"))
    activity = project.activities.get(node["activityId"])
    if activity is None:
        author = node.get("author") or {}
        activity = Activity(
            id=node["activityId"],
            activity_type=node["activityType"],
            body=node.get("body", ""),
            author=author.get("name"),
            created_at=made,
            updated_at=made,
        )
        project.activities[activity.id] = activity
    activity.data = data or activity.data
    activity.created_at = _moment(node, "createdAt", activity.created_at)
    activity.updated_at = _moment(node, "updatedAt", activity.updated_at)
    reference = _reference(node, data, identity)
    if all(
        (each.reference_type, each.entity_type, each.entity_id, each.entity_name)
        != (
            reference.reference_type,
            reference.entity_type,
            reference.entity_id,
            reference.entity_name,
        )
        for each in activity.references
    ):
        activity.references.append(reference)


def _reference(node: dict[str, Any], data: dict[str, Any], identity: str) -> Reference:
    """Nodes without an entity come from an inbox: they refer to the one who looked."""
    reference_id = node.get("referenceId", node["activityId"])
    reference_type = node.get("referenceType", "origin")
    if "entityId" not in node:
        return Reference(
            id=reference_id,
            reference_type=reference_type,
            entity_type="user",
            entity_name=identity.removeprefix("service-as-"),
            read=node.get("read", False),
        )
    entity_type = node.get("entityType") or data.get("origin", {}).get("type", "version")
    return Reference(
        id=reference_id,
        reference_type=reference_type,
        entity_type=entity_type,
        entity_id=node["entityId"],
    )


def _reviewables() -> Iterator[dict[str, Any]]:
    """Reviewables as activities, whether or not a feed showed them."""
    for record in records("reviewables"):
        body = record["response"].get("body")
        for version in body if isinstance(body, list) else [body]:
            for shown in version.get("reviewables", []):
                yield {
                    "activityId": shown["activityId"],
                    "activityType": "reviewable",
                    "entityType": "version",
                    "entityId": version["id"],
                    "author": shown["author"],
                    "createdAt": shown["createdAt"],
                    "activityData": json.dumps(
                        {
                            "author": shown["author"]["name"],
                            "files": [
                                {
                                    "id": shown["fileId"],
                                    "filename": shown["filename"],
                                    "mime": shown["mimetype"],
                                    "author": shown["author"]["name"],
                                    "created_at": shown["createdAt"],
                                    "updated_at": shown["updatedAt"],
                                    "mediaInfo": shown["mediaInfo"],
                                }
                            ],
                            "origin": {
                                "id": version["id"],
                                "type": "version",
                                "name": version["name"],
                            },
                            "parents": [],
                        }
                    ),
                }


def _nodes(value: Any, key: str) -> Iterator[dict[str, Any]]:
    if isinstance(value, list):
        for each in value:
            yield from _nodes(each, key)
    elif isinstance(value, dict):
        if key in value:
            yield value
        for each in value.values():
            yield from _nodes(each, key)


def _made(uuid1: str) -> datetime:
    return datetime(1582, 10, 15, tzinfo=UTC) + timedelta(microseconds=UUID(uuid1).time // 10)


def _moment(node: dict[str, Any], key: str, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(node[key]) if key in node else otherwise
