"""How an answer differs from a recorded one.

Values are compared exactly, but for what a clock or chance decides (their types are), and lists
that come from sets in any order.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

BY_CHANCE = frozenset(
    {
        *("createdAt", "updatedAt", "created", "lastUsed", "uptime", "traceback", "token"),
        *("password", "apiKey", "instanceId", "agent", "ip", "line", "file", "used", "relevance"),
        *("uri", "eventId"),
    }
)
NEWER = frozenset({"updatedBy"})
"""Entities were recorded last; when a record was made nobody may have changed them yet."""
UNORDERED = frozenset(
    {
        *(
            "ownAttrib",
            "taskNames",
            "users",
            "folderIds",
            "entityIds",
            "ids",
            "folders",
            "fulltext",
        ),
        *("watchers", "groups", "statuses", "entities", "tasks", "versions", "access_list"),
    }
)


def differences(expected: Any, actual: Any, at: str = "$") -> Iterator[str]:
    """One line for each place where they differ."""
    key = at.rsplit(".", 1)[-1]
    if key in BY_CHANCE:
        if type(expected) is not type(actual):
            yield f"{at}: {expected!r} became {actual!r}"
    elif isinstance(expected, dict) and isinstance(actual, dict):
        if missing := expected.keys() - actual.keys() - NEWER:
            yield f"{at}: without {', '.join(sorted(missing))}"
        if surplus := actual.keys() - expected.keys() - NEWER:
            yield f"{at}: {', '.join(sorted(surplus))} too many"
        for name in expected.keys() & actual.keys():
            yield from differences(expected[name], actual[name], f"{at}.{name}")
    elif isinstance(expected, list) and isinstance(actual, list):
        yield from _lists(expected, actual, at, key)
    elif str(expected).startswith("Hierarchy loaded in "):
        return
    elif expected != actual or type(expected) is not type(actual):
        yield f"{at}: {_short(expected)} became {_short(actual)}"


def _lists(expected: list[Any], actual: list[Any], at: str, key: str) -> Iterator[str]:
    if len(expected) != len(actual):
        yield f"{at}: {len(expected)} items became {len(actual)}"
        return
    if key in UNORDERED:
        expected, actual = sorted(expected, key=_order), sorted(actual, key=_order)
    for number, (one, other) in enumerate(zip(expected, actual, strict=True)):
        yield from differences(one, other, f"{at}[{number}]")


def _order(item: Any) -> str:
    if isinstance(item, dict):
        for key in ("representationId", "id", "value", "name"):
            if key in item:
                return str(item[key])
    return json.dumps(item, sort_keys=True)


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 90 else f"{text[:90]}…"
