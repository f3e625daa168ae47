"""The demo server answers GraphQL as the recorded server did: status and body, value by value.

Every record of the graphql families (the few REST requests among them too) is sent to a demo
server with the corpus' studio, on a real socket. So are the queries of the artist tools, whose
data was changing while they were recorded: of these only errors and what was selected is compared.
"""

from __future__ import annotations

from collections.abc import Iterator
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import httpx
import pytest

from ayon_proxy.demo.not_emulated import NOT_EMULATED
from ayon_proxy.demo.running import DemoServer
from tests.demo.comparing import differences
from tests.demo.corpus import (
    AVAILABLE,
    FOLDER,
    TOKENS,
    Record,
    document,
    records,
    request_body,
    request_headers,
    request_target,
    requires_corpus,
)
from tests.demo.corpus_catalogue import full_studio
from tests.demo.corpus_studio import corpus_studio

FAMILIES = (
    sorted(path.stem for path in Path(FOLDER, "http").glob("graphql_*.json")) if AVAILABLE else []
)


def deviations(record: Record, response: httpx.Response) -> Iterator[str]:
    """Where an answer is not the recorded one."""
    expected = record["response"]
    if response.status_code != expected["status"]:
        yield f"{expected['status']} became {response.status_code}: {response.text[:200]}"
    elif response.headers["content-type"] != expected["headers"]["content-type"]:
        yield f"content-type: {response.headers['content-type']}"
    elif "body" in expected:
        yield from differences(expected["body"], response.json())
    elif "body_text" in expected and response.text != expected["body_text"]:
        yield response.text


@requires_corpus
@pytest.mark.parametrize("family", FAMILIES)
async def test_family_is_answered_as_recorded(family: str) -> None:
    unlike: dict[str, list[str]] = {}
    excuses = {each for each in NOT_EMULATED if each.startswith(f"http/{family}-")}
    unused = set(excuses)
    async with (
        DemoServer(corpus_studio()) as demo,
        DemoServer(full_studio()) as rest,
        httpx.AsyncClient() as client,
    ):
        for record in records(family):
            server = demo if record["request"]["path"].startswith("/graphql") else rest
            response = await client.request(
                record["request"]["method"],
                server.url + request_target(record),
                headers=request_headers(record),
                content=request_body(record),
            )
            found = list(deviations(record, response))
            excused = {each for each in excuses if fnmatchcase(f"http/{record['id']}", each)}
            if found and not excused:
                unlike[record["id"]] = found
            elif found:
                unused -= excused
    unlike |= {each: ["excuses nothing: take it off the list"] for each in unused}
    assert not unlike, "\n".join(f"{key}: {'; '.join(why)}" for key, why in unlike.items())


def queries(value: Any) -> Iterator[Record]:
    """Every GraphQL exchange in a document of the corpus."""
    if isinstance(value, list):
        for each in value:
            yield from queries(each)
    elif isinstance(value, dict):
        request = value.get("request")
        if isinstance(request, dict) and request.get("path") == "/graphql":
            yield value
        for each in value.values():
            yield from queries(each)


def selected(value: Any) -> Any:
    """Names of the fields in an answer, from its first rows: what a query selected."""
    if isinstance(value, dict):
        return {name: selected(each) for name, each in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [selected(value[0])]
    return None


def contradicts(expected: Any, actual: Any) -> bool:
    """Whether two selections differ where both have rows to show."""
    if isinstance(expected, dict) and isinstance(actual, dict):
        return expected.keys() != actual.keys() or any(
            contradicts(each, actual[name]) for name, each in expected.items()
        )
    if isinstance(expected, list) and isinstance(actual, list):
        return contradicts(expected[0], actual[0])
    return False


@requires_corpus
async def test_artist_tools_get_what_they_select() -> None:
    exchanges = list(queries(document("tool_sessions.json") if AVAILABLE else []))
    assert exchanges
    async with DemoServer(corpus_studio()) as demo, httpx.AsyncClient(base_url=demo.url) as client:
        for exchange in exchanges:
            body = request_body({"identity": "service", **exchange})
            headers = {"X-Api-Key": TOKENS["service"], "Content-Type": "application/json"}
            response = await client.post("/graphql", content=body, headers=headers)
            recorded = exchange["response"]["body"]
            answered = response.json()
            assert answered.keys() == recorded.keys(), answered
            assert not contradicts(selected(recorded), selected(answered)), answered
