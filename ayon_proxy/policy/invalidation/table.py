"""The table joined together, and the rules for what it does not list."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ayon_proxy.policy import tags
from ayon_proxy.policy.invalidation import conversation, entities, projects, studio
from ayon_proxy.policy.invalidation.event import event_values, project_of
from ayon_proxy.policy.invalidation.topic import (
    ASSIGNED_SECONDS,
    SETTLE_SECONDS,
    Topic,
    expanded,
    placeholders,
)

TABLE = (*entities.TOPICS, *conversation.TOPICS, *projects.TOPICS, *studio.TOPICS)

_ROWS = {name: row for row in TABLE for name in row.names() if not name.endswith("*")}
_PREFIXES = tuple((name[:-1], row) for row in TABLE for name in row.names() if name[-1] == "*")
_NEEDED = {row.topics: placeholders((*row.now, *row.settling, *row.assigned)) for row in TABLE}


@dataclass(frozen=True, slots=True)
class Later:
    """Tags to be invalidated again, `seconds` from now."""

    seconds: float
    tags: frozenset[str]


@dataclass(frozen=True, slots=True)
class Invalidation:
    """What an event or a write makes wrong: now, and once more when upstream has settled."""

    now: frozenset[str]
    later: tuple[Later, ...] = ()


def invalidation(
    project: str | None,
    now: frozenset[str],
    settling: frozenset[str] = frozenset(),
    assigned: frozenset[str] = frozenset(),
) -> Invalidation:
    """These tags, and with them all answers whose reach nobody could tell."""
    unknown = unknown_reach(() if project is None else (project,))
    delayed = ((SETTLE_SECONDS, settling), (ASSIGNED_SECONDS, assigned))
    return Invalidation(
        now | unknown if now else now,
        tuple(Later(after, found | unknown) for after, found in delayed if found),
    )


def row_of(topic: str) -> Topic | None:
    """The row for a topic; None when the table does not know it."""
    row = _ROWS.get(topic)
    if row is not None:
        return row
    return next((each for prefix, each in _PREFIXES if topic.startswith(prefix)), None)


def tags_of(event: Mapping[str, Any], harmless: Collection[str] = ()) -> Invalidation:
    """What an event invalidates. Never raises, whatever the event is.

    An event that the table does not know, or that lacks what its row needs, invalidates its
    project, or everything when it names none. `harmless` are topics that the studio's own services
    send and vouch for, in full or ending in an asterisk: they invalidate nothing.
    """
    topic = event.get("topic")
    row = row_of(topic) if isinstance(topic, str) else None
    if row is None:
        if isinstance(topic, str) and any(_matches(topic, each) for each in harmless):
            return Invalidation(frozenset())
        return _coarse(event)
    values = event_values(event, row.entity_type(), _NEEDED[row.topics])
    now = expanded(row.now, values)
    settling = expanded(row.settling, values)
    assigned = expanded(row.assigned, values)
    if now is None or settling is None or assigned is None:
        return _coarse(event)
    return invalidation(project_of(event), now, settling, assigned)


def _coarse(event: Mapping[str, Any]) -> Invalidation:
    project = project_of(event)
    whole = frozenset({tags.EVERYTHING if project is None else tags.project(project)})
    return invalidation(project, whole, whole)


def unknown_reach(projects: Iterable[str]) -> frozenset[str]:
    """Tags of the answers that anything in those projects may concern."""
    return frozenset({tags.ANY, *map(tags.any_of, projects)})


def _matches(topic: str, pattern: str) -> bool:
    return topic.startswith(pattern[:-1]) if pattern.endswith("*") else topic == pattern
