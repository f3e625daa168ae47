"""`POST /graphql` and `GET /graphql`, with the refusals of the library the server uses.

Errors of a query are answered with 200 (server.md 6); what is no query at all gets 400 in
plain text. The error of a resolver carries the server's status in its `extensions`.
"""

from __future__ import annotations

from typing import Any

import orjson
from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLSchema,
    OperationDefinitionNode,
    execute_sync,
    parse,
    validate,
)
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer
from ayon_proxy.demo.asking import caller_of, studio_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql.question import Question
from ayon_proxy.demo.graphql.schema import schema_of


class NoQueryError(Exception):
    """A request that holds no query: 400, in plain text."""


async def graphql(request: Request) -> Response:
    """Answer a query. Raises AyonError 401."""
    if request.method == "HEAD":
        # Not GraphQL's at all: the web frontend's files answer it (server.md 6).
        return Response(media_type="text/html")
    caller = caller_of(request)
    if request.method == "GET" and not request.query_params.get("query"):
        # Where a GraphiQL would be, were it switched on (corpus `connection`).
        return PlainTextResponse("Not Found", 404)
    try:
        document = await _document(request)
        result = _answered(request, document, Question(studio_of(request), caller.user))
    except NoQueryError as error:
        return PlainTextResponse(str(error), 400)
    body: dict[str, Any] = {"data": result.data}
    if result.errors:
        body["errors"] = [_shown(error) for error in result.errors]
    return json_answer(body)


async def _document(request: Request) -> dict[str, Any]:
    """The request's JSON document, or its query string."""
    if request.method == "GET":
        document: Any = dict(request.query_params)
        if "variables" in document:
            document["variables"] = _parsed(document["variables"])
    else:
        if request.headers.get("content-type", "").split(";")[0] != "application/json":
            raise NoQueryError("Unsupported content type")
        document = _parsed(await request.body())
    if isinstance(document, list):
        raise NoQueryError("Batching is not enabled")
    query = document.get("query") if isinstance(document, dict) else None
    if not (isinstance(query, str) and query):
        raise NoQueryError("No GraphQL query found in the request")
    found: dict[str, Any] = document
    return found


def _parsed(text: str | bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NoQueryError("Unable to parse request body as JSON") from error


def _answered(request: Request, sent: dict[str, Any], question: Question) -> ExecutionResult:
    try:
        query = parse(sent["query"])
    except GraphQLError as error:
        return ExecutionResult(None, [error])
    name = _operation_name(query, sent.get("operationName"))
    schema = _schema(request)
    if errors := validate(schema, query):
        return ExecutionResult(None, errors)
    return execute_sync(
        schema,
        query,
        context_value=question,
        variable_values=sent.get("variables") or {},
        operation_name=name,
    )


def _operation_name(query: DocumentNode, wanted: str | None) -> str | None:
    """The operation that is meant: without a name the first one (corpus README).

    Raises NoQueryError for a name that no operation has.
    """
    operations = [each for each in query.definitions if isinstance(each, OperationDefinitionNode)]
    names = [each.name.value if each.name else None for each in operations]
    if wanted and wanted not in names:
        raise NoQueryError(f'Unknown operation named "{wanted}".')
    return wanted or (names[0] if names else None)


def _schema(request: Request) -> GraphQLSchema:
    """The schema changes only when the server is started again, as attributes do (server.md 6)."""
    state = request.app.state
    if not hasattr(state, "graphql_schema"):
        state.graphql_schema = schema_of(studio_of(request).attributes)
    schema: GraphQLSchema = state.graphql_schema
    return schema


def _shown(error: GraphQLError) -> dict[str, Any]:
    shown: dict[str, Any] = dict(error.formatted)
    if isinstance(error.original_error, AyonError):
        shown["extensions"] = {"status": error.original_error.status}
    return shown


routes = [Route("/graphql", graphql, methods=["GET", "POST"])]
