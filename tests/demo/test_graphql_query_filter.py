"""Query filters: every operator, groups, and the server's words for what is wrong.

Broken on purpose and seen to fail: `any` for `all`, nulls passing `ne`, `%` not translated.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from ayon_proxy.demo.graphql.query_filter import like_pattern, query_filter

ROW: dict[str, Any] = {
    "name": "sh0010",
    "label": None,
    "status": "In progress",
    "folder_type": "Shot",
    "tags": ["a", "b"],
    "assignees": [],
    "active": True,
    "created_at": datetime(2026, 9, 1, tzinfo=UTC),
    "attrib": {"fps": 24.0, "families": ["render"]},
}


def passes(*conditions: dict[str, Any], operator: str = "and") -> bool:
    """Whether the row passes a filter of these conditions."""
    text = json.dumps({"operator": operator, "conditions": list(conditions)})
    return query_filter(text, ROW.keys())(ROW.__getitem__)


def condition(key: str, operator: str, value: Any = None) -> dict[str, Any]:
    """One condition as it is spelled in a filter."""
    return {"key": key, "operator": operator, "value": value}


@pytest.mark.parametrize(
    ("key", "operator", "value", "expected"),
    [
        ("name", "eq", "sh0010", True),
        ("name", "eq", "sh0020", False),
        ("name", "ne", "sh0020", True),
        ("label", "eq", "x", False),
        ("label", "ne", "x", False),
        ("folderType", "in", ["Shot", "Asset"], True),
        ("folderType", "in", [], False),
        ("folderType", "not-in", ["Asset"], True),
        ("folder_type", "notin", ["Shot"], False),
        ("name", "like", "SH%", True),
        ("name", "like", "sh_010", True),
        ("name", "like", "h0010", False),
        ("label", "isnull", None, True),
        ("name", "isnull", None, False),
        ("name", "notnull", None, True),
        ("attrib.fps", "gt", 23, True),
        ("attrib/fps", "gte", 24, True),
        ("attrib.fps", "lt", 24, False),
        ("attrib.fps", "lte", 24, True),
        ("attrib.frameEnd", "gt", 1, False),
        ("attrib.families", "includes", "render", True),
        ("attrib.families", "excludes", "render", False),
        ("tags", "includesall", ["a", "b"], True),
        ("tags", "includesall", ["a", "c"], False),
        ("tags", "includes-any", ["c", "b"], True),
        ("tags", "excludesany", ["c"], True),
        ("tags", "excludesall", ["a", "c"], True),
        ("assignees", "eq", [], True),
        ("tags", "ne", [], True),
        ("active", "eq", True, True),
        ("active", "eq", False, False),
        ("createdAt", "gt", "2026-08-31T00:00:00+00:00", True),
        ("createdAt", "lt", "2026-08-31T00:00:00+00:00", False),
    ],
)
def test_operator(key: str, operator: str, value: Any, *, expected: bool) -> None:
    assert passes(condition(key, operator, value)) is expected


def test_operator_defaults_to_equality() -> None:
    assert passes({"key": "name", "value": "sh0010"})


@pytest.mark.parametrize(("operator", "expected"), [("and", False), ("OR", True)])
def test_conditions_are_joined(operator: str, *, expected: bool) -> None:
    met, unmet = condition("name", "eq", "sh0010"), condition("name", "eq", "x")
    assert passes(met, unmet, operator=operator) is expected


def test_groups_nest() -> None:
    unmet = condition("name", "eq", "x")
    group = {"operator": "or", "conditions": [unmet, condition("status", "like", "in%")]}
    assert passes(condition("folderType", "eq", "Shot"), group)


def test_group_without_conditions_lets_everything_pass() -> None:
    assert passes()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{bad json", "Expecting property name enclosed in double quotes"),
        ('{"conditions":[{"key":"nope","value":1}]}', "Invalid key: nope"),
        ('{"conditions":[{"key":"attrib.a-b","value":1}]}', "Invalid path element detected"),
        ('{"conditions":[{"key":"name","value":null}]}', "Value cannot be null"),
        ('{"conditions":[{"key":"name","operator":"in","value":"x"}]}', "Value must be a list"),
        ('{"conditions":[{"key":"name","operator":"near","value":1}]}', "Unsupported operator"),
    ],
)
def test_bad_filter_is_refused(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        query_filter(text, ROW.keys())


def test_pattern_must_be_text() -> None:
    with pytest.raises(TypeError, match="must be a string for 'like'"):
        passes(condition("name", "like", 1))


@pytest.mark.parametrize("text", ["a.b", "a+b", "[ab]", "(a"])
def test_pattern_takes_other_characters_as_they_are(text: str) -> None:
    assert like_pattern(text).fullmatch(text)
    assert not like_pattern(text).fullmatch("axb")
