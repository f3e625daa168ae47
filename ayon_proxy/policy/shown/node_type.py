"""How the tables of this package are written: types, their fields, and where fields lead.

What is true of whoever shows a field is said by rows of `carried`, or by tags where a field depends
on something that no row tells of (they hold a colon).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from ayon_proxy.policy.invalidation import carried
from ayon_proxy.policy.lifetimes import Lifetimes


class Part(Enum):
    """What an argument does to the list it is given to."""

    PAGE = "page"
    """Says which page: all pages of a list fall together, so that no tag depends on it."""

    IDS = "ids"
    """Names the entities."""

    PARENT = "parent"
    """Names the parents, of those that events name."""

    BELOW = "below"
    """Widens the parents to all folders below them, which events of entities don't name."""

    PATHS = "paths"
    """Names the entities by path, which is theirs alone."""

    FILTER = "filter"
    """Leaves entities out, or sorts them, by fields of theirs."""


@dataclass(frozen=True, slots=True)
class Argument:
    """What an argument does, and which other tags decide what is listed because of it."""

    part: Part
    tags: tuple[str, ...] = ()
    mentions: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Word → tags, for arguments whose text may speak of other types (`sortBy`, `filter`)."""
    flag: bool = False
    """False is as good as not given."""
    elsewhere: tuple[str, ...] = ()
    """Tags that are needed besides where the list has no parent that events name."""


Arguments = Mapping[str, Argument]


@dataclass(frozen=True, slots=True)
class Lead:
    """A field that shows something of its own type."""

    to: str
    """The type; empty when its fields are the studio's own, and whoever leads there answers for
    them all."""
    rows: tuple[str, ...] = ()
    """What is true of whoever asks for it."""
    arguments: Arguments = field(default_factory=dict)
    lists: str = ""
    """The type of which it is a list, whole or below the node it stands at."""
    below: bool = False
    """Whether that node is the parent which events of the listed type name."""
    project_argument: str = ""
    """The argument that names the project, or several."""
    known_by: str = ""
    """The field beside it that holds the id of what it shows."""
    lifetimes: Lifetimes | None = None
    """Shorter than those of what it carries (`lifetimes`)."""
    never: str = ""
    """Why an answer that shows it is never stored."""


@dataclass(frozen=True, slots=True)
class Type:
    """A type of upstream's schema."""

    rows: Mapping[str, tuple[str, ...]]
    """Field → what is true of whoever shows it. Nothing: events of the node itself tell of the
    change, or there is none."""
    leads: Mapping[str, Lead]
    entity: str = ""
    """For nodes that have tags of their own: the type in their tags."""
    identity: tuple[str, str] | None = None
    """The field with its id, and the beginning of the tag that names it."""
    ends: tuple[str, ...] = ()
    """Fields with ids of entities that it hangs on: it is gone with one of them."""

    def knows(self, field: str) -> bool:
        """Whether the table has a place for the field."""
        return field in self.rows or field in self.leads or field == "__typename"


def each_of(fields: str, *rows: str) -> dict[str, tuple[str, ...]]:
    """Fields of a `Type`, of all of which the same is true."""
    return dict.fromkeys(fields.split(), rows)


def plain(fields: str, leads: Mapping[str, Lead] | None = None) -> Type:
    """A type whose fields change with whoever shows it."""
    return Type(each_of(fields), leads or {})


def entity(name: str, own: str, leads: Mapping[str, Lead]) -> Type:
    """A type of entity. `own` are the fields that its own events tell of, or that never change;
    what is in the sets of `carried` need not be told here."""
    return Type(
        {
            field: entity_rows(name, field)
            for field in {*own.split(), *SHARED.split(), *carried.DERIVED_FIELDS.get(name, ())}
            if field not in leads
        },
        leads,
        entity=name,
        identity=("id", "entity:"),
    )


SHARED = (
    "projectName id name active createdBy updatedBy createdAt updatedAt allAttrib parents "
    "status tags data path"
)
"""What nodes of all six types have."""

ALIASES = {"type": "taskType"}
"""Fields under another name."""


def entity_rows(name: str, field: str) -> tuple[str, ...]:
    """The rows of `carried` for a field that an entity of that type shows."""
    field = ALIASES.get(field, field)
    inherits = name in {"folder", "task"}
    attributes = "shows attributes of folders or tasks" if inherits else "shows attributes"
    rows: Iterable[tuple[bool, str]] = (
        (field in carried.DERIVED_FIELDS.get(name, ()), "shows what other types move"),
        (field in carried.PATH_FIELDS, "shows or matches paths"),
        (field in carried.INHERITED_FIELDS, attributes),
        (field in carried.VOCABULARY_FIELDS, "shows names of statuses or types"),
    )
    return tuple(row for holds, row in rows if holds)
