"""Reading an event: what the placeholders of the table stand for in it.

Anybody with a manager's rights can send any topic with any summary (1.1), so nothing is taken for
granted. What is missing or has another type is left out; the rows that need it are then not used.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from ayon_proxy.policy.invalidation.topic import Values


def project_of(event: Mapping[str, Any]) -> str | None:
    """The project of an event, as AYON matches it; None when it names none."""
    name = event.get("project")
    return name.lower() if isinstance(name, str) and name else None


def entity_id(value: str) -> str:
    """An id as upstream writes it, however it was sent."""
    return value.replace("-", "").lower()


_QUIET = frozenset(
    {
        "assignee.add",
        "assignee.remove",
        "attrib.change",
        "status.change",
        "version.publish",
        "watch",
    }
)
"""Activities that don't move `updatedAt` of the entity that they are about, or whose own event says
so; a comment does (1.3, 1.5)."""


def event_values(event: Mapping[str, Any], entity_type: str | None) -> Values:
    """What is known of an event. `entity_type` is that of its topic."""
    summary = summary_of(event)
    values: dict[str, tuple[str, ...]] = {}
    project = project_of(event)
    if project is not None:
        values["project"] = (project,)
    if entity_type is not None:
        values["type"] = (entity_type,)
    values |= _identities(summary)
    if "parentId" in summary and summary["parentId"] is None and project is not None:
        values["parent"] = (project,)
    if isinstance(summary.get("entityName"), str):
        values["name"] = (summary["entityName"].lower(),)
    return values | _references(summary) | _links(summary)


def _identities(summary: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    keys = {"id": "entityId", "parent": "parentId", "version": "versionId", "list": "id"}
    return {
        name: (entity_id(summary[key]),)
        for name, key in keys.items()
        if isinstance(summary.get(key), str)
    }


def _references(summary: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    references = _dictionaries(summary.get("references"))
    if references is None:
        return {}
    origins = [each for each in references if each.get("reference_type") == "origin"]
    return {
        "reference": tuple(_ids(references, "entity_id")),
        "origin": tuple(_ids(origins, "entity_id")),
        "touched": () if summary.get("activity_type") in _QUIET else tuple(_types(origins)),
    }


def _types(references: Iterable[Mapping[str, Any]]) -> Iterable[str]:
    """Entity types of references; an origin is an entity, whatever else there may be one day."""
    return (str(each["entity_type"]) for each in references if each.get("entity_type"))


def _links(summary: Mapping[str, Any]) -> dict[str, tuple[str, ...]]:
    """Both ends of one link, or of each in a list."""
    links = _dictionaries(summary.get("links", [summary]))
    if links is None:
        return {}
    ends = [tuple(_ids(links, end)) for end in ("inputId", "outputId")]
    return {"linked": ends[0] + ends[1]} if all(len(end) == len(links) for end in ends) else {}


def summary_of(event: Mapping[str, Any]) -> dict[str, Any]:
    """The summary: an object on the socket, its text in GraphQL's answers."""
    value = event.get("summary")
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    return value if isinstance(value, dict) else {}


def _dictionaries(value: Any) -> list[dict[str, Any]] | None:
    """A list of objects; None when it is anything else."""
    if isinstance(value, list) and all(isinstance(each, dict) for each in value):
        return value
    return None


def _ids(items: Iterable[Mapping[str, Any]], key: str) -> Iterable[str]:
    """Ids under a key; users are referred to by name and have none."""
    return (entity_id(each[key]) for each in items if isinstance(each.get(key), str))
