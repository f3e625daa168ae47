"""The members of a `POST /graphql` body.

Upstream reads `query`, `variables` and `operationName`. Of what else is there nothing is known but
its bytes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, TypeAlias

from ayon_proxy.policy.graphql.bounds import MOST_BODY_BYTES, MOST_NESTING
from ayon_proxy.policy.graphql.unreadable import NotAQuestion

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"


@dataclass(frozen=True, slots=True)
class Body:
    """What was sent."""

    text: str
    """The document, as sent."""
    variables: Mapping[str, Json]
    """Empty as well when there were none: upstream makes no difference."""
    operation: str | None
    others: tuple[tuple[str, str], ...]
    """Name and JSON text of every other member, sorted by name."""


def body_of(content: bytes) -> Body:
    """Raises NotAQuestion for what is no JSON object with a query, too large or too deep."""
    if len(content) > MOST_BODY_BYTES:
        raise NotAQuestion("the body is too large")
    try:
        members = _members(content.decode())
    except ValueError as error:
        raise NotAQuestion("the body is not one JSON object") from error
    except RecursionError as error:
        raise NotAQuestion("the body is nested too deeply") from error
    query, _ = members.pop("query", (None, ""))
    variables, _ = members.pop("variables", (None, ""))
    operation, _ = members.pop("operationName", (None, ""))
    if not isinstance(query, str):
        raise NotAQuestion("no query in the body")
    if not isinstance(variables, dict | None):
        raise NotAQuestion("variables are no object")
    if not isinstance(operation, str | None):
        raise NotAQuestion("operationName is no string")
    others = sorted((name, written) for name, (_, written) in members.items())
    return Body(query, variables or {}, operation, tuple(others))


def _members(text: str) -> dict[str, tuple[Any, str]]:
    """Name → value and how it was written. Raises ValueError when it is not one JSON object."""
    found: dict[str, tuple[Any, str]] = {}
    at = _after(text, 0, "{")
    while not text.startswith("}", at):
        if found:
            at = _after(text, at, ",")
        name, at = _DECODER.raw_decode(text, at)
        begin = _after(text, _after_space(text, at), ":")
        value, at = _DECODER.raw_decode(text, begin)
        if not isinstance(name, str) or name in found:
            raise ValueError(name)
        written = text[begin:at]
        # Nearly always there are not so many brackets at all.
        if sum(map(written.count, "[{")) > MOST_NESTING and _is_deep(value):
            raise RecursionError
        found[name] = value, written
        at = _after_space(text, at)
    if _after(text, at, "}") != len(text):
        raise ValueError("something follows")
    return found


def _is_deep(value: Any) -> bool:
    layer = [value]
    for _ in range(MOST_NESTING):
        layer = [inner for each in layer for inner in _inside(each)]
    return bool(layer)


def _inside(value: Any) -> Iterable[Any]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _after(text: str, at: int, mark: str) -> int:
    """Past the mark and the space around it. Raises ValueError when it is not there."""
    at = _after_space(text, at)
    if not text.startswith(mark, at):
        raise ValueError(mark)
    return _after_space(text, at + 1)


def _after_space(text: str, at: int) -> int:
    found = _SPACE.match(text, at)
    return found.end() if found else at


def _distinct(members: list[tuple[str, Any]]) -> dict[str, Any]:
    # Which of two members of a name counts is for upstream to say.
    found = dict(members)
    if len(found) != len(members):
        raise ValueError("a member twice")
    return found


def _no_number(name: str) -> NoReturn:
    raise ValueError(name)  # NaN and Infinity are not JSON


_SPACE = re.compile(r"[ \t\n\r]*")
_DECODER = json.JSONDecoder(object_pairs_hook=_distinct, parse_constant=_no_number)
