"""`/graphql` over a real socket: what it takes, and how it refuses the rest.

Broken on purpose and seen to fail: `extensions` left out, the last operation run instead of the
first, the credential not looked at.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from ayon_proxy.demo.film import FILM, SERVICE_KEY, small_film
from ayon_proxy.demo.running import DemoServer

KEY = {"X-Api-Key": SERVICE_KEY}
ME = "{ me { name } }"


@pytest_asyncio.fixture(loop_scope="function")
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with (
        DemoServer(small_film()) as demo,
        httpx.AsyncClient(base_url=demo.url, headers=KEY) as client,
    ):
        yield client


async def answer(client: httpx.AsyncClient, query: str, **variables: Any) -> dict[str, Any]:
    """The document that answers a query."""
    sent = {"query": query, "variables": variables}
    response = await client.post("/graphql", json=sent)
    assert response.status_code == 200
    document: dict[str, Any] = response.json()
    return document


@pytest.mark.parametrize(
    ("content", "content_type", "detail"),
    [
        (b"no json", "application/json", "Unable to parse request body as JSON"),
        (b'{"variables": {}}', "application/json", "No GraphQL query found in the request"),
        (b'{"query": ""}', "application/json", "No GraphQL query found in the request"),
        (b'"text"', "application/json", "No GraphQL query found in the request"),
        (b'[{"query": "{me{name}}"}]', "application/json", "Batching is not enabled"),
        (b"{me{name}}", "application/graphql", "Unsupported content type"),
        (
            b'{"query": "query A { me { name } }", "operationName": "C"}',
            "application/json",
            'Unknown operation named "C".',
        ),
    ],
)
async def test_what_is_no_query_gets_400_in_plain_text(
    client: httpx.AsyncClient, content: bytes, content_type: str, detail: str
) -> None:
    response = await client.post(
        "/graphql", content=content, headers={"Content-Type": content_type}
    )
    assert (response.status_code, response.text) == (400, detail)
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("PUT", "/graphql", 405),
        ("DELETE", "/graphql", 405),
        ("POST", "/graphql/", 405),
        ("HEAD", "/graphql", 200),
        ("GET", "/graphql", 404),
    ],
)
async def test_methods(client: httpx.AsyncClient, method: str, path: str, status: int) -> None:
    assert (await client.request(method, path)).status_code == status


async def test_query_may_be_in_the_address(client: httpx.AsyncClient) -> None:
    query = "query Q($name: String) { project(name: $name) { code } }"
    variables = f'{{"name": "{FILM}"}}'
    response = await client.get("/graphql", params={"query": query, "variables": variables})
    assert response.json() == {"data": {"project": {"code": "lf"}}}


async def test_without_a_credential_nothing_is_answered(client: httpx.AsyncClient) -> None:
    response = await client.post("/graphql", json={"query": ME}, headers={"X-Api-Key": ""})
    assert response.status_code == 401
    assert response.json() == {"code": 401, "detail": "Access token is missing"}


@pytest.mark.parametrize(
    ("query", "message", "status"),
    [
        ("query {", "Syntax Error: Expected Name, found <EOF>.", None),
        ("mutation { x }", "The mutation operation is not supported by the schema.", None),
        ("{ nope }", "Cannot query field 'nope' on type 'Query'.", None),
        ('{ project(name: "nope") { name } }', "Project not found", 404),
        ("{ project { name } }", "Either name or code must be provided.", 400),
        ('{ user(name: "nobody") { name } }', "User not found", 404),
        (
            f'{{ project(name: "{FILM}") {{ folders(first: -1) {{ edges {{ cursor }} }} }} }}',
            "LIMIT must not be negative",
            None,
        ),
        (
            f'{{ project(name: "{FILM}") {{ folders(ids: ["xx"]) {{ edges {{ cursor }} }} }} }}',
            "Invalid entity ID xx",
            None,
        ),
        (
            f'{{ project(name: "{FILM}") {{ tasks(sortBy: "x") {{ edges {{ cursor }} }} }} }}',
            "Invalid sort_by value: x",
            400,
        ),
    ],
)
async def test_error_of_a_query_is_answered_with_200(
    client: httpx.AsyncClient, query: str, message: str, status: int | None
) -> None:
    document = await answer(client, query)
    assert document["data"] is None
    (error,) = document["errors"]
    assert error["message"] == message
    assert error.get("extensions") == (None if status is None else {"status": status})


async def test_missing_node_is_null_beside_what_was_found(client: httpx.AsyncClient) -> None:
    query = f'{{ project(name: "{FILM}") {{ name folder(id: "{"0" * 32}") {{ id }} }} }}'
    document = await answer(client, query)
    assert document["data"] == {"project": {"name": FILM, "folder": None}}
    assert document["errors"][0]["extensions"] == {"status": 404}


async def test_first_operation_runs_unless_one_is_named(client: httpx.AsyncClient) -> None:
    query = "query A { me { name } } query B { me { isService } }"
    assert (await answer(client, query))["data"] == {"me": {"name": "service"}}
    named = await client.post("/graphql", json={"query": query, "operationName": "B"})
    assert named.json()["data"] == {"me": {"isService": True}}


async def test_project_names_match_whatever_their_case(client: httpx.AsyncClient) -> None:
    query = f'{{ project(name: "{FILM.upper()}") {{ name }} }}'
    assert (await answer(client, query))["data"] == {"project": {"name": FILM}}
