"""Questions that select all that looks alike (`policy.shown.alike`), by a server's own schema.

So that a table made from one version of AYON is held against another.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_client_schema,
    get_introspection_query,
    get_named_type,
)

from ayon_proxy.policy.shown.alike import ALIKE
from tests.clients.subjects import Subjects

ON_THE_WAY = ("Connection", "Edge", "Info")
"""Ends of the names of types that only lead from one thing to the next."""
PAGE = 300


def schema_of(client: httpx.Client) -> GraphQLSchema:
    """What the server says of itself."""
    asked: dict[str, Any] = {"query": get_introspection_query(descriptions=False)}
    answer = client.post("/graphql", json=asked).raise_for_status().json()
    return build_client_schema(answer["data"])


def questions(schema: GraphQLSchema, s: Subjects, depth: int = 2) -> Iterator[str]:
    """One for each field of a project, with all that is below it, so many things deep."""
    selecting = _Selecting(schema)
    for name, field in selecting.fields("ProjectNode"):
        given = f'id: "{getattr(s, name)}"' if "id" in field.args else ""
        selected = selecting.selected(name, field, depth + 1, given)
        if selected:
            yield f'{{project(name: "{s.project}") {{{selected}}}}}'


class _Selecting:
    def __init__(self, schema: GraphQLSchema) -> None:
        self._schema = schema

    def fields(self, name: str) -> Iterator[tuple[str, GraphQLField]]:
        """Those of a type that look alike; all, where the table names the type nowhere."""
        of_type = self._schema.type_map[name]
        assert isinstance(of_type, GraphQLObjectType)
        for field, definition in of_type.fields.items():
            if field in ALIKE.get(name, of_type.fields):
                yield field, definition

    def selected(self, name: str, field: GraphQLField, depth: int, given: str = "") -> str:
        """The field with what is below it; nothing where that is too deep."""
        shown = get_named_type(field.type)
        if "first" in field.args:
            given = f"first: {PAGE}"
        arguments = f"({given})" if given else ""
        if isinstance(shown, GraphQLInterfaceType):
            nodes = self._schema.get_implementations(shown).objects
            below = " ".join(f"... on {each.name} {{id name}}" for each in nodes)
        elif isinstance(shown, GraphQLObjectType):
            left = depth if shown.name.endswith(ON_THE_WAY) else depth - 1
            if left == 0:
                return ""
            parts = (self.selected(*each, left) for each in self.fields(shown.name))
            below = " ".join(each for each in parts if each)
        else:
            return name + arguments
        return f"{name}{arguments} {{{below}}}" if below else ""
