"""What a row of the table says, and how its templates become tags."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import TypeAlias

SETTLE_SECONDS = 3.0
"""Upstream's own caches and collapsed requests may answer with the old state for so long after an
event (upstream/server.md 1.6, rules (a))."""

ASSIGNED_SECONDS = 125.0
"""The same for what `assigned` access rules depend on: a key of 120 s that is not always purged
(1.6, `assigned-task-folder-paths`)."""

Values: TypeAlias = Mapping[str, Sequence[str]]
"""Placeholder → what it stands for in one event or one read; several values make several tags."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


@dataclass(frozen=True, slots=True)
class Topic:
    """One row: what an event of these topics makes wrong, at once and once more later.

    `topics` ends in alternatives ("entity.task.created|deleted") or in an asterisk ("log.*").
    `source` cites what it rests on: `family/mutation` of the recorded mutations, or a section of
    upstream/server.md.
    """

    topics: str
    now: tuple[str, ...]
    source: str
    settling: tuple[str, ...] = ()
    """Invalidated again after SETTLE_SECONDS."""
    assigned: tuple[str, ...] = ()
    """Invalidated again after ASSIGNED_SECONDS."""

    def names(self) -> tuple[str, ...]:
        """Each topic of the row in full; one that ends in an asterisk stands for many."""
        stem, _, last = self.topics.rpartition(".")
        return tuple(f"{stem}.{each}" if stem else each for each in last.split("|"))

    def entity_type(self) -> str | None:
        """The middle of `entity.task.created`."""
        parts = self.topics.split(".")
        return parts[1] if parts[0] == "entity" and len(parts) == 3 else None


def expanded(templates: Iterable[str], values: Values) -> frozenset[str] | None:
    """The tags that the templates stand for; None when a placeholder has no value at all."""
    tags = set[str]()
    try:
        for template in templates:
            names, pattern = _parsed(template)
            # With each event, some cold code on its way: no frame of Python's own for each tag.
            tags.update(map(pattern.__mod__, product(*map(values.__getitem__, names))))
    except KeyError:
        return None
    return frozenset(tags)


def placeholders(templates: Iterable[str]) -> frozenset[str]:
    """All that the templates need."""
    return frozenset(name for template in templates for name in _parsed(template)[0])


@cache
def _parsed(template: str) -> tuple[tuple[str, ...], str]:
    """Its placeholders, and it with `%s` for each. Templates are those of the table: few, and
    looked through with each event."""
    return tuple(_PLACEHOLDER.findall(template)), _PLACEHOLDER.sub("%s", template)
