"""Recorded questions: one key per question, whatever the process that asked it.

Broken once, to see the tests fail: sets not sorted, variables left out of the key.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache
from typing import Any

from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.question import Question, question
from tests.demo.corpus import FOLDER, Record, records, request_body, requires_corpus

pytestmark = requires_corpus


@cache
def recorded() -> list[tuple[Record, Question]]:
    """Every `POST /graphql` that can be read."""
    memory = DocumentMemory()
    found = []
    for file in sorted((FOLDER / "http").glob("*.json")):
        for record in records(file.stem):
            request = record["request"]
            if (request["method"], request["path"]) == ("POST", "/graphql"):
                asked = question(request_body(record) or b"", memory)
                if isinstance(asked, Question):
                    found.append((record, asked))
    return found


def test_processes_with_different_hash_seeds_ask_one_question() -> None:
    keys = defaultdict(set)
    bodies = defaultdict(set)
    for record, asked in recorded():
        if "PYTHONHASHSEED" in record.get("note", ""):
            keys[record["call"]].add(asked.key)
            bodies[record["call"]].add(request_body(record))
    assert len(keys) == 4
    assert [len(found) for found in keys.values()] == [1, 1, 1, 1]
    assert sorted(len(found) for found in bodies.values()) == [1, 3, 3, 3]


def test_what_shares_a_key_was_spelled_the_same_or_asked_by_one_call() -> None:
    """`{me{name}}` is the only other: once it has a name, and variables that are empty."""
    spelled = defaultdict(set)
    called = defaultdict(set)
    for record, asked in recorded():
        spelled[asked.key].add(request_body(record))
        called[asked.key].add(record.get("call"))
    several = [key for key, bodies in spelled.items() if len(bodies) > 1 and len(called[key]) > 1]
    assert len(several) == 1
    assert b'{"query": "{me{name}}"}' in spelled[several[0]]


def test_who_asks_the_same_gets_the_same() -> None:
    answers: dict[Any, Any] = {}
    for record, asked in recorded():
        who = asked.key, record["identity"]
        answer = record["response"].get("body")
        assert answers.setdefault(who, answer) == answer


def test_what_can_not_be_read_is_refused_by_upstream_too() -> None:
    read = {record["id"] for record, _ in recorded()}
    posts = [
        record
        for record in records("graphql_errors") + records("graphql_frontend")
        if record["request"]["method"] == "POST" and record["request"]["path"] == "/graphql"
    ]
    unread = [record["response"] for record in posts if record["id"] not in read]
    assert len(unread) == 13
    for response in unread:
        assert response["status"] == 400 or response["body"]["errors"]
