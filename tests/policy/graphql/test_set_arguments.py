"""The table of set-like arguments holds what the schema has, and misses nothing by oversight.

Broken once, to see the tests fail: an argument misspelled, one left out, `featuredOnly` added.
"""

from __future__ import annotations

from collections import defaultdict

import pytest
from graphql import GraphQLObjectType, GraphQLSchema, build_schema

from ayon_proxy.demo.film import small_film
from ayon_proxy.demo.graphql.schema import schema_of
from ayon_proxy.policy.graphql.set_arguments import SETS, in_set_order, is_set
from tests.demo.corpus import FOLDER, requires_corpus

ORDER_MAY_COUNT = {
    ("versions", "featuredOnly"),
    ("featuredVersion", "order"),
    ("kanban", "projects"),
}
LISTS_OF_OBJECTS = {"attributes", "calculateSpecificStatistics"}


def list_arguments(schema: GraphQLSchema) -> dict[str, set[str]]:
    """Field → its arguments that take a list of scalars."""
    found = defaultdict(set)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            for field, definition in type_.fields.items():
                for name, argument in definition.args.items():
                    if str(argument.type).startswith("[") and name not in LISTS_OF_OBJECTS:
                        found[field].add(name)
    return found


def assert_table_fits(schema: GraphQLSchema) -> None:
    listed = {(field, name) for field, names in list_arguments(schema).items() for name in names}
    table = {(field, name) for field, names in SETS.items() for name in names}
    assert listed == table | ORDER_MAY_COUNT
    assert not table & ORDER_MAY_COUNT


def test_the_table_fits_the_demo() -> None:
    assert_table_fits(schema_of(small_film().attributes))


@requires_corpus
def test_the_table_fits_the_recorded_schema() -> None:
    assert_table_fits(build_schema((FOLDER / "schema.graphql").read_text()))


@pytest.mark.parametrize(
    ("field", "argument", "is_one"),
    [
        ("folders", "ids", True),
        ("folders", "pathEx", False),
        ("versions", "featuredOnly", False),
        ("unknown", "ids", False),
    ],
)
def test_sets_are_those_of_the_table(field: str, argument: str, is_one: bool) -> None:
    assert is_set(field, argument) is is_one


@pytest.mark.parametrize(
    ("values", "ordered"),
    [
        ([], []),
        (["b", "a", "b"], ["a", "b", "b"]),
        ([10, 9, -2], [-2, 9, 10]),
        ([1, True], [1, True]),
        ([True, 1], [True, 1]),
        (["b", None, "a"], ["b", None, "a"]),
        ([2.0, 1.0], [2.0, 1.0]),
        ([["b"], ["a"]], [["b"], ["a"]]),
    ],
)
def test_only_strings_and_integers_are_sorted(values: list[object], ordered: list[object]) -> None:
    assert repr(in_set_order(values)) == repr(ordered)
