"""What there is upstream at this moment, as far as writes and reads need to know it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from random import Random
from typing import Any, TypeVar
from uuid import UUID

import httpx

T = TypeVar("T")
Entity = dict[str, Any]

STATUSES = ("Not ready", "In progress", "Pending review", "Approved", "On hold", "Omitted")
TAGS = ("urgent", "client", "retake")

_THERE = """
query There($name: String!) { project(name: $name) {
  folders(first: 2000) { edges { node {
    id name path parentId thumbnailId status active folderType } } }
  tasks(first: 2000) { edges { node { id name folderId status active taskType assignees } } }
  products(first: 2000) { edges { node { id name folderId status active productType } } }
  versions(first: 2000) { edges { node {
    id version productId taskId thumbnailId status active author } } }
  representations(first: 2000) { edges { node { id name versionId status active } } }
  workfiles(first: 2000) { edges { node { id path taskId status active } } }
} }
"""
NEAR, ABOUT_SUBJECT = 0.85, 0.6
"""How often what is near is chosen; and what the last write is about."""
TYPES = ("folder", "task", "product", "version", "representation", "workfile")
PARENT = {
    "folder": "parentId",
    "task": "folderId",
    "product": "folderId",
    "version": "productId",
    "representation": "versionId",
    "workfile": "taskId",
}


class NothingThere(Exception):
    """There is nothing of that kind to do it to, or to ask for."""


@dataclass
class World:
    """One project of a studio, and things the driver has made in it.

    `made` holds ids (or what else names them) of links, lists, list items, activities and so on
    that writes have made, by what they are.
    """

    project: str
    people: Sequence[str]
    random: Random
    entities: dict[str, list[Entity]] = field(default_factory=dict)
    made: dict[str, list[Any]] = field(default_factory=dict)
    addon: tuple[str, str] | None = None
    bundles: list[str] = field(default_factory=list)
    place: str | None = None
    """The folder at which most of it happens: what is in it, beside it, and right below it."""
    near: dict[str, list[Entity]] = field(default_factory=dict)
    """What is there."""
    subjects: dict[str, Any] = field(default_factory=dict)
    """What the last write is about, by type."""
    _noting: bool = False
    stale: bool = True
    """Whether something was made or deleted since it was looked at."""
    numbers: int = 0

    @property
    def root(self) -> str:
        """The path of the project."""
        return f"/api/projects/{self.project}"

    async def look(self, upstream: httpx.AsyncClient) -> None:
        """Ask upstream what there is, if that may have changed."""
        if not self.stale:
            return
        body = {"query": _THERE, "variables": {"name": self.project}}
        answer = await upstream.post("/graphql", json=body)
        there = answer.json()["data"]["project"]
        for each in TYPES:
            nodes = [edge["node"] for edge in there[f"{each}s"]["edges"]]
            self.entities[each] = sorted(nodes, key=lambda node: str(node["id"]))
        self.stale = False
        self._gather()

    def go_elsewhere(self) -> None:
        """From now on, most of it happens at another folder."""
        self.place = str(self.random.choice(self.entities["folder"])["id"])
        self._gather()

    def _gather(self) -> None:
        folders = self.entities["folder"]
        here = [each for each in folders if self.place in (each["id"], each["parentId"])]
        above = {each["parentId"] for each in here if each["id"] == self.place}
        self.near = {"folder": here + [each for each in folders if each["id"] in above]}
        inside = {each["id"] for each in here}
        for entity_type, parent in (
            *(("task", inside), ("product", inside)),
            *(("version", "product"), ("representation", "version"), ("workfile", "task")),
        ):
            ids = {each["id"] for each in self.near[parent]} if isinstance(parent, str) else parent
            self.near[entity_type] = [
                each for each in self.entities[entity_type] if each[PARENT[entity_type]] in ids
            ]

    def there(self, entity_type: str) -> list[Entity]:
        """What to choose from: mostly what is near."""
        near = self.near.get(entity_type)
        if near and self.random.random() < NEAR:
            return near
        return self.entities.get(entity_type, [])

    @contextmanager
    def noting_subjects(self) -> Iterator[None]:
        """What is chosen in the block is chosen more often after it."""
        self.subjects = {}
        self._noting = True
        try:
            yield
        finally:
            self._noting = False

    def note(self, entity_type: str, subject: Any) -> None:
        """What is being chosen is about this, too."""
        self.subjects[entity_type] = subject

    def _subject(self, kind: str) -> Any:
        """What the last write was about; None by chance, too."""
        if self._noting or self.random.random() >= ABOUT_SUBJECT:
            return None
        return self.subjects.get(kind)

    def some(self, entity_type: str) -> Entity:
        """One of a type. Raises NothingThere."""
        found: Entity = self._subject(entity_type) or self.any_of(self.there(entity_type))
        if self._noting:
            self.subjects[entity_type] = found
        return found

    def few(self, entity_type: str, most: int = 3) -> list[Entity]:
        """One or more, in any order."""
        there = self.there(entity_type)
        found = self.random.sample(there, min(len(there), self.random.randint(1, most)))
        subject = self._subject(entity_type)
        return found if subject is None or subject in found else [subject, *found[1:]]

    def ids(self, entity_type: str, most: int = 3) -> list[str]:
        """Their ids."""
        return [str(each["id"]) for each in self.few(entity_type, most)]

    def having(self, entity_type: str, parent_type: str, most: int = 3) -> list[str]:
        """Ids of parents, mostly of such as have children of the type."""
        parents = sorted(
            {str(each[PARENT[entity_type]]) for each in self.there(entity_type)} - {"None"}
        )
        if not parents or self.random.random() < 0.2:
            return self.ids(parent_type, most)
        found = self.random.sample(parents, min(len(parents), self.random.randint(1, most)))
        subject, above = self._subject(entity_type), self._subject(parent_type)
        about = subject[PARENT[entity_type]] if subject else above and above["id"]
        return found if about is None or about in found else [str(about), *found[1:]]

    def any_of(self, values: Sequence[T]) -> T:
        """One of them. Raises NothingThere when there is none."""
        if not values:
            raise NothingThere
        return self.random.choice(values)

    def new_id(self) -> str:
        """An id that a client might make."""
        return UUID(int=self.random.getrandbits(128), version=1).hex

    def new_name(self, stem: str) -> str:
        """A name that nothing has."""
        self.numbers += 1
        return f"{stem}{self.numbers}{self.random.randrange(10**6):06}"

    def remember(self, what: str, name: Any) -> None:
        """Something has been made."""
        self.made.setdefault(what, []).append(name)

    def one_made(self, what: str) -> Any:
        """One of what has been made. Raises NothingThere."""
        found = self._subject(what) or self.any_of(self.made.get(what, []))
        if self._noting:
            self.subjects[what] = found
        return found

    def forget(self, what: str, name: Any) -> None:
        """It is gone."""
        self.made[what].remove(name)
