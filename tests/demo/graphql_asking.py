"""Asks the schema of a studio directly, as one of its users: what needs no socket to be shown."""

from __future__ import annotations

from typing import Any

from graphql import graphql_sync

from ayon_proxy.demo.graphql.question import Question
from ayon_proxy.demo.graphql.schema import schema_of
from ayon_proxy.demo.studio import Studio


def asked(studio: Studio, user: str, query: str, **variables: Any) -> tuple[Any, list[str]]:
    """The data, and the messages of the errors."""
    question = Question(studio, studio.users[user])
    schema = schema_of(studio.attributes)
    result = graphql_sync(schema, query, context_value=question, variable_values=variables)
    return result.data, [error.message for error in result.errors or ()]


def nodes(studio: Studio, user: str, project: str, connection: str, fields: str) -> list[Any]:
    """The nodes of a project's connection, which may have its arguments in brackets."""
    query = f'{{project(name:"{project}"){{found:{connection}{{edges{{node{{{fields}}}}}}}}}}}'
    data, errors = asked(studio, user, query)
    assert not errors, errors
    return [edge["node"] for edge in data["project"]["found"]["edges"]]
