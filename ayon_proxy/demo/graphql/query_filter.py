"""`filter` arguments: a tree of conditions as JSON text.

    {"operator": "and", "conditions": [{"key": "attrib.fps", "operator": "gt", "value": 24}, …]}

A key's first part names a column (camelCase or snake_case); parts after it, separated by `.` or
`/`, walk into a JSON column. A condition on a null is not met, as in SQL.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Mapping
from datetime import datetime
from operator import ge, gt, le, lt
from typing import Any, TypeAlias

from ayon_proxy.demo.clock import moment
from ayon_proxy.demo.graphql.question import snake_case

Columns: TypeAlias = Callable[[str], Any]
"""Answers the value of a row's column."""
Condition: TypeAlias = Callable[[Columns], bool]

PATH_PART = re.compile(r"[a-zA-Z_][a-zA-Z0-9_]*")
NULL_OPERATORS = ("isnull", "notnull")
LIST_OPERATORS = ("in", "notin", "any")


def query_filter(text: str, columns: Collection[str]) -> Condition:
    """The condition a filter text spells, over these columns.

    Raises ValueError or TypeError, in the words of the server, for broken JSON, unknown keys,
    missing values.
    """
    return _group(json.loads(text), columns)


def _group(tree: Mapping[str, Any], columns: Collection[str]) -> Condition:
    conditions = [
        _group(each, columns) if "conditions" in each else _condition(each, columns)
        for each in tree.get("conditions", [])
    ]
    combine = any if str(tree.get("operator", "and")).lower() == "or" else all
    if not conditions:
        return lambda _: True
    return lambda row: combine(condition(row) for condition in conditions)


def _condition(spelled: Mapping[str, Any], columns: Collection[str]) -> Condition:
    operator = str(spelled.get("operator", "eq")).lower().replace("-", "").replace("_", "")
    value = spelled.get("value")
    if operator in LIST_OPERATORS and not isinstance(value, list):
        raise ValueError("Value must be a list")
    if operator not in NULL_OPERATORS and value is None:
        raise ValueError("Value cannot be null")
    path = _path(spelled["key"], columns)
    test = OPERATORS.get(operator)
    if test is None:
        raise ValueError(f"Unsupported operator: {operator}")
    return lambda row: test(_value(row, path), value)


def _path(key: str, columns: Collection[str]) -> list[str]:
    parts = [part.strip() for part in key.replace("/", ".").split(".")]
    if not all(PATH_PART.fullmatch(part) for part in parts):
        raise ValueError("Invalid path element detected")
    column = snake_case(parts[0])
    if column not in columns:
        raise ValueError(f"Invalid key: {column}")
    return [column, *parts[1:]]


def _value(row: Columns, path: list[str]) -> Any:
    value = row(path[0])
    for part in path[1:]:
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def _equal(value: Any, wanted: Any) -> bool:
    if isinstance(wanted, bool):
        return bool(value) is wanted
    if wanted == []:
        return not value
    return value is not None and bool(value == _like(wanted, value))


def _unequal(value: Any, wanted: Any) -> bool:
    if wanted == []:
        return bool(value)
    return value is not None and bool(value != _like(wanted, value))


def _ordered(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    return lambda value, wanted: value is not None and compare(value, _like(wanted, value))


def _like(wanted: Any, value: Any) -> Any:
    """The wanted value in the type of the row's: times are given as text."""
    if isinstance(value, datetime) and isinstance(wanted, str):
        return moment(wanted)
    return wanted


def _matches_pattern(value: Any, pattern: Any) -> bool:
    if not isinstance(pattern, str):
        raise TypeError("Value must be a string for 'like' operator")
    return isinstance(value, str) and like_pattern(pattern).fullmatch(value) is not None


def like_pattern(pattern: str) -> re.Pattern[str]:
    """SQL's `ILIKE`: `%` is any text, `_` any character, case doesn't matter."""
    wildcards = {"%": ".*", "_": "."}
    spelled = "".join(wildcards.get(each, re.escape(each)) for each in pattern)
    return re.compile(spelled, re.IGNORECASE | re.DOTALL)


def _includes_all(value: Any, wanted: list[Any]) -> bool:
    return value is not None and all(each in value for each in wanted)


def _includes_any(value: Any, wanted: list[Any]) -> bool:
    return value is not None and any(each in value for each in wanted)


OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    "eq": _equal,
    "ne": _unequal,
    "lt": _ordered(lt),
    "lte": _ordered(le),
    "gt": _ordered(gt),
    "gte": _ordered(ge),
    "like": _matches_pattern,
    "isnull": lambda value, _: value is None,
    "notnull": lambda value, _: value is not None,
    "in": lambda value, wanted: value in wanted,
    "notin": lambda value, wanted: value is not None and value not in wanted,
    "includes": lambda value, wanted: value is not None and wanted in value,
    "excludes": lambda value, wanted: value is not None and wanted not in value,
    "includesall": _includes_all,
    "includesany": _includes_any,
    "excludesall": lambda value, wanted: not _includes_all(value, wanted),
    "excludesany": lambda value, wanted: not _includes_any(value, wanted),
}
