"""Connections of entities: `project.folders(…)`, `folder.tasks(…)`, and `project.folder(id)`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from ayon_proxy.demo.entities import EntityType
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql.attributes import merged
from ayon_proxy.demo.graphql.filters import Filter, Scope, path_of_folder, selected
from ayon_proxy.demo.graphql.paging import Connection, SortKey, page
from ayon_proxy.demo.graphql.question import Info, Node, project_of, question_of
from ayon_proxy.demo.graphql.selection import node_fields
from ayon_proxy.demo.project import Project

Sort: TypeAlias = Callable[[Scope], SortKey[Node]]
Completion: TypeAlias = Callable[[Scope, set[str], list[Node]], None]


def by_column(name: str) -> Sort:
    """Sorted by a column of the entity."""
    return lambda _: lambda node: getattr(node.entity, name)


def by_text(text: Callable[[Node], Any]) -> Sort:
    """Sorted by what a function says of the node."""
    return lambda _: text


def by_anatomy(name: str, vocabulary: str) -> Sort:
    """Sorted by the place that a status or type has in the project's anatomy."""

    def sort(scope: Scope) -> SortKey[Node]:
        words = [each["name"] for each in getattr(scope.project.anatomy, vocabulary)]
        places = {word: place for place, word in enumerate(words)}
        return lambda node: places.get(getattr(node.entity, name), len(places))

    return sort


def folder_path_key(node: Node) -> str:
    """The folder's path as cursors have it: without the slash in front."""
    return path_of_folder(node).lstrip("/")


@dataclass(frozen=True, kw_only=True)
class Listing:
    """What is particular to the connection of one entity type."""

    entity_type: EntityType
    filters: Mapping[str, Filter]
    sorts: Mapping[str, Sort] = field(default_factory=dict)
    """`sortBy` → its key."""
    ties: tuple[Sort, ...] = (by_column("creation_order"),)
    """What decides between rows with the same sort value; alone they are the default order's."""
    path_order: tuple[Sort, ...] = ()
    """What `sortBy: "path"` means."""
    parents: Mapping[EntityType, tuple[str, str]] = field(default_factory=dict)
    """Type of the node it is nested in → (argument that overrides the nesting, column)."""
    complete: Completion | None = None
    """Adds what only this connection tells of its nodes, before they are filtered."""
    checks_access_below_projects: bool = True
    sees: Callable[[Scope, Node], bool] = lambda scope, node: scope.question.sees(
        scope.project, node.entity
    )

    def resolve(self, source: Project | Node, info: Info, **arguments: Any) -> Connection:
        """The page that was asked for. Raises AyonError or ValueError as GraphQL errors."""
        scope = Scope(question_of(info), project_of(source), arguments)
        if scope.question.user.is_guest:
            return Connection()
        nodes = [
            Node(scope.project, self.entity_type, entity, listed=True)
            for entity in scope.project.table(self.entity_type).values()
        ]
        if isinstance(source, Node):
            nodes = self._nested(source, nodes, arguments)
        if self.checks_access_below_projects or isinstance(source, Project):
            nodes = [node for node in nodes if self.sees(scope, node)]
        if self.complete is not None:
            self.complete(scope, node_fields(info), nodes)
        nodes = selected(nodes, self.filters, scope)
        return page(nodes, self._sort_keys(scope), lambda node: node, arguments)

    def resolve_one(self, source: Project, info: Info, **arguments: Any) -> Node:
        """The entity with an id. Raises AyonError 400 without one, 404 if it is not there."""
        label = self.entity_type.capitalize()
        if not arguments["id"]:
            raise AyonError(400, f"{label} ID not specified")
        found = self.resolve(source, info, ids=[arguments["id"]]).edges
        if not found:
            raise AyonError(404, f"{label} not found")
        node: Node = found[0].node
        return node

    def _nested(self, source: Node, nodes: list[Node], arguments: Mapping[str, Any]) -> list[Node]:
        override, column = self.parents[source.entity_type]
        if arguments.get(override) is not None:
            return nodes
        return [node for node in nodes if getattr(node.entity, column) == source.entity.id]

    def _sort_keys(self, scope: Scope) -> list[SortKey[Node]]:
        wanted = scope.arguments.get("sort_by")
        keys = [] if wanted is None else self._wanted(wanted)
        if len(keys) < 2:
            keys.extend(self.ties if keys else (by_column("creation_order"),))
        return [key(scope) for key in keys]

    def _wanted(self, name: str) -> list[Sort]:
        if name == "path" and self.path_order:
            return [*self.path_order]
        if name.startswith("attrib."):
            return [by_attribute(name.removeprefix("attrib."))]
        if name not in self.sorts:
            raise AyonError(400, f"Invalid sort_by value: {name}")
        return [self.sorts[name]]


def by_attribute(name: str) -> Sort:
    """Sorted by an attribute's text, or by its place in the attribute's enumeration."""

    def sort(scope: Scope) -> SortKey[Node]:
        definition = next(
            (each for each in scope.question.studio.attributes if each.name == name), None
        )
        choices = (definition.data.get("enum") or []) if definition else []
        places = {each["value"]: place for place, each in enumerate(choices)}

        def key(node: Node) -> Any:
            value = merged(scope.question, node).get(name)
            if places:
                return places.get(value, len(places))
            return None if value is None else str(value)

        return key

    return sort
