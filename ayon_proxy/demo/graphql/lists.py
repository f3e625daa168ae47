"""`project.entityLists(…)`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql import columns
from ayon_proxy.demo.graphql.filters import entity_id
from ayon_proxy.demo.graphql.json_text import json_text
from ayon_proxy.demo.graphql.paging import Connection, SortKey, page
from ayon_proxy.demo.graphql.query_filter import Columns, query_filter
from ayon_proxy.demo.graphql.question import Info, Resolver, question_of, snake_case
from ayon_proxy.demo.project import EntityList, Project

MANAGE = 30
"""`accessLevel` of everybody: the open source server's lists are open."""
SORTS = {
    "label": "label",
    "owner": "owner",
    "entityListType": "entity_list_type",
    "createdAt": "created_at",
    "updatedAt": "updated_at",
    "active": "active",
}


@dataclass(slots=True)
class ShownList:
    """A list in the answer."""

    project: Project
    list: EntityList


def entity_lists(project: Project, info: Info, **arguments: Any) -> Connection:
    """The project's lists."""
    if question_of(info).user.is_guest:
        return Connection()
    ids, text = arguments.get("ids"), arguments.get("filter")
    wanted = {entity_id(each) for each in ids} if ids else None
    words = (arguments.get("search") or "").lower().split()
    condition = query_filter(text, columns.ENTITY_LIST) if text else lambda _: True
    rows = [
        each
        for each in project.lists.values()
        if (wanted is None or each.id in wanted)
        and all(word in f"{each.label} {each.entity_type}".lower() for word in words)
        and condition(_columns(each))
    ]
    return page(
        rows, _list_sort(arguments.get("sort_by")), lambda row: ShownList(project, row), arguments
    )


def _columns(row: EntityList) -> Columns:
    return lambda name: len(row.items) if name == "count" else getattr(row, name)


def _list_sort(name: str | None) -> list[SortKey[EntityList]]:
    keys: list[SortKey[EntityList]] = [lambda each: each.creation_order]
    if name == "count":
        keys.insert(0, lambda each: len(each.items))
    elif name in SORTS:
        keys.insert(0, lambda each: getattr(each, SORTS[name]))
    elif name is not None:
        raise AyonError(400, f"Invalid sort_by value: {name}")
    return keys


def entity_list(project: Project, info: Info, **arguments: Any) -> ShownList:
    """One list. Raises AyonError 400 or 404."""
    if not arguments["id"]:
        raise AyonError(400, "Entity list ID is not specified")
    found = entity_lists(project, info, ids=[arguments["id"]]).edges
    if not found:
        raise AyonError(404, "Entity list not found")
    shown: ShownList = found[0].node
    return shown


def _of_list(name: str) -> Resolver:
    return lambda shown, _: getattr(shown.list, snake_case(name))


FIELDS: dict[str, dict[str, Resolver]] = {
    "ProjectNode": {"entityLists": entity_lists, "entityList": entity_list},
    "EntityListNode": {
        **{
            name: _of_list(name)
            for name in (
                *("id", "label", "entityType", "entityListType", "entityListFolderId", "owner"),
                *("tags", "active", "createdAt", "updatedAt", "createdBy", "updatedBy"),
            )
        },
        "projectName": lambda shown, _: shown.project.name,
        "access": lambda shown, _: json_text(shown.list.access),
        "allAttrib": lambda shown, _: json_text(shown.list.attrib),
        "data": lambda shown, _: json_text(shown.list.data),
        "attributes": lambda shown, _: json_text(shown.list.data.get("attributes", [])),
        "count": lambda shown, _: shown.list.data.get("count", 0),
        "activityCategories": lambda _, __: [],
        "accessLevel": lambda _, __: MANAGE,
    },
}
