"""The tags of an answer: those of its question, and those of what it shows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ayon_proxy.policy.graphql.question import Question
from ayon_proxy.policy.invalidation.event import entity_id
from ayon_proxy.policy.shown.plan import Plan
from ayon_proxy.policy.shown.understanding import understood


@dataclass(frozen=True, slots=True)
class Shown:
    """What a stored answer carries."""

    tags: frozenset[str]
    unknown: frozenset[str]
    """What the tables have no place for: "Type.field" or "field(argument)"."""


def shown(question: Question, answer: Any) -> Shown:
    """The tags of a parsed answer. Never raises, whatever upstream answered."""
    gathered, plan = understood(question.fields)
    tags = gathered.tags
    found: Counter[int] = Counter()
    waiting: list[tuple[Plan, Any]] = [(plan, answer)]
    while waiting:
        field, holder = waiting.pop()
        for each in _shown_at(field, holder):
            tags.update(_tags(field, each, holder))
            if field.at_least:
                found[id(field)] += _entries(field, each)
            waiting.extend((child, each) for child in field.children)
    for field in _counted(plan):
        if found[id(field)] < field.at_least:
            tags |= field.missing
    return Shown(frozenset(tags), frozenset(gathered.unknown))


def _shown_at(field: Plan, holder: Any) -> Iterator[dict[str, Any]]:
    """What stands at a field: nothing, one, or several."""
    value = holder.get(field.key) if isinstance(holder, dict) else None
    if isinstance(value, dict):
        yield value
    elif isinstance(value, list):
        yield from (each for each in value if isinstance(each, dict))


def _tags(field: Plan, node: dict[str, Any], holder: dict[str, Any]) -> Iterator[str]:
    if field.by_id:
        identity = _id(field.identity, node) or _id(field.beside, holder)
        if identity is None:
            yield from field.without_id()
        else:
            for start in field.by_id:
                yield start + identity
    for key in field.ends:
        end = node.get(key)
        if isinstance(end, str):
            yield f"entity:{entity_id(end)}"
        else:
            yield from field.without_end


def _id(keys: tuple[str, ...], holder: dict[str, Any]) -> str | None:
    return next((holder[key] for key in keys if isinstance(holder.get(key), str)), None)


def _entries(field: Plan, connection: dict[str, Any]) -> int:
    """How many a connection lists on this page."""
    lists = (connection.get(key) for key in field.entries)
    return max((len(each) for each in lists if isinstance(each, list)), default=0)


def _counted(plan: Plan) -> Iterator[Plan]:
    waiting = [plan]
    while waiting:
        each = waiting.pop()
        waiting.extend(each.children)
        if each.at_least:
            yield each
