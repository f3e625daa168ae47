"""What is asked, with the values of variables in their places.

For who wants to know what an answer depends on: every field by its own name, with its arguments
and what is selected below it. Fragments are resolved, and what `@skip` or `@include` leaves out is
gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TypeAlias

from ayon_proxy.policy.graphql.body import Json
from ayon_proxy.policy.graphql.document import (
    Arguments,
    Directive,
    Document,
    Enum,
    Fragment,
    Literal,
    Members,
    Selection,
    Variable,
)
from ayon_proxy.policy.graphql.set_arguments import in_set_order

Value: TypeAlias = (
    "bool | int | float | str | Enum | tuple[Value, ...] | Mapping[str, Value] | None"
)

_LEAVES_OUT = {"include": False, "skip": True}
"""Directive → the condition under which it does."""

_NONE: Mapping[str, Value] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Field:
    """A field that is asked for."""

    name: str
    result_key: str
    """Its name in the answer."""
    arguments: Mapping[str, Value]
    """As given, set-like ones sorted; without those for which there is no value at all."""
    on: str | None = None
    """The type for which alone it is asked, if a fragment says so (the innermost)."""
    fields: tuple[Field, ...] = ()

    def below(self, *path: str) -> Iterator[Field]:
        """The fields at the end of a path of names: `below("edges", "node")`. Several when one is
        selected under different keys, or in several places."""
        if not path:
            yield self
        for each in self.fields:
            if path and each.name == path[0]:
                yield from each.below(*path[1:])


def fields_asked(document: Document, given: Mapping[str, Json]) -> tuple[Field, ...]:
    """The root fields, asked with these variables."""
    values = {name: _value(default, {}) for name, default in document.defaults}
    values |= {name: _frozen(value) for name, value in given.items()}
    return tuple(_fields(document.selections, values, None))


def _fields(
    selections: tuple[Selection, ...], values: Mapping[str, Value], on: str | None
) -> Iterator[Field]:
    for each in selections:
        if _is_left_out(each.directives, values):
            continue
        if isinstance(each, Fragment):
            yield from _fields(each.selections, values, each.type_condition or on)
            continue
        yield Field(
            each.name,
            each.result_key,
            _arguments(each.arguments, values),
            on,
            tuple(_fields(each.selections or (), values, None)),
        )


def _is_left_out(directives: tuple[Directive, ...], values: Mapping[str, Value]) -> bool:
    """Known to be. Upstream refuses a condition that has no value."""
    return any(
        _arguments(each.arguments, values).get("if") is _LEAVES_OUT[each.name]
        for each in directives
        if each.name in _LEAVES_OUT
    )


def _arguments(arguments: Arguments, values: Mapping[str, Value]) -> Mapping[str, Value]:
    if not arguments:
        return _NONE
    return MappingProxyType(
        {
            name: _value(value, values)
            for name, value in arguments
            if not isinstance(value, Variable) or value.name in values
        }
    )


def _value(literal: Literal, values: Mapping[str, Value]) -> Value:
    match literal:
        case Variable():
            value = values.get(literal.name)
            if literal.in_set and isinstance(value, tuple):
                return tuple(in_set_order(value))
            return value
        case tuple():
            return tuple(_value(each, values) for each in literal)
        case Members():
            return _arguments(literal.members, values)
        case _:
            return literal


def _frozen(value: Json) -> Value:
    if isinstance(value, dict):
        return MappingProxyType({name: _frozen(each) for name, each in value.items()})
    return tuple(map(_frozen, value)) if isinstance(value, list) else value
