"""What every resolver knows: the studio, who asks, and where in the answer it is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from graphql import GraphQLResolveInfo

from ayon_proxy.demo import rights
from ayon_proxy.demo.derivations import folder_of, folder_path
from ayon_proxy.demo.entities import Entity, EntityType
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.people import User
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.studio import Studio

Info: TypeAlias = GraphQLResolveInfo
Resolver: TypeAlias = Callable[..., Any]
"""What answers a field: (source, info, **arguments) → value."""


@dataclass(slots=True)
class Question:
    """One GraphQL request. It is the `context` of every resolver."""

    studio: Studio
    user: User
    list_entity_type: str | None = None
    """Of which entities the first list in the answer was: there may be no other (`lists`)."""
    _access: dict[str, rights.FolderAccess | None] = field(default_factory=dict)

    def folder_access(self, project: Project) -> rights.FolderAccess | None:
        """The folders the asking user may read; None is all of them.

        Raises AyonError 403 when there are none.
        """
        if project.name not in self._access:
            self._access[project.name] = rights.folder_access(self.studio, self.user, project)
        access = self._access[project.name]
        if access is not None and not (access.folders or access.subtrees):
            raise AyonError(
                403, f"Read access denied for {self.user.name} in project {project.name}"
            )
        return access

    def sees(self, project: Project, entity: Entity) -> bool:
        """Whether the asking user may read the folder the entity lies in."""
        access = self.folder_access(project)
        if access is None:
            return True
        folder = folder_of(project, entity)
        return folder is not None and access.allows(folder_path(project, folder))


@dataclass(slots=True)
class Node:
    """An entity on its way into the answer."""

    project: Project
    entity_type: EntityType
    entity: Any
    listed: bool = False
    """Whether a connection of its type found it: a look-up by id computes less (`hasReviewables`
    of folders and tasks, versions' `isLatest`)."""
    in_list: bool = False
    """Whether an entity list holds it."""
    inherits: bool = True
    """Whether its attributes come with inherited ones: the folder of a listed product has none
    but defaults, unless its `attrib` is selected."""
    extra: dict[str, Any] = field(default_factory=dict)
    """Field name → value, for what only the place where the node was found can tell."""
    own_attrib: dict[str, Any] = field(init=False)

    @property
    def detailed(self) -> bool:
        """Whether its reviewables and comments were looked for."""
        return self.listed or self.in_list

    def __post_init__(self) -> None:
        # A copy, as reading attributes writes into it (`attributes.shown`).
        self.own_attrib = dict(self.entity.attrib)


def question_of(info: Info) -> Question:
    """The request a resolver works for."""
    question: Question = info.context
    return question


def project_of(source: Project | Node) -> Project:
    """The project that a connection's source is, or lies in."""
    return source if isinstance(source, Project) else source.project


@cache
def snake_case(name: str) -> str:
    """`folderType` → `folder_type`."""
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
