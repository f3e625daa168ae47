"""Every field and argument of the recorded schema has its place in the tables.

Broken once, to see it fail: a field taken out of a type, an argument out of a list, a type out of
the tables.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLSchema,
    build_schema,
    get_named_type,
)

from ayon_proxy.policy.invalidation import carried
from ayon_proxy.policy.shown.gathered import LIFETIMES, row
from ayon_proxy.policy.shown.node_type import Lead
from ayon_proxy.policy.shown.types import INTERFACE, TYPES, named
from tests.demo.corpus import FOLDER, requires_corpus


def schema() -> GraphQLSchema:
    return build_schema((FOLDER / "schema.graphql").read_text())


def leads() -> Iterator[tuple[str, str, Lead]]:
    for name, each in TYPES.items():
        for field, lead in each.leads.items():
            yield name, field, lead


@requires_corpus
def test_every_field_of_every_type_that_is_reached_is_known() -> None:
    described = schema()
    unknown = []
    reached = {"Query"}
    waiting = ["Query"]
    while waiting:
        name = waiting.pop()
        of_schema = described.type_map[name]
        assert isinstance(of_schema, GraphQLObjectType | GraphQLInterfaceType)
        for field, definition in of_schema.fields.items():
            knowing = [each for each in named(name) if each.knows(field)]
            if not knowing or (name != INTERFACE and len(knowing) != 1):
                unknown.append(f"{name}.{field}")
            for each in knowing:
                lead = each.leads.get(field)
                unknown += unknown_arguments(name, field, definition, lead)
                if lead is not None and lead.to and lead.to not in reached:
                    assert lead.to == get_named_type(definition.type).name
                    reached.add(lead.to)
                    waiting.append(lead.to)
    assert unknown == []
    assert reached == set(TYPES) | {INTERFACE}


def unknown_arguments(
    name: str, field: str, definition: GraphQLField, lead: Lead | None
) -> Iterator[str]:
    if lead is None:
        assert not definition.args, field
    elif not lead.never:
        yield from (f"{name}.{field}({each})" for each in definition.args.keys() - lead.arguments)


@requires_corpus
def test_the_tables_know_nothing_that_the_schema_has_not() -> None:
    described = schema()
    for name, each in TYPES.items():
        of_schema = described.type_map[name]
        assert isinstance(of_schema, GraphQLObjectType)
        own = {field for field in (*each.rows, *each.leads) if not field.startswith("__")}
        assert own - set(of_schema.fields) - NEWER.get(name, frozenset()) == set()
        for field, lead in each.leads.items():
            if field in of_schema.fields and not lead.never:
                assert set(lead.arguments) == set(of_schema.fields[field].args)


NEWER: dict[str, frozenset[str]] = {
    "FolderNode": frozenset({"taskNames"}),
    "ProductNode": frozenset({"hasReviewables"}),
}
"""Fields that `carried` tells of, and only the REST API has."""


@requires_corpus
def test_what_holds_selections_leads_somewhere() -> None:
    described = schema()
    for name, each in TYPES.items():
        of_schema = described.type_map[name]
        assert isinstance(of_schema, GraphQLObjectType)
        for field in each.rows:
            if field in of_schema.fields:
                shown = get_named_type(of_schema.fields[field].type)
                assert not isinstance(shown, GraphQLObjectType), f"{name}.{field}"


@pytest.mark.parametrize("where", [f"{name}.{field}" for name, field, _ in leads()])
def test_rows_and_tags_of_the_tables_exist(where: str) -> None:
    name, field = where.split(".")
    lead = TYPES[name].leads[field]
    assert lead.to in (*TYPES, INTERFACE, "")
    tags = [tag for each in lead.arguments.values() for tag in (*each.tags, *each.elsewhere)]
    tags += [tag for rows in TYPES[name].rows.values() for each in rows for tag in row(each)]
    for tag in (*tags, *(tag for each in lead.rows for tag in row(each))):
        assert tag in VOCABULARY, tag


VOCABULARY = {
    tag
    for each in (*carried.OF_PROJECTS.values(), *carried.OF_THE_STUDIO.values())
    for template in each.tags
    for tag in (
        template,
        *(template.replace("{type}", kind) for kind in ("link", "list", "activity")),
        *(template.replace("{type}", kind) for kind, _ in carried.PARENTS.values()),
    )
}


@pytest.mark.parametrize("tag", LIFETIMES)
def test_lifetimes_are_of_tags_that_exist(tag: str) -> None:
    assert tag in VOCABULARY or tag in ("any", "any:{project}")
