"""The tags of an answer: those of its question, and those of what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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
    waiting = [(plan, [answer] if isinstance(answer, dict) else [])]
    while waiting:
        field, holders = waiting.pop()
        nodes = _Nodes(field, holders)
        tags.update(nodes.tags())
        waiting.extend((child, nodes.found) for child in field.children)
    return Shown(frozenset(tags), frozenset(gathered.unknown))


class _Nodes:
    """What stands at one field, wherever the answer shows it: a thousand nodes, looked at once."""

    def __init__(self, field: Plan, holders: Iterable[dict[str, Any]]) -> None:
        self._field = field
        self.found: list[dict[str, Any]] = []
        self._holders: list[dict[str, Any]] = []
        """What holds each of those, where it tells an id."""
        for holder in holders:
            value = holder.get(field.key)
            if isinstance(value, dict):
                self.found.append(value)
            elif isinstance(value, list):
                self.found += [each for each in value if isinstance(each, dict)]
            if field.beside:
                self._holders += [holder] * (len(self.found) - len(self._holders))

    def tags(self) -> Iterator[str]:
        """The tags of all of them."""
        field = self._field
        if field.by_id:
            yield from self._by_id()
        for key in field.ends:
            ends = [end for node in self.found if isinstance(end := node.get(key), str)]
            yield from (f"entity:{entity_id(end)}" for end in ends)
            if len(ends) < len(self.found):
                yield from field.without_end
        if self._entries() < field.at_least:
            yield from field.missing

    def _by_id(self) -> Iterator[str]:
        field = self._field
        ids = {_id(field.identity, node) for node in self.found}
        if None in ids and field.beside:
            ids = {
                _id(field.identity, node) or _id(field.beside, holder)
                for node, holder in zip(self.found, self._holders, strict=True)
            }
        if None in ids:
            yield from field.without_id()
        for start in field.by_id:
            yield from (start + each for each in ids if each is not None)

    def _entries(self) -> int:
        """How many these pages list."""
        most = 0
        for node in self.found:
            for key in self._field.entries:
                listed = node.get(key)
                if isinstance(listed, list):
                    most = max(most, sum(isinstance(each, dict) for each in listed))
        return most


def _id(keys: tuple[str, ...], holder: dict[str, Any]) -> str | None:
    for key in keys:
        found = holder.get(key)
        if isinstance(found, str):
            return found
    return None
