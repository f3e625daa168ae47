"""What activities say of themselves, in a feed or an inbox."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ayon_proxy.demo.graphql.activities import FeedRow, project_activities
from ayon_proxy.demo.graphql.json_text import json_text
from ayon_proxy.demo.graphql.question import Info, Node, Resolver, question_of
from ayon_proxy.demo.graphql.users import ShownUser, missing_user

INBOX_LENGTH = 200
"""Characters of a body that an inbox shows, on one line."""


def _body(row: FeedRow, _: Info) -> str:
    body = row.activity.body
    if not row.in_inbox:
        return body
    line = body[:INBOX_LENGTH].replace("\n", " ")
    return f"{line}..." if len(body) >= INBOX_LENGTH else line


def _user(key: str) -> Resolver:
    def resolve(row: FeedRow, info: Info) -> ShownUser | None:
        name = row.activity.data.get(key)
        if name is None:
            return None
        user = question_of(info).studio.users.get(name)
        return missing_user(name) if user is None else ShownUser(user)

    return resolve


def _version(row: FeedRow, _: Info) -> Node | None:
    if row.activity.activity_type not in ("version.publish", "reviewable"):
        return None
    version_id = row.activity.data.get("origin", {}).get("id", "")
    version = row.project.versions.get(version_id)
    return None if version is None else Node(row.project, "version", version)


def _files(row: FeedRow, _: Info) -> list[dict[str, Any]]:
    return [
        {
            **each,
            "name": each.get("filename"),
            "size": str(each.get("size", "0")),
            "createdAt": each.get("created_at", row.activity.created_at),
            "updatedAt": each.get("updated_at", row.activity.updated_at),
        }
        for each in row.activity.data.get("files", [])
    ]


def _reactions(row: FeedRow, _: Info) -> list[dict[str, Any]]:
    return [
        {**each, "timestamp": datetime.fromisoformat(each["timestamp"])}
        for each in row.activity.data.get("reactions", [])
    ]


def _category(row: FeedRow, _: Info) -> dict[str, Any] | None:
    name = row.activity.data.get("category")
    return None if name is None else {"name": name, "color": "#999999"}


def _of_activity(column: str) -> Resolver:
    return lambda row, _: getattr(row.activity, column)


def _of_reference(column: str) -> Resolver:
    return lambda row, _: getattr(row.reference, column)


FIELDS: dict[str, dict[str, Resolver]] = {
    "ActivityNode": {
        "projectName": lambda row, _: row.project.name,
        "activityId": _of_activity("id"),
        "referenceId": _of_reference("id"),
        "referenceType": _of_reference("reference_type"),
        "entityType": _of_reference("entity_type"),
        "entityId": _of_reference("entity_id"),
        "entityName": _of_reference("entity_name"),
        "entityPath": lambda _, __: None,
        "read": _of_reference("read"),
        "active": _of_reference("active"),
        "activityType": _of_activity("activity_type"),
        "createdAt": _of_activity("created_at"),
        "updatedAt": _of_activity("updated_at"),
        "creationOrder": _of_activity("creation_order"),
        "tags": _of_activity("tags"),
        "body": _body,
        "category": _category,
        "activityData": lambda row, _: json_text(row.activity.data),
        "referenceData": lambda _, __: json_text({}),
        "origin": lambda row, _: row.activity.data.get("origin"),
        "parents": lambda row, _: row.activity.data.get("parents", []),
        "reactions": _reactions,
        "author": _user("author"),
        "assignee": _user("assignee"),
        "version": _version,
        "files": _files,
    },
    "ActivityOriginNode": {
        "link": lambda origin, _: f"[{origin['name']}]({origin['type']}:{origin['id']})",
    },
    "ProjectNode": {"activities": project_activities},
}
