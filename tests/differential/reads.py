"""A question that a reader asks: a path, or a GraphQL question. The tables are `reads_of_…`."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from tests.differential.world import World


@dataclass(frozen=True, slots=True)
class Read:
    """A question in full; equal ones are the same question."""

    kind: str
    """What it is counted under."""
    path: str
    body: str | None = None
    """Of a POST."""

    def __str__(self) -> str:
        if self.body is None:
            return f"GET {self.path}"
        try:
            asked = json.loads(self.body)
            text = " ".join(str(asked["query"]).split())
            return f"POST {self.path} {text} {json.dumps(asked.get('variables'))}"
        except (KeyError, TypeError):
            return f"POST {self.path} {self.body}"


def question(kind: str, query: str, variables: Mapping[str, Any]) -> Read:
    """A GraphQL one."""
    return Read(kind, "/graphql", json.dumps({"query": query, "variables": dict(variables)}))


class ReadKind(NamedTuple):
    """A row: how to make one, and how often."""

    name: str
    make: Callable[[World], Read]
    weight: int = 2
