"""Brings selections into canonical form: sorted, with fragments in their places, bounded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from graphql.language import (
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    InlineFragmentNode,
    SelectionNode,
    SelectionSetNode,
)

from ayon_proxy.policy.graphql.bounds import MOST_FIELDS, MOST_NESTING
from ayon_proxy.policy.graphql.document import Fragment, Selected, Selection
from ayon_proxy.policy.graphql.encoding import name_of, selection_bytes
from ayon_proxy.policy.graphql.literals import arguments, directives
from ayon_proxy.policy.graphql.unreadable import NotAQuestion


class Shaped(NamedTuple):
    """Selections, and what is known of them without looking into them again."""

    selections: tuple[Selection, ...]
    encoded: bytes
    """With variables by name."""
    fields: int
    """How many there are when fragments are resolved."""
    height: int


class _One(NamedTuple):
    encoded: bytes
    selection: Selection
    fields: int
    height: int


_NOTHING = Shaped((), b"", 0, 0)


class Shaping:
    """One document. Each fragment is shaped once, however often it is spread."""

    def __init__(self, fragments: Mapping[str, FragmentDefinitionNode], *, in_order: bool) -> None:
        self._fragments = fragments
        self._in_order = in_order
        self._shaped: dict[str, Shaped | None] = {}
        """None for a fragment that is being shaped."""

    @property
    def reached(self) -> frozenset[str]:
        """The fragments that were spread so far."""
        return frozenset(self._shaped)

    def selections(self, node: SelectionSetNode, depth: int = 0) -> Shaped:
        """Raises NotAQuestion for selections that are too many or too deep, and for fragments that
        are missing or spread within themselves."""
        if depth > MOST_NESTING:
            raise NotAQuestion("selections are nested too deeply")
        found = [self._one(each, depth) for each in node.selections]
        fields = sum(each.fields for each in found)
        if fields > MOST_FIELDS:
            raise NotAQuestion("too many fields are selected")
        if not self._in_order:
            found.sort(key=lambda each: each.encoded)
        return Shaped(
            tuple(each.selection for each in found),
            b"".join(each.encoded for each in found),
            fields,
            1 + max((each.height for each in found), default=0),
        )

    def _one(self, node: SelectionNode, depth: int) -> _One:
        selection: Selection
        match node:
            case FieldNode():
                inner = self._of_field(node, depth)
                selection = Selected(
                    name=node.name.value,
                    result_key=(node.alias or node.name).value,
                    arguments=arguments(node.arguments, node.name.value),
                    directives=directives(node.directives),
                    selections=None if node.selection_set is None else inner.selections,
                )
            case FragmentSpreadNode():
                inner = self._spread(node.name.value, depth)
                selection = self._fragment(node, inner)
            case InlineFragmentNode():
                inner = self.selections(node.selection_set, depth + 1)
                condition = node.type_condition
                selection = Fragment(
                    is_named=False,
                    type_condition=None if condition is None else condition.name.value,
                    directives=directives(node.directives),
                    own_directives=(),
                    selections=inner.selections,
                )
            case _:
                raise TypeError(node)  # there is no other
        is_field = isinstance(selection, Selected)
        encoded = selection_bytes(selection, inner.encoded, name_of)
        return _One(encoded, selection, inner.fields + is_field, inner.height)

    def _of_field(self, node: FieldNode, depth: int) -> Shaped:
        if node.selection_set is None:
            return _NOTHING
        return self.selections(node.selection_set, depth + 1)

    def _spread(self, name: str, depth: int) -> Shaped:
        definition = self._fragments.get(name)
        if definition is None:
            raise NotAQuestion("a fragment is missing")
        if name not in self._shaped:
            self._shaped[name] = None
            self._shaped[name] = self.selections(definition.selection_set, depth + 1)
        shaped = self._shaped[name]
        if shaped is None:
            raise NotAQuestion("a fragment is spread within itself")
        if depth + shaped.height > MOST_NESTING:
            raise NotAQuestion("fragments are nested too deeply")
        return shaped

    def _fragment(self, node: FragmentSpreadNode, shaped: Shaped) -> Fragment:
        definition = self._fragments[node.name.value]
        return Fragment(
            is_named=True,
            type_condition=definition.type_condition.name.value,
            directives=directives(node.directives),
            own_directives=directives(definition.directives),
            selections=shaped.selections,
        )
