"""Reading an event: what the placeholders of the table stand for in it.

Anybody with a manager's rights can send any topic with any summary (1.1), so nothing is taken for
granted. What is missing or has another type is left out; the rows that need it are then not used.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any, NamedTuple, TypeAlias

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


def event_values(
    event: Mapping[str, Any], entity_type: str | None, needed: Iterable[str]
) -> Values:
    """What is known of an event, of what is `needed`. `entity_type` is that of its topic."""
    told = _Told(summary_of(event), project_of(event), entity_type)
    values = {}
    for name in needed:
        found = _READ[name](told)
        if found is not None:
            values[name] = found
    return values


class _Told(NamedTuple):
    summary: dict[str, Any]
    project: str | None
    entity_type: str | None


_Found: TypeAlias = tuple[str, ...] | None


def _one(value: str | None) -> _Found:
    return None if value is None else (value,)


def _identity(key: str, told: _Told) -> _Found:
    value = told.summary.get(key)
    return (entity_id(value),) if isinstance(value, str) else None


def _parent(told: _Told) -> _Found:
    """What lies in no folder lies in the project."""
    if told.summary.get("parentId", "") is None:
        return _one(told.project)
    return _identity("parentId", told)


def _name(told: _Told) -> _Found:
    name = told.summary.get("entityName")
    return (name.lower(),) if isinstance(name, str) else None


def _references(told: _Told) -> _Found:
    references = _dictionaries(told.summary.get("references"))
    return None if references is None else tuple(_ids(references, "entity_id"))


def _origins(told: _Told) -> list[dict[str, Any]] | None:
    references = _dictionaries(told.summary.get("references"))
    if references is None:
        return None
    return [each for each in references if each.get("reference_type") == "origin"]


def _origin_ids(told: _Told) -> _Found:
    origins = _origins(told)
    return None if origins is None else tuple(_ids(origins, "entity_id"))


def _touched(told: _Told) -> _Found:
    """Entity types of origins; an origin is an entity, whatever else there may be one day."""
    origins = _origins(told)
    if origins is None:
        return None
    if told.summary.get("activity_type") in _QUIET:
        return ()
    return tuple(str(each["entity_type"]) for each in origins if each.get("entity_type"))


def _linked(told: _Told) -> _Found:
    """Both ends of one link, or of each in a list."""
    links = _dictionaries(told.summary.get("links", [told.summary]))
    if links is None:
        return None
    ends = [tuple(_ids(links, end)) for end in ("inputId", "outputId")]
    return ends[0] + ends[1] if all(len(end) == len(links) for end in ends) else None


_READ: Mapping[str, Callable[[_Told], _Found]] = {
    "project": lambda told: _one(told.project),
    "type": lambda told: _one(told.entity_type),
    "id": partial(_identity, "entityId"),
    "parent": _parent,
    "version": partial(_identity, "versionId"),
    "list": partial(_identity, "id"),
    "name": _name,
    "reference": _references,
    "origin": _origin_ids,
    "touched": _touched,
    "linked": _linked,
}
"""Placeholder → how to read it."""


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
