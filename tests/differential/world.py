"""What there is upstream at this moment, as far as writes and reads need to know it."""

from __future__ import annotations

from collections.abc import Sequence
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

    def some(self, entity_type: str) -> Entity:
        """One of a type. Raises NothingThere."""
        return self.any_of(self.entities.get(entity_type, []))

    def ids(self, entity_type: str, most: int = 3) -> list[str]:
        """Ids of a few, in any order."""
        there = self.entities.get(entity_type, [])
        chosen = self.random.sample(there, min(len(there), self.random.randint(1, most)))
        return [str(each["id"]) for each in chosen]

    def having(self, entity_type: str, parent_type: str, most: int = 3) -> list[str]:
        """Ids of parents, mostly of such as have children of the type."""
        parents = sorted(
            {str(each[PARENT[entity_type]]) for each in self.entities[entity_type]} - {"None"}
        )
        if not parents or self.random.random() < 0.2:
            return self.ids(parent_type, most)
        return self.random.sample(parents, min(len(parents), self.random.randint(1, most)))

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
        return self.any_of(self.made.get(what, []))

    def forget(self, what: str, name: Any) -> None:
        """It is gone."""
        self.made[what].remove(name)
