"""Which entities that a change scan finds are news.

A scan reaches back before the one before it, so that it finds most of what it finds again. Each
change is told from others by the entity's id and its `updatedAt`.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime, timedelta

REMEMBERED_CHANGES = 100_000
"""So many changes are remembered; one that was forgotten is only invalidated again."""

CREATION = timedelta(milliseconds=1)
"""Upstream sets both times of a new entity, some microseconds apart."""


@dataclass(frozen=True, slots=True)
class ChangedEntity:
    """An entity as a scan found it. `parent` is the one that events name; None: the project.

    `created_at` and `updated_at` are upstream's texts.
    """

    project: str
    type: str
    id: str
    parent: str | None
    created_at: str
    updated_at: str


class Changes:
    """What has been handled."""

    def __init__(self) -> None:
        self._handled: OrderedDict[str, str] = OrderedDict()

    def news(self, entity: ChangedEntity) -> bool:
        """Whether it is to be invalidated; says so once for each change.

        An entity that was created and never changed is told of by a stored event.
        """
        if only_created(entity) or self._handled.get(entity.id) == entity.updated_at:
            return False
        self._handled[entity.id] = entity.updated_at
        self._handled.move_to_end(entity.id)
        if len(self._handled) > REMEMBERED_CHANGES:
            self._handled.popitem(last=False)
        return True


def only_created(entity: ChangedEntity) -> bool:
    """Whether nobody has changed it since it was made; no, where the times cannot be read."""
    if entity.created_at == entity.updated_at:
        return entity.created_at != ""
    try:
        created = datetime.fromisoformat(entity.created_at)
        return abs(datetime.fromisoformat(entity.updated_at) - created) <= CREATION
    except (ValueError, TypeError, OverflowError):
        return False
