"""The schema offers what the recorded server's does."""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase

import pytest
from graphql import (
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    validate_schema,
)

from ayon_proxy.demo.catalogue import AttributeDefinition
from ayon_proxy.demo.film import small_film
from ayon_proxy.demo.graphql.schema import schema_of
from ayon_proxy.demo.not_emulated import NOT_EMULATED
from tests.demo.corpus import FOLDER, requires_corpus
from tests.demo.corpus_studio import corpus_studio


def offers(schema: GraphQLSchema) -> Iterator[str]:
    """`Type.field: Type` and `Type.field(argument: Type)` for all there is."""
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType | GraphQLInterfaceType):
            continue
        for name, field in type_.fields.items():
            yield f"{type_.name}.{name}: {field.type}"
            for argument, definition in field.args.items():
                yield f"{type_.name}.{name}({argument}: {definition.type})"


def test_schema_is_valid() -> None:
    assert validate_schema(schema_of(small_film().attributes)) == []


def test_schema_without_attributes_is_valid() -> None:
    assert validate_schema(schema_of([])) == []


@requires_corpus
def test_recorded_schema_is_offered() -> None:
    recorded = set(offers(build_schema((FOLDER / "schema.graphql").read_text("utf-8"))))
    missing = recorded - set(offers(schema_of(corpus_studio().attributes)))
    excuses = {each for each in NOT_EMULATED if each.startswith("schema/")}
    excused = {
        (each, excuse)
        for each in missing
        for excuse in excuses
        if fnmatchcase(f"schema/{each}", excuse)
    }
    assert missing == {each for each, _ in excused}
    assert excuses == {excuse for _, excuse in excused}


@pytest.mark.parametrize(
    ("kind", "type_"),
    [
        ("string", "String"),
        ("integer", "Int"),
        ("float", "Float"),
        ("boolean", "Boolean"),
        ("datetime", "DateTime"),
        ("list_of_strings", "[String!]"),
        ("dict", "JSON"),
    ],
)
def test_custom_attribute_becomes_a_field_of_its_types(kind: str, type_: str) -> None:
    custom = AttributeDefinition(
        name="weather", position=99, scope=["folder"], data={"type": kind}, builtin=False
    )
    found = set(offers(schema_of([*small_film().attributes, custom])))
    assert f"FolderAttribType.weather: {type_}" in found
    assert not any(each.startswith("TaskAttribType.weather") for each in found)
