"""Which fields of its nodes a connection was asked for: some are computed only then."""

from __future__ import annotations

from collections.abc import Iterator

from graphql import FieldNode, FragmentSpreadNode, InlineFragmentNode, SelectionSetNode

from ayon_proxy.demo.graphql.question import Info


def node_fields(info: Info) -> set[str]:
    """Names of the fields selected on the nodes of this connection, or on this single node."""
    names: set[str] = set()
    for field in info.field_nodes:
        if field.selection_set is None:
            continue
        fields = list(_fields(info, field.selection_set))
        edges = [each for each in fields if each.name.value == "edges"]
        for node in _inside(info, _inside(info, edges, "node"), None) if edges else fields:
            names.add(node.name.value)
    return names


def _inside(info: Info, fields: list[FieldNode], name: str | None) -> list[FieldNode]:
    return [
        each
        for field in fields
        if field.selection_set is not None
        for each in _fields(info, field.selection_set)
        if name is None or each.name.value == name
    ]


def _fields(info: Info, selections: SelectionSetNode) -> Iterator[FieldNode]:
    for selection in selections.selections:
        match selection:
            case FieldNode():
                yield selection
            case InlineFragmentNode():
                yield from _fields(info, selection.selection_set)
            case FragmentSpreadNode():
                fragment = info.fragments[selection.name.value]
                yield from _fields(info, fragment.selection_set)


def path_is_selected(info: Info, name: str) -> bool:
    """Whether a field of this name is selected directly on this node."""
    return name in node_fields(info)
