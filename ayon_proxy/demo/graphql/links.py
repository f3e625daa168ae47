"""Links: those of an entity, and those of a project. Their cursors are plain numbers."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ayon_proxy.demo.entities import EntityType
from ayon_proxy.demo.graphql.paging import Connection, PageInfo
from ayon_proxy.demo.graphql.question import Info, Node, question_of
from ayon_proxy.demo.project import Link, Project


@dataclass(slots=True)
class LinkEnd:
    """A link as one of its ends sees it."""

    project: Project
    link: Link
    direction: str

    @property
    def entity_type(self) -> EntityType:
        """The type of the other end."""
        return self.link.input_type if self.direction == "in" else self.link.output_type

    @property
    def entity_id(self) -> str:
        """The id of the other end."""
        return self.link.input_id if self.direction == "in" else self.link.output_id

    @property
    def cursor(self) -> str:
        """Its place in the creation order."""
        return str(self.link.creation_order)

    @property
    def description(self) -> str:
        """A sentence about its type."""
        link = self.link
        return f"{link.link_type} link with input {link.input_type} and output {link.output_type}"


@dataclass(slots=True)
class ProjectLink:
    """A link as the project shows it; only managers see who made it."""

    project: Project
    link: Link
    author: str | None

    @property
    def cursor(self) -> str:
        """Its place in the creation order."""
        return str(self.link.creation_order)


def links_of(node: Node, _: Info, **arguments: Any) -> Connection:
    """`links` of an entity, in creation order."""
    ends = [
        LinkEnd(node.project, link, "in" if node.entity.id == link.output_id else "out")
        for link in node.project.links.values()
        if _concerns(link, node.entity.id, arguments.get("direction")) and _matches(link, arguments)
    ]
    return _page(ends, arguments)


def project_links(project: Project, info: Info, **arguments: Any) -> Connection:
    """`links` of a project, in creation order."""
    user = question_of(info).user
    found = [
        ProjectLink(project, link, link.author if user.is_manager else None)
        for link in project.links.values()
        if _matches(link, arguments)
        and _one_of(arguments.get("ids"), link.id)
        and _one_of(arguments.get("entity_ids"), link.input_id, link.output_id)
        and _one_of(arguments.get("input_ids"), link.input_id)
        and _one_of(arguments.get("output_ids"), link.output_id)
        and _one_of(arguments.get("input_types"), link.input_type)
        and _one_of(arguments.get("output_types"), link.output_type)
    ]
    return _page(found, arguments)


def _concerns(link: Link, entity_id: str, direction: str | None) -> bool:
    ends = {"in": (link.output_id,), "out": (link.input_id,)}
    return entity_id in ends.get(direction or "", (link.input_id, link.output_id))


def _matches(link: Link, arguments: dict[str, Any]) -> bool:
    after, pattern = arguments.get("after") or "", arguments.get("name_ex")
    names = arguments.get("names")
    return (
        _one_of(arguments.get("link_types"), link.link_type)
        and (names is None or link.name in names)
        and (
            pattern is None or (link.name is not None and re.search(pattern, link.name) is not None)
        )
        and (not after.isdigit() or link.creation_order > int(after))
    )


def _one_of(wanted: Iterable[str] | None, *values: str) -> bool:
    return not wanted or any(value in wanted for value in values)


def _page(edges: list[Any], arguments: dict[str, Any]) -> Connection:
    first = max(arguments.get("first", 100), 0)
    shown = edges[:first]
    return Connection(
        edges=shown,
        page_info=PageInfo(
            has_next_page=len(edges) > first, end_cursor=shown[-1].cursor if shown else None
        ),
    )


def _node(info: Info, project: Project, entity_type: EntityType, entity_id: str) -> Node | None:
    """The entity at an end, if it still exists and the user may read it."""
    entity = project.entity(entity_type, entity_id)
    if entity is None or not question_of(info).sees(project, entity):
        return None
    return Node(project, entity_type, entity)


def _column(name: str) -> Any:
    return lambda edge, _: getattr(edge.link, name)


FIELDS: dict[str, dict[str, Any]] = {
    "LinkEdge": {
        **{name: _column(name) for name in ("id", "name", "author", "data")},
        "projectName": lambda edge, _: edge.project.name,
        "linkType": _column("link_type"),
        "node": lambda edge, info: _node(info, edge.project, edge.entity_type, edge.entity_id),
    },
    "ProjectLinkEdge": {
        **{name: _column(name) for name in ("id", "name", "data")},
        **{
            name: _column(column)
            for name, column in (
                ("linkType", "link_type"),
                ("inputType", "input_type"),
                ("outputType", "output_type"),
                ("inputId", "input_id"),
                ("outputId", "output_id"),
                ("createdAt", "created_at"),
            )
        },
        "projectName": lambda edge, _: edge.project.name,
        "inputNode": lambda edge, info: _node(
            info, edge.project, edge.link.input_type, edge.link.input_id
        ),
        "outputNode": lambda edge, info: _node(
            info, edge.project, edge.link.output_type, edge.link.output_id
        ),
    },
    "ProjectNode": {"links": project_links},
}
