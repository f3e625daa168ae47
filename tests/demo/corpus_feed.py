"""The activities and events that records of the corpus show, put into a Studio.

Far from all of the server's activities and events were ever shown, and of many only some
columns: what is missing is made up (times come from the ids, which are of version 1).
"""

from __future__ import annotations

import json
from base64 import b64decode
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar
from uuid import UUID

from ayon_proxy.demo.events import Event
from ayon_proxy.demo.project import Activity, Project, ProjectFile, Reference
from ayon_proxy.demo.studio import Studio
from tests.demo.corpus import Record, records

ACTIVITY_FAMILIES = ("graphql_activities", "graphql_frontend", "graphql_paging")
EVENT_FAMILIES = ("graphql_events", "graphql_paging")

Row = TypeVar("Row", Activity, Event)


def add_activities(studio: Studio) -> None:
    """Every activity some record shows, and the files of reviewables (without content)."""
    project = studio.projects["demo_small"]
    cursors: dict[str, list[Any]] = {}
    for family in ACTIVITY_FAMILIES:
        for record in records(family):
            body = record["response"].get("body")
            for feed in _found(body, "activities"):
                cursors.update(_cursors(feed["activities"], "activityId"))
            for node in _found(body, "activityId"):
                shown = {**_asked_for(record), **node}
                if "activityType" in shown:
                    _add_activity(project, shown, record["identity"])
    _add_bare_messages(project)
    for version in _reviewed_versions():
        for shown in version["reviewables"]:
            _add_reviewable(project, version, shown)
    for activity_id, (created_at, _) in cursors.items():
        if activity_id in project.activities:
            project.activities[activity_id].created_at = datetime.fromisoformat(created_at)
    rows = _in_order(list(project.activities.values()), cursors)
    project.activities = {each.id: each for each in rows}


def add_events(studio: Studio) -> None:
    """Every event some record shows."""
    shown: dict[str, dict[str, Any]] = {}
    cursors: dict[str, list[Any]] = {}
    for family in EVENT_FAMILIES:
        for record in records(family):
            for events in _found(record["response"].get("body"), "events"):
                connection = events["events"] or {"edges": []}
                cursors.update(_cursors(connection, "id"))
                for edge in connection["edges"]:
                    shown.setdefault(edge["node"]["id"], {}).update(edge["node"])
    for event in _in_order([_event(node) for node in shown.values()], cursors):
        studio.events.stored[event.id] = event
        studio.events.last_order = event.creation_order


