"""The items of an entity list: `entityList.items(…)`."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ayon_proxy.demo.entities import Entity
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql import columns
from ayon_proxy.demo.graphql.attributes import merged, readable
from ayon_proxy.demo.graphql.json_text import json_text
from ayon_proxy.demo.graphql.lists import ShownList
from ayon_proxy.demo.graphql.paging import Connection, SortKey, page
from ayon_proxy.demo.graphql.query_filter import Columns, query_filter
from ayon_proxy.demo.graphql.question import Info, Node, Resolver, question_of, snake_case
from ayon_proxy.demo.project import ListItem

PAGE_SIZE = 200
SORTS = {
    "position": "position",
    "label": "label",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "createdBy": "created_by",
    "updatedBy": "updated_by",
    "folderPath": "folder_path",
    "path": "folder_path",
}


@dataclass(slots=True)
class ItemEdge:
    """An item of a list; `node` is its entity."""

    shown: ShownList
    item: ListItem
    entity: Entity
    cursor: str | None = None
    node: Node = field(init=False)

    def __post_init__(self) -> None:
        self.node = Node(self.shown.project, self.shown.list.entity_type, self.entity, in_list=True)


def items(shown: ShownList, info: Info, **arguments: Any) -> Connection:
    """Items whose entity exists. Raises AyonError 400 for lists of different entity types."""
    question = question_of(info)
    if question.list_entity_type not in (None, shown.list.entity_type):
        raise AyonError(
            400,
            "Queried multiple entity types in the same query. "
            "This is not supported (and will not be).",
        )
    question.list_entity_type = shown.list.entity_type
    edges = [
        ItemEdge(shown, item, entity)
        for item in shown.list.items
        if (entity := shown.project.entity(shown.list.entity_type, item.entity_id)) is not None
    ]
    if text := arguments.get("filter"):
        condition = query_filter(text, columns.LIST_ITEM)
        edges = [edge for edge in edges if condition(_columns(edge))]
    if arguments.get("accessible_only"):
        edges = [edge for edge in edges if question.sees(shown.project, edge.entity)]
    if arguments.get("first") is None and arguments.get("last") is None:
        arguments["first"] = PAGE_SIZE
    found = page(edges, _item_sort(arguments.get("sort_by")), lambda edge: edge, arguments)
    for edge in found.edges:
        edge.node.cursor = edge.cursor
    return Connection(edges=[edge.node for edge in found.edges], page_info=found.page_info)


def _columns(edge: ItemEdge) -> Columns:
    return lambda name: getattr(edge.item, name)


def _item_sort(name: str | None) -> list[SortKey[ItemEdge]]:
    keys: list[SortKey[ItemEdge]] = []
    if name in SORTS:
        keys.append(lambda edge: getattr(edge.item, SORTS[name]))
    elif name is not None and name.startswith("entity"):
        column = snake_case(name).removeprefix("entity_")
        keys.append(lambda edge: getattr(edge.entity, column))
    elif name is not None and name.startswith("attrib."):
        attribute = name.removeprefix("attrib.")
        keys.append(lambda edge: (edge.entity.attrib | edge.item.attrib).get(attribute))
    elif name:
        raise AyonError(400, f"Invalid sort key {name}")
    return keys if name == "position" else [*keys, lambda edge: edge.item.position]


def _node(edge: ItemEdge, info: Info) -> Node | None:
    return edge.node if question_of(info).sees(edge.shown.project, edge.entity) else None


def _attributes(edge: ItemEdge) -> set[str]:
    return {each["name"] for each in edge.shown.list.data.get("attributes", [])}


def _all_attrib(edge: ItemEdge, info: Info) -> str:
    """The entity's attributes, and over them those the list has for the item."""
    question = question_of(info)
    values = merged(question, edge.node) | edge.item.attrib
    own = {name: edge.item.attrib[name] for name in _attributes(edge) & set(edge.item.attrib)}
    scope = edge.shown.list.entity_type
    return json_text(readable(question, scope, values, edge.shown.project) | own)


def _of_item(name: str) -> Resolver:
    return lambda edge, _: getattr(edge.item, snake_case(name))


FIELDS: dict[str, dict[str, Resolver]] = {
    "EntityListNode": {"items": items},
    "EntityListItemEdge": {
        **{
            name: _of_item(name)
            for name in (
                *("id", "entityId", "position", "folderPath", "tags"),
                *("createdAt", "updatedAt", "createdBy", "updatedBy"),
            )
        },
        "projectName": lambda edge, _: edge.shown.project.name,
        "entityType": lambda edge, _: edge.shown.list.entity_type,
        "attrib": lambda edge, _: json_text(edge.item.attrib),
        "allAttrib": _all_attrib,
        "ownAttrib": lambda edge, _: [
            name for name in edge.item.attrib if name in _attributes(edge)
        ],
        "data": lambda edge, _: json_text(edge.item.data),
        "node": _node,
    },
}
