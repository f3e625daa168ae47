"""A parsed document in canonical form: what is remembered of a query's text.

Selections and arguments are sorted, lists of set-like arguments too; the names of the operation
and of fragments are gone. Variables are still open: one document serves all their values.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class Variable:
    """Where the value of a variable goes."""

    name: str
    in_set: bool = False
    """Whether it is the whole of a set-like argument."""


@dataclass(frozen=True, slots=True)
class Enum:
    """An enum literal, which is no string."""

    name: str


@dataclass(frozen=True, slots=True)
class Members:
    """An input object literal, sorted by name."""

    members: tuple[tuple[str, Literal], ...]


Literal: TypeAlias = (
    "bool | int | float | str | Enum | Variable | tuple[Literal, ...] | Members | None"
)
Arguments: TypeAlias = tuple[tuple[str, Literal], ...]
"""Sorted by name."""


@dataclass(frozen=True, slots=True)
class Directive:
    """`@include`, `@skip`, or one that only upstream knows."""

    name: str
    arguments: Arguments


@dataclass(frozen=True, slots=True)
class Selected:
    """A field in a selection."""

    name: str
    result_key: str
    """Its name in the answer: the alias, when it has one."""
    arguments: Arguments
    directives: tuple[Directive, ...]
    selections: tuple[Selection, ...] | None


@dataclass(frozen=True, slots=True)
class Fragment:
    """An inline fragment, or a named one in the place where it is spread."""

    is_named: bool
    """Kept apart: whoever looks for selected fields may see one kind only."""
    type_condition: str | None
    directives: tuple[Directive, ...]
    own_directives: tuple[Directive, ...]
    """Those of a named fragment's definition."""
    selections: tuple[Selection, ...]


Selection: TypeAlias = "Selected | Fragment"


@dataclass(frozen=True, slots=True)
class Definition:
    """What an operation declares of a variable."""

    type: str
    default: Literal
    has_default: bool
    directives: tuple[Directive, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The operation that runs, and a digest of everything that was written."""

    digest: bytes
    """Of all but the values of variables."""
    slots: tuple[Variable, ...]
    """Where variables are used, in the order in which their values go into the key."""
    defaults: tuple[tuple[str, Literal], ...]
    """Variable → its default value, of those that have one."""
    selections: tuple[Selection, ...]
    tokens: int
    """The size of its text, in tokens."""
