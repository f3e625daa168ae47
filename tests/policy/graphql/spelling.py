"""Spells one question in many ways: what clients do without meaning anything by it.

A `Spelling` shuffles selections, arguments, variables and sets, chooses names for the operation,
for variables and fragments, and strews white space, commas and comments.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeAlias

NONE = object()
"""No value, no default: `null` is one."""

SETS = ("ids", "names", "folderIds", "productIds", "statuses", "versions", "folderTypes")


@dataclass(frozen=True)
class Given:
    """An argument: a literal, or a variable if it has a declared type."""

    value: Any
    type: str | None = None
    default: Any = NONE


@dataclass(frozen=True)
class Field:
    """A field that is selected."""

    name: str
    alias: str | None = None
    arguments: tuple[tuple[str, Given], ...] = ()
    include: Given | None = None
    children: Selections | None = None


@dataclass(frozen=True)
class Group:
    """A fragment: named when it says so, else inline."""

    named: bool
    on: str | None
    children: Selections


Selections: TypeAlias = "tuple[Field | Group, ...]"


@dataclass
class Spelling:
    """One way of writing. `in_order` keeps the order of selections."""

    chance: Random
    in_order: bool = False
    declared: list[str] = field(default_factory=list)
    variables: dict[str, Any] = field(default_factory=dict)
    fragments: list[str] = field(default_factory=list)

    def body(self, roots: Selections) -> dict[str, Any]:
        """`query` and `variables` of a request."""
        selected = self._selections(roots)
        declared = self._shuffled(self.declared)
        brackets = f"({self._joined(declared)})" if declared else ""
        definitions = [f"query {self._name()}{brackets}{selected}", *self.fragments]
        text = self._space().join(self._shuffled(definitions))
        return {"query": text, "variables": dict(self._shuffled(self.variables.items()))}

    def _selections(self, fields: Selections) -> str:
        ordered = list(fields) if self.in_order else self._shuffled(fields)
        return "{" + self._joined(map(self._selection, ordered)) + "}"

    def _selection(self, each: Field | Group) -> str:
        if isinstance(each, Field):
            children = "" if each.children is None else self._selections(each.children)
            alias = f"{each.alias}:{self._space()}" if each.alias else ""
            include = f"@include(if: {self._argument('', each.include)})" if each.include else ""
            return f"{alias}{each.name}{self._arguments(each.arguments)} {include}{children}"
        inner = self._selections(each.children)
        on = f" on {each.on} " if each.on else ""
        if not each.named:
            return f"...{on}{inner}"
        name = self._name()
        self.fragments.append(f"fragment {name}{on}{inner}")
        return f"... {name}"

    def _arguments(self, arguments: Iterable[tuple[str, Given]]) -> str:
        written = [
            f"{name}{self._space()}:{self._argument(name, given)}"
            for name, given in self._shuffled(arguments)
        ]
        return f"({self._joined(written)})" if written else ""

    def _argument(self, name: str, given: Given) -> str:
        value, default = given.value, given.default
        if name in SETS:
            value, default = self._set(value), self._set(default)
        if given.type is None:
            return self._literal(value)
        variable = self._name()
        written = "" if default is NONE else f" = {self._literal(default)}"
        self.declared.append(f"${variable}: {given.type}{written}")
        if value is not NONE:
            self.variables[variable] = value
        return f"${variable}"

    def _literal(self, value: Any) -> str:
        if isinstance(value, list):
            return "[" + self._joined(map(self._literal, value)) + "]"
        if isinstance(value, str) and value.isalnum() and self.chance.random() < 0.2:
            return f'"""{value}"""'
        return json.dumps(value)

    def _set(self, value: Any) -> Any:
        return self._shuffled(value) if isinstance(value, list) else value

    def _shuffled(self, values: Iterable[Any]) -> list[Any]:
        found = list(values)
        self.chance.shuffle(found)
        return found

    def _joined(self, parts: Iterable[str]) -> str:
        return "".join(f"{self._space()}{part}" for part in parts)

    def _space(self) -> str:
        return self.chance.choice([" ", "\n", "\r\n\t", ", ", " # {]a\n", "  "])

    def _name(self) -> str:
        return f"n{self.chance.getrandbits(48):x}"
