"""Questions and answers of these tests, written as short as they can be."""

from __future__ import annotations

import json
from typing import Any

from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.question import Question, question
from ayon_proxy.policy.shown import Examined, Shown, examined, shown

MEMORY = DocumentMemory()

ALWAYS = frozenset(("everything", "answers", "project:film", "answers:film", "paths:film"))
"""What all answers about the project of these tests carry."""


def asked(query: str, **variables: Any) -> Question:
    """A question that can be read."""
    found = question(json.dumps({"query": query, "variables": variables}).encode(), MEMORY)
    assert isinstance(found, Question), found
    return found


def in_film(selection: str) -> str:
    """A question about one project."""
    return f'{{project(name: "Film") {{{selection}}}}}'


def connection(*nodes: Any) -> dict[str, Any]:
    """A page of a list."""
    return {"edges": [{"node": each} for each in nodes], "pageInfo": {"hasNextPage": False}}


def carried_by(selection: str, answer: Any) -> frozenset[str]:
    """The tags of an answer about the project, but those that all of them carry."""
    found = shown(asked(in_film(selection)), {"data": {"project": answer}})
    assert not found.unknown
    assert found.tags >= ALWAYS
    return found.tags - ALWAYS


def all_of(query: str, answer: Any = None) -> Shown:
    """What an answer carries; `answer` is its data."""
    return shown(asked(query), {"data": answer})


def known_of(query: str) -> Examined:
    """What is known before there is an answer."""
    return examined(asked(query))
