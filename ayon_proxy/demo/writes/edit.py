"""A piece of writing: where, by whom, and which events it has earned but not yet sent.

The events of entities follow the commit (server.md 1.1): a change adds its announcements to the
edit, and whoever made the edit sends them when it is safe. Links, lists, activities and pictures
are told of from within the transaction: `tell_then_commit`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.entities import ENTITY_TYPES, Entity, EntityType
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.events import Event
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.folder_rows import rebuild
from ayon_proxy.demo.studio import Studio

IN_FOLDER_LIST = ("entity.folder.", "entity.task.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Announcement:
    """An event to be sent, and what the server does after having sent it."""

    topic: str
    description: str
    summary: dict[str, Any]
    payload: dict[str, Any] = field(default_factory=dict)
    then: Callable[[], None] | None = None


@dataclass(slots=True)
class Edit:
    """One request's changes to one project."""

    studio: Studio
    project: Project
    caller: Caller
    announcements: list[Announcement] = field(default_factory=list)
    _refreshed: bool = False

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.studio.clock()

    def entity(self, entity_type: EntityType, entity_id: str) -> Entity:
        """An entity that must exist. Raises AyonError 404."""
        found = self.project.entity(entity_type, entity_id)
        if found is None:
            raise AyonError(404, f"Entity {entity_id} not found")
        return found

    def announce(self) -> None:
        """Send every announcement in order, each with what follows from it."""
        while self.announcements:
            self.announce_next()

    def announce_next(self) -> None:
        """Send the first announcement."""
        self._refresh()
        announcement = self.announcements.pop(0)
        self.dispatch(
            announcement.topic,
            description=announcement.description,
            summary=announcement.summary,
            payload=announcement.payload,
        )
        if announcement.then is not None:
            announcement.then()

    def _refresh(self) -> None:
        """Before the first event, the folder list is remembered anew if it is concerned."""
        if not self._refreshed:
            self._refreshed = True
            if any(each.topic.startswith(IN_FOLDER_LIST) for each in self.announcements):
                rebuild(self.studio, self.project)

    async def tell_then_commit(
        self, topic: str, commit: Callable[[], object], **event: Any
    ) -> None:
        """Send an event from within a transaction, and make the change only then (1.6)."""
        told = self.dispatch(topic, committed=False, **event)
        await before_commit(self.studio, topic)
        commit()
        self.studio.events.commit(told)

    def dispatch(self, topic: str, **event: Any) -> Event:
        """Send an event of this project in the caller's name."""
        return self.studio.events.dispatch(
            topic,
            **{
                "project": self.project.name,
                "user": self.caller.name,
                "sender": self.caller.sender,
                "sender_type": self.caller.sender_type,
                **event,
            },
        )


async def before_commit(studio: Studio, topic: str) -> None:
    """The time between an event and the commit of its transaction; none if nothing is stale."""
    if studio.upstream_caches is not None:
        await studio.upstream_caches.before_commit(topic)


def forget_picture(edit: Edit, entity_id: str) -> None:
    """What upstream remembers of an entity's picture is worth nothing from now on."""
    if edit.studio.upstream_caches is not None:
        edit.studio.upstream_caches.thumbnails.pop((edit.project.name, entity_id), None)


class Checkpoint:
    """The tables of a project as they were; entities are replaced when changed, never altered."""

    def __init__(self, project: Project) -> None:
        self._project = project
        self._tables = {name: dict(getattr(project, name)) for name in _TABLES}

    def restore(self) -> None:
        """Undo every change since."""
        for name, rows in self._tables.items():
            table = getattr(self._project, name)
            table.clear()
            table.update(rows)


_TABLES = (*(f"{entity_type}s" for entity_type in ENTITY_TYPES), "links", "activities")
