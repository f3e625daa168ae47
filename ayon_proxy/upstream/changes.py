"""Entities by when they changed: one question a project, and more only where much has changed.

Workfiles have no such filter (upstream/server.md 2.2).
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ayon_proxy.policy.feed.changed import ChangedEntity
from ayon_proxy.upstream.graphql_answer import data_of, edges_of, object_of
from ayon_proxy.upstream.library import Library

PAGE_ENTITIES = 500

MOST_PAGES = 20
"""Pages of one project in one scan: with more, the whole project is as good as changed."""

CONNECTIONS = {
    "folders": ("folder", "parentId"),
    "tasks": ("task", "folderId"),
    "products": ("product", "folderId"),
    "versions": ("version", "productId"),
    "representations": ("representation", "versionId"),
}
"""Connection → its type, and the field that holds the parent that events name."""


class ScannedEntities:
    """The `ChangedEntities` port over the embedded client library."""

    def __init__(self, library: Library) -> None:
        self._library = library

    async def now(self) -> float:
        """Upstream's clock, from a question that costs it nothing."""
        return (await self._library.get("system/restartRequired")).as_of

    async def since(
        self, project: str, since: float
    ) -> AsyncIterator[tuple[ChangedEntity, ...] | None]:
        """Every type at once; those whose page was full are asked again, from its end on."""
        cursors: Mapping[str, str | None] = dict.fromkeys(CONNECTIONS)
        later = datetime.fromtimestamp(max(since, 0.0), UTC).isoformat()
        condition = {"key": "updated_at", "operator": "gt", "value": later}
        changed = json.dumps({"conditions": [condition]})
        for _ in range(MOST_PAGES):
            variables = {"project": project, "changed": changed, "first": PAGE_ENTITIES}
            after = {f"after_{name}": cursor for name, cursor in cursors.items()}
            answer = (await self._library.graphql(_question(cursors), variables | after)).content
            if _is_unknown_project(answer):
                return
            found = object_of(data_of(answer).get("project"))
            edges = {name: edges_of(found.get(name)) for name in cursors}
            yield tuple(
                entity
                for name, each in edges.items()
                for edge in each
                if (entity := _entity(project, name, object_of(edge.get("node")))) is not None
            )
            cursors = {
                name: str(each[-1].get("cursor"))
                for name, each in edges.items()
                if len(each) >= PAGE_ENTITIES
            }
            if not cursors:
                return
        yield None


def _question(names: Mapping[str, object]) -> str:
    declared = "".join(f", $after_{name}: String" for name in names)
    asked = "".join(
        f"{name}(first: $first, after: $after_{name}, filter: $changed)"
        f" {{ edges {{ cursor node {{ id {CONNECTIONS[name][1]} createdAt updatedAt }} }} }}\n"
        for name in names
    )
    return (
        f"query FeedScan($project: String!, $changed: String!, $first: Int!{declared})"
        f" {{ project(name: $project) {{ {asked} }} }}"
    )


def _entity(project: str, name: str, node: Mapping[str, Any]) -> ChangedEntity | None:
    entity_type, parent_field = CONNECTIONS[name]
    parent = node.get(parent_field)
    if not isinstance(node.get("id"), str) or not isinstance(parent, str | None):
        return None
    return ChangedEntity(
        project=project,
        type=entity_type,
        id=node["id"],
        parent=parent,
        created_at=str(node.get("createdAt") or ""),
        updated_at=str(node.get("updatedAt") or ""),
    )


def _is_unknown_project(answer: Any) -> bool:
    """AYON's 404 in a GraphQL answer: the project was deleted, or renamed."""
    errors = answer.get("errors") if isinstance(answer, dict) else None
    if not isinstance(errors, list) or not errors or not isinstance(errors[0], dict):
        return False
    extensions = errors[0].get("extensions")
    return isinstance(extensions, dict) and extensions.get("status") == 404
