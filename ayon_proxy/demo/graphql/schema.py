"""The schema: `sdl/` completed, and every field with its resolver.

Written in the files are the types with something of their own. Made here are connections and
edges, attribute types (from the studio's attribute definitions: custom ones are fields, too),
the interface's fields in the types that implement it, and the arguments of nested connections,
which are those of the project's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from datetime import datetime
from functools import cache
from importlib import resources
from typing import Any, cast

from graphql import (
    GraphQLField,
    GraphQLInterfaceType,
    GraphQLObjectType,
    GraphQLScalarType,
    GraphQLSchema,
    build_schema,
)

from ayon_proxy.demo.catalogue import AttributeDefinition
from ayon_proxy.demo.graphql import (
    activity_fields,
    entity_fields,
    events,
    inbox,
    kanban,
    links,
    list_items,
    lists,
    projects,
    users,
)
from ayon_proxy.demo.graphql.question import Info, Node, Resolver, snake_case

FILES = ("query", "project", "entities", "activities", "lists", "studio")
CONNECTIONS = {
    "Folder": "FoldersConnection",
    "Task": "TasksConnection",
    "Product": "ProductsConnection",
    "Version": "VersionsConnection",
    "Representation": "RepresentationsConnection",
    "Workfile": "WorkfilesConnection",
    "EntityList": "EntityListsConnection",
    "Activity": "ActivitiesConnection",
    "Project": "ProjectsConnection",
    "User": "UsersConnection",
    "Event": "EventsConnection",
    "Kanban": "KanbanConnection",
}
"""Stem of the node and edge types → name of the connection type."""
ATTRIBUTE_SCOPES = (
    *("project", "folder", "task", "product", "version", "representation", "workfile", "user"),
)
ATTRIBUTE_TYPES = {
    "string": "String",
    "integer": "Int",
    "float": "Float",
    "boolean": "Boolean",
    "datetime": "DateTime",
    "list_of_strings": "[String!]",
    "list_of_integers": "[Int!]",
}
INTERFACE = "BaseNode"
"""What links and list items lead to."""
MODULES = (
    activity_fields,
    entity_fields,
    events,
    inbox,
    kanban,
    links,
    list_items,
    lists,
    projects,
    users,
)


def schema_of(attributes: Iterable[AttributeDefinition]) -> GraphQLSchema:
    """The schema of a studio with these attributes."""
    return _schema("\n".join((_written(), *_connections(), *_attribute_types(attributes))))


@cache
def _schema(sdl: str) -> GraphQLSchema:
    schema = build_schema(sdl, assume_valid_sdl=True)
    types = schema.type_map
    interface = cast("GraphQLInterfaceType", types[INTERFACE])
    interface.resolve_type = _type_of_node
    listings = cast("GraphQLObjectType", types["ProjectNode"]).fields
    for type_ in types.values():
        if isinstance(type_, GraphQLObjectType) and not type_.name.startswith("__"):
            _share_fields(interface, type_)
            _share_arguments(listings, type_)
            _resolve(type_)
    date_time = cast("GraphQLScalarType", types["DateTime"])
    date_time.serialize = _date_time  # type: ignore[method-assign]  # graphql-core's own way
    return schema


def _written() -> str:
    folder = resources.files(__package__) / "sdl"
    return "\n".join((folder / f"{name}.graphql").read_text("utf-8") for name in FILES)


def _connections() -> Iterable[str]:
    for stem, name in CONNECTIONS.items():
        edges = f"edges: [{stem}Edge!]!"
        yield f"type {name} {{ pageInfo: PageInfo! {edges} fieldStats: [ColumnStats!]! }}"
        yield f"type {stem}Edge {{ node: {stem}Node! cursor: String }}"


def _attribute_types(attributes: Iterable[AttributeDefinition]) -> Iterable[str]:
    known = [*attributes]
    for scope in ATTRIBUTE_SCOPES:
        fields = [
            f"{each.name}: {ATTRIBUTE_TYPES.get(str(each.data.get('type')), 'JSON')}"
            for each in known
            if scope in each.scope
        ]
        # A type must have a field; a studio without attributes is only ever a test's.
        yield f"type {scope.capitalize()}AttribType {{ {' '.join(fields) or 'none: JSON'} }}"


def _share_fields(interface: GraphQLInterfaceType, type_: GraphQLObjectType) -> None:
    """Give a type the fields of the interface it implements, before its own."""
    if interface in type_.interfaces:
        shared = {name: copy(field) for name, field in interface.fields.items()}
        own = dict(type_.fields)
        type_.fields.clear()
        type_.fields.update({**shared, **own})


def _share_arguments(listings: Mapping[str, GraphQLField], type_: GraphQLObjectType) -> None:
    """Give nested connections the arguments of the project's."""
    for name, field in type_.fields.items():
        nested = str(field.type).removesuffix("!") in CONNECTIONS.values()
        if nested and not field.args and name in listings:
            field.args = listings[name].args


def _resolve(type_: GraphQLObjectType) -> None:
    resolvers: dict[str, Resolver] = {}
    for module in MODULES:
        resolvers.update(module.FIELDS.get(type_.name, {}))
    unknown = resolvers.keys() - type_.fields.keys()
    if unknown:
        raise LookupError(f"{type_.name} has no {sorted(unknown)}")
    for name, field in type_.fields.items():
        field.resolve = resolvers.get(name, column)
        for argument_name, argument in field.args.items():
            argument.out_name = snake_case(argument_name)


def column(source: Any, info: Info) -> Any:
    """A field without a resolver: a key of a document, or a column of a record."""
    if isinstance(source, dict):
        return source.get(info.field_name)
    record = source.entity if isinstance(source, Node | kanban.Card) else source
    return getattr(record, snake_case(info.field_name))


def _type_of_node(node: Node, *_: object) -> str:
    return f"{node.entity_type.capitalize()}Node"


def _date_time(value: datetime | str) -> str:
    return value if isinstance(value, str) else value.isoformat()
