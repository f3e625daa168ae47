"""What the arguments of the connections select, as tables can name it.

A filter turns an argument's value into a test of nodes. Which arguments a connection has, and
what they mean there, is a table in the connection's own module; the same name may differ from
one to the next (an empty `tags` selects nothing, everything, or what has no tags).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from uuid import UUID

from ayon_proxy.demo.derivations import folder_of, folder_path
from ayon_proxy.demo.entities import Folder
from ayon_proxy.demo.graphql.attributes import merged
from ayon_proxy.demo.graphql.query_filter import query_filter
from ayon_proxy.demo.graphql.question import Node, Question
from ayon_proxy.demo.project import Project


@dataclass(slots=True, frozen=True)
class Scope:
    """Where a connection's arguments apply."""

    question: Question
    project: Project
    arguments: Mapping[str, Any]


Test: TypeAlias = Callable[[Node], bool]
Filter: TypeAlias = Callable[[Scope, Any], Test]


def selected(nodes: Iterable[Node], filters: Mapping[str, Filter], scope: Scope) -> list[Node]:
    """The nodes that pass the filter of every argument that was given."""
    tests = [
        build(scope, value)
        for name, build in filters.items()
        if (value := scope.arguments.get(name)) is not None
    ]
    return [node for node in nodes if all(test(node) for test in tests)]


def entity_id(value: str) -> str:
    """An id without its dashes. Raises ValueError in the server's words."""
    try:
        return UUID(value).hex
    except ValueError as error:
        raise ValueError(f"Invalid entity ID {value}") from error


def ids(column: str = "id") -> Filter:
    """The column is one of these ids; what is no id is an error."""

    def build(_: Scope, value: list[str]) -> Test:
        wanted = {entity_id(each) for each in value}
        return lambda node: getattr(node.entity, column) in wanted

    return build


def among(column: str) -> Filter:
    """The column is one of these values."""

    def build(_: Scope, value: Collection[Any]) -> Test:
        wanted = set(value)
        return lambda node: getattr(node.entity, column) in wanted

    return build


def has_all(column: str, *, empty: bool | None) -> Filter:
    """The column holds all these values; of no values, `empty` is the answer.

    With `empty=None`, no values select what holds none.
    """

    def build(_: Scope, value: list[str]) -> Test:
        wanted = set(value)
        if not wanted:
            return lambda node: not getattr(node.entity, column) if empty is None else empty
        return lambda node: wanted <= set(getattr(node.entity, column))

    return build


def has_any(column: str) -> Filter:
    """The column holds one of these values; no values select what holds any."""

    def build(_: Scope, value: list[str]) -> Test:
        wanted = set(value)
        return lambda node: (
            bool(wanted & set(getattr(node.entity, column)))
            if wanted
            else bool(getattr(node.entity, column))
        )

    return build


def matches(text: Callable[[Node], str]) -> Filter:
    """A regular expression is found in the text."""

    def build(_: Scope, value: str) -> Test:
        pattern = re.compile(value)
        return lambda node: pattern.search(text(node)) is not None

    return build


def has_links(scope: Scope, value: str) -> Test:
    """There are links to (`IN`) or from (`OUT`) the entity. Raises ValueError for `NONE`."""
    links = scope.project.links.values()
    outputs = {link.output_id for link in links}
    inputs = {link.input_id for link in links}
    wanted = {
        "IN": outputs,
        "OUT": inputs,
        "ANY": inputs | outputs,
        "BOTH": inputs & outputs,
    }.get(value)
    if wanted is None:
        raise ValueError("Wrong has_links value")
    return lambda node: node.entity.id in wanted


def below_folders(column: str) -> Filter:
    """The column is one of these folders, or below one with `includeFolderChildren`."""

    def build(scope: Scope, value: list[str]) -> Test:
        wanted = {entity_id(each) for each in value}
        if scope.arguments.get("include_folder_children"):
            wanted |= descendants_of(scope.project, wanted)
        return lambda node: getattr(node.entity, column) in wanted

    return build


def descendants_of(project: Project, folder_ids: Collection[str]) -> set[str]:
    """The ids of all folders below these."""
    found: set[str] = set()
    layer = set(folder_ids)
    while layer:
        layer = {each.id for each in project.folders.values() if each.parent_id in layer}
        found |= layer
    return found


def attribute_values(scope: Scope, value: list[dict[str, Any]]) -> Test:
    """For every attribute named, the inherited value is one of those given, as text."""
    known = {each.name for each in scope.question.studio.attributes}
    wanted = [(each["name"], set(each["values"])) for each in value if each["name"] in known]

    def test(node: Node) -> bool:
        values = merged(scope.question, node)
        return all(_text(values.get(name)) in choices for name, choices in wanted)

    return test


def _text(value: Any) -> str | None:
    return None if value is None else str(value)


def query(
    columns: Collection[str], of: Callable[[Node], Node | None] = lambda node: node
) -> Filter:
    """A query filter over the node, or over another that it belongs to (none: not met)."""

    def build(scope: Scope, value: str) -> Test:
        if not value:
            return lambda _: True
        condition = query_filter(value, columns)

        def test(node: Node) -> bool:
            other = of(node)
            return other is not None and condition(lambda name: column(scope, other, name))

        return test

    return build


def column(scope: Scope, node: Node, name: str) -> Any:
    """A column's value as query filters see it: attributes with those inherited."""
    if name == "attrib":
        return merged(scope.question, node)
    if name in node.extra:
        return node.extra[name]
    return getattr(node.entity, name)


def search(*texts: Callable[[Node], str | None], alternatives: bool = False) -> Filter:
    """Every word is in one of the texts, whatever its case.

    With `alternatives`, commas separate searches of which one has to succeed.
    """

    def build(_: Scope, value: str) -> Test:
        parts = value.split(",") if alternatives else [value.replace(",", " ")]
        searches = [part.lower().split() for part in parts]

        def test(node: Node) -> bool:
            found = [str(text(node) or "").lower() for text in texts]
            return any(
                all(any(word in each for each in found) for word in words) for words in searches
            )

        return test

    return build


def path_of_folder(node: Node) -> str:
    """The path of the folder an entity lies in; a folder's own."""
    folder = folder_of(node.project, node.entity)
    return folder_path(node.project, folder) if isinstance(folder, Folder) else ""