def _event(node: dict[str, Any]) -> Event:
    made = _made(node["id"])
    return Event(
        id=node["id"],
        hash=node.get("hash", node["id"]),
        topic=node["topic"],
        created_at=_moment(node, "createdAt", made),
        updated_at=_moment(node, "updatedAt", made),
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
    activity = project.activities.setdefault(
        node["activityId"],
        Activity(
            id=node["activityId"],
            activity_type=node["activityType"],
            body="",
            author=None,
            created_at=made,
            updated_at=made,
        ),
    )
    activity.body = node.get("body", activity.body)
    activity.author = (node.get("author") or {}).get("name", activity.author)
    activity.data = json.loads(node.get("activityData", "null")) or activity.data
    activity.created_at = _moment(node, "createdAt", activity.created_at)
    activity.updated_at = _moment(node, "updatedAt", activity.updated_at)
    reference = _reference(node, activity.data, identity)
    known = next((each for each in activity.references if _same(reference, each)), None)
    if known is None:
        activity.references.append(reference)
    elif "referenceId" in node:
        known.id = reference.id


def _add_bare_messages(project: Project) -> None:
    """Messages of an inbox of which only the reference was ever shown."""
    known = {each.id for row in project.activities.values() for each in row.references}
    for record in records("graphql_frontend"):
        for node in _found(record["response"].get("body"), "read"):
            if node["referenceId"] not in known:
                known.add(node["referenceId"])
                facts = {"activityId": node["referenceId"], "activityType": "comment"}
                shown = {**node, **facts, "referenceType": "mention"}
                _add_activity(project, shown, record["identity"])


def _same(one: Reference, other: Reference) -> bool:
    return (one.reference_type, one.entity_id, one.entity_name) == (
        other.reference_type,
        other.entity_id,
        other.entity_name,
    )


def _reference(node: dict[str, Any], data: dict[str, Any], identity: str) -> Reference:
    """What made the activity appear: nodes of an inbox refer to the one who looked."""
    reference_id = node.get("referenceId", node["activityId"])
    origin = data.get("origin", {})
    if "read" in node and "entityId" not in node:
        return Reference(
            id=reference_id,
            reference_type=node["referenceType"],
            entity_type="user",
            entity_name=identity.removeprefix("service-as-"),
            read=node["read"],
        )
    entity_id = node.get("entityId", origin.get("id"))
    known = "origin" if origin.get("id") in (None, entity_id) else "mention"
    return Reference(
        id=reference_id,
        reference_type=node.get("referenceType", known),
        entity_type=node.get("entityType") or origin.get("type", "version"),
        entity_id=entity_id,
    )


def _add_reviewable(project: Project, version: dict[str, Any], shown: dict[str, Any]) -> None:
    moment = datetime.fromisoformat(shown["createdAt"])
    author = shown["author"]["name"]
    activity = project.activities.setdefault(
        shown["activityId"],
        Activity(
            id=shown["activityId"],
            activity_type="reviewable",
            body="",
            author=author,
            created_at=moment,
            updated_at=moment,
            data={
                "author": author,
                "origin": {"id": version["id"], "type": "version", "name": version["name"]},
            },
            references=[
                Reference(
                    id=shown["activityId"],
                    reference_type="origin",
                    entity_type="version",
                    entity_id=version["id"],
                )
            ],
        ),
    )
    activity.created_at = activity.updated_at = moment
    activity.file_ids = [shown["fileId"]]
    project.files[shown["fileId"]] = ProjectFile(
        id=shown["fileId"],
        filename=shown["filename"],
        content_type=shown["mimetype"],
        content=b"",
        created_at=moment,
        author=author,
        activity_id=activity.id,
        data={key: shown[key] for key in ("mediaInfo", "availability", "createdFrom")},
    )


def _reviewed_versions() -> Iterator[dict[str, Any]]:
    for record in records("reviewables"):
        yield from _found(record["response"].get("body"), "reviewables")


def _asked_for(record: Record) -> dict[str, Any]:
    """What a query selected by is true of every node of its answer."""
    variables = record["request"]["body"].get("variables") or {}
    facts = (("activityTypes", "activityType"), ("referenceTypes", "referenceType"))
    return {key: variables[name][0] for name, key in facts if len(variables.get(name) or ()) == 1}


def _cursors(connection: dict[str, Any], key: str) -> dict[str, list[Any]]:
    """Id → what it is sorted by, from the cursors of rows and the last cursor of the page.

    The last value is the creation order.
    """
    edges = connection["edges"]
    cursors = [(edge, edge.get("cursor")) for edge in edges]
    if edges:
        cursors.append((edges[-1], connection.get("pageInfo", {}).get("endCursor")))
    return {
        edge["node"][key]: json.loads(b64decode(cursor))
        for edge, cursor in cursors
        if cursor and key in edge.get("node", {})
    }


def _in_order(rows: list[Row], cursors: dict[str, list[Any]]) -> list[Row]:
    """By time; orders that no cursor shows follow the one before."""
    rows.sort(key=lambda row: row.created_at)
    last = 0
    for row in rows:
        last = row.creation_order = cursors.get(row.id, [last + 1])[-1]
    return rows


def _found(value: Any, key: str) -> Iterator[dict[str, Any]]:
    """Every object with this key, wherever in a document."""
    if isinstance(value, list):
        for each in value:
            yield from _found(each, key)
    elif isinstance(value, dict):
        if key in value:
            yield value
        for each in value.values():
            yield from _found(each, key)


def _made(uuid1: str) -> datetime:
    return datetime(1582, 10, 15, tzinfo=UTC) + timedelta(microseconds=UUID(uuid1).time // 10)


def _moment(node: dict[str, Any], key: str, otherwise: datetime) -> datetime:
    return datetime.fromisoformat(node[key]) if key in node else otherwise
