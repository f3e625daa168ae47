"""The tables joined together, with the connections that lists come in."""

from __future__ import annotations

from collections.abc import Mapping

from ayon_proxy.policy.shown.conversation import CONVERSATION
from ayon_proxy.policy.shown.entities import ENTITIES
from ayon_proxy.policy.shown.node_type import Lead, Type, plain
from ayon_proxy.policy.shown.studio import STUDIO

INTERFACE = "BaseNode"
"""Any entity: which one, fragments or the answer tell."""

NODES = frozenset(ENTITIES)

_PAGE = {"pageInfo": Lead("PageInfo")}
_STATISTICS = {"fieldStats": Lead("ColumnStats")}


def _connections(nodes: Mapping[str, str]) -> dict[str, Type]:
    found = {}
    for edge, node in nodes.items():
        connection = f"{edge.removesuffix('Edge')}sConnection"
        leads = {**_PAGE, **({} if edge in _LINKS else _STATISTICS), "edges": Lead(edge)}
        found[_PLURALS.get(edge, connection)] = plain("", leads)
        if node:
            found[edge] = plain("cursor", {"node": Lead(node)})
    return found


_PLURALS = {
    "ActivityEdge": "ActivitiesConnection",
    "KanbanEdge": "KanbanConnection",
}

_LINKS = ("LinkEdge", "ProjectLinkEdge")

TYPES: Mapping[str, Type] = {
    **ENTITIES,
    **CONVERSATION,
    **STUDIO,
    **_connections(
        {
            **{f"{each.removesuffix('Node')}Edge": each for each in ENTITIES},
            "ActivityEdge": "ActivityNode",
            "EntityListEdge": "EntityListNode",
            "KanbanEdge": "KanbanNode",
            "ProjectEdge": "ProjectNode",
            "UserEdge": "UserNode",
            # Their edges hold more, and stand in the tables themselves.
            "EntityListItemEdge": "",
            "LinkEdge": "",
            "ProjectLinkEdge": "",
        }
    ),
    "PageInfo": plain(
        "hasNextPage hasPreviousPage startCursor endCursor", {"columnMetadata": Lead("ColumnStats")}
    ),
    "ColumnStats": plain(
        "columnName valueFilledCount percentageFilled valueNotFilledCount percentageNotFilled "
        "checkedCount checkedPercentage notCheckedCount notCheckedPercentage avg min max sum count "
        "distribution"
    ),
}


def named(name: str) -> tuple[Type, ...]:
    """The types that a name of the schema stands for; none when it isn't known."""
    if name == INTERFACE:
        return tuple(ENTITIES.values())
    found = TYPES.get(name)
    return () if found is None else (found,)
