"""Which list arguments are sets: sent in another order, they get the same answer.

The client makes its lists from Python sets, so that the same question is spelled differently by
every process (clients.md 0, fact 2). Upstream turns these into `= ANY(…)` and sorts by itself.

Not in the table, as order may count: `featuredOnly` and `order` (flags in order of preference),
`attributes` and `calculateSpecificStatistics` (the answer lists statistics as asked), `projects`
of the kanban board (asked one after the other).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

_FOLDERS = "ids parentIds folderTypes statuses tags paths names assignees"
_TASKS = "ids taskTypes folderIds names statuses assignees assigneesAny tags tagsAny"
_PRODUCTS = "ids folderIds names namesCi productTypes productBaseTypes statuses tags"
_VERSIONS = "ids versions statuses tags productIds taskIds folderIds authors"
_REPRESENTATIONS = "ids versionIds names statuses tags"
_WORKFILES = "ids paths taskIds statuses tags"
_ACTIVITIES = (
    "entityIds entityNames activityIds activityTypes referenceTypes tags categories authors"
)
_LINKS = "ids entityIds inputIds outputIds linkTypes inputTypes outputTypes names"

SETS: Mapping[str, frozenset[str]] = {
    connection: frozenset(arguments.split())
    for connection, arguments in {
        "folders": _FOLDERS,
        "tasks": _TASKS,
        "products": _PRODUCTS,
        "versions": _VERSIONS,
        "representations": _REPRESENTATIONS,
        "workfiles": _WORKFILES,
        "activities": _ACTIVITIES,
        "links": _LINKS,
        "entityLists": "ids",
        "users": "names emails projects",
        "events": "ids topics projects users states statuses",
        "kanban": "assigneesAny taskIds",
    }.items()
}
"""Connection → its arguments that are sets, wherever it is nested (`schema.graphql` of the corpus,
clients.md 2.1)."""


def is_set(field: str, argument: str) -> bool:
    """Whether the order of the list given there can't change the answer."""
    return argument in SETS.get(field, ())


def in_set_order(values: Sequence[Any]) -> Sequence[Any]:
    """Strings, or integers, sorted. Other lists are as they were: upstream has no such sets."""
    if {type(each) for each in values} in ({str}, {int}):
        return sorted(values)
    return values
