"""Reads a question by the tables: what it carries by itself, and what its answer must be asked."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ayon_proxy.policy.graphql.asked import Field, Value
from ayon_proxy.policy.invalidation.carried import (
    ALWAYS_OF_A_PROJECT,
    ALWAYS_OF_THE_STUDIO,
    PARENTS,
)
from ayon_proxy.policy.shown.gathered import ANY, Gathered, Place, expanded, row
from ayon_proxy.policy.shown.listing import Listing
from ayon_proxy.policy.shown.node_type import Lead, Type
from ayon_proxy.policy.shown.plan import Plan
from ayon_proxy.policy.shown.types import TYPES, named

_INSTEAD = {
    "activities:": "type:{project}:activity",
    "entity:": "type:{project}:{type}",
    "links:": "type:{project}:link",
    "list:": "type:{project}:list",
}
"""Beginning of a tag → what stands in for it where an id isn't told."""

_ALL_ENTITIES = tuple(f"type:{{project}}:{entity}" for entity, _ in PARENTS.values())
_RECORD = "shows the project itself"


@dataclass(frozen=True, slots=True)
class _Here:
    """Where in the question we are."""

    place: Place
    node: Plan | None = None
    """The nearest node above that has an id."""
    listing: Listing | None = None
    """The list of which the nodes come next."""


MOST_ASKED = 100_000
"""Values in the lists of all arguments together; they are looked at between requests of others. A
body holds 14,000 ids, but a variable can be used five thousand times."""


def understood(fields: Sequence[Field]) -> tuple[Gathered, Plan]:
    """What a question carries, and how its answer is looked through."""
    reading = _Reading()
    plan = Plan("data")
    if _values(fields) > MOST_ASKED:
        reading.gathered.never = "it names more than can be kept apart"
        reading.gathered.add(("everything", "answers", ANY), Place())
        return reading.gathered, plan
    reading.fields(("Query",), fields, plan, _Here(Place()))
    return reading.gathered, plan


class _Reading:
    def __init__(self) -> None:
        self.gathered = Gathered()

    def fields(
        self, names: Sequence[str], fields: Sequence[Field], plan: Plan, here: _Here
    ) -> None:
        """What is selected of something that is of one of these types."""
        types = [found for name in names for found in named(name)]
        self._ends(types, fields, plan, here.place)
        here = self._node(types, fields, plan, here)
        for field in _merged(fields):
            holders = [each for each in _narrowed(types, field.on) if each.knows(field.name)]
            if not holders:
                self.gathered.unknown_at(f"{field.on or names[0]}.{field.name}", here.place)
            for each in holders:
                for name in each.rows.get(field.name, ()):
                    self._row(name, each.entity, here)
            leads = [(each, each.leads[field.name]) for each in holders if field.name in each.leads]
            if leads:
                self._follow(leads, field, plan, here)
                below = plan.children[-1]
                below.beside = tuple(
                    each.result_key
                    for each in fields
                    if each.name in {lead.known_by for _, lead in leads}
                )
                if below.leads_nowhere:
                    plan.children.pop()

    def _follow(
        self, leads: Sequence[tuple[Type, Lead]], field: Field, plan: Plan, here: _Here
    ) -> None:
        below = Plan(field.result_key)
        plan.children.append(below)
        there = here
        for holder, lead in leads:
            there = self._lead(holder, lead, field, below, here, there)
        names = [each for each in dict.fromkeys(lead.to for _, lead in leads) if each]
        if names:
            self.fields(names, field.fields, below, there)

    def _lead(
        self, holder: Type, lead: Lead, field: Field, below: Plan, here: _Here, there: _Here
    ) -> _Here:
        self.gathered.never = self.gathered.never or lead.never
        if lead.lifetimes is not None:
            self.gathered.shorten(lead.lifetimes)
        if lead.project_argument:
            place = Place(True, _projects(field.arguments.get(lead.project_argument)))
            there = replace(there, place=place)
            if place.projects or lead.to == "ProjectNode":
                self.gathered.add(ALWAYS_OF_A_PROJECT, place)
                # Whoever asks: a renamed folder can give access or take it away.
                self.gathered.add(row("is limited by folder rules"), place)
        if holder is TYPES["Query"] and lead.to != "ProjectNode":
            self.gathered.add(ALWAYS_OF_THE_STUDIO, there.place)
        for name in lead.rows:
            self._row(name, holder.entity, replace(here, place=there.place))
        unknown = () if lead.never else field.arguments.keys() - lead.arguments.keys()
        for argument in unknown:
            self.gathered.unknown_at(f"{field.name}({argument})", there.place)
        listing = Listing(lead, field.arguments, there.place, self.gathered, here.node)
        if lead.lists:
            listing.carry(below)
        below.entries = tuple(each.result_key for each in field.fields if each.name == "edges")
        return replace(there, listing=listing) if lead.lists else there

    def _node(
        self, types: Iterable[Type], fields: Sequence[Field], plan: Plan, here: _Here
    ) -> _Here:
        """Where we are within something that has an id of its own."""
        nodes = [each for each in types if each.identity]
        if not nodes:
            return here
        plan.identity = tuple(each.result_key for each in fields if each.name == "id")
        if here.listing is not None:
            plan.known = here.listing.known
        inside = _Here(here.place, plan)
        for each in nodes:
            name = "shows an entity list" if each.entity == "list" else "shows entities"
            self._row(name, each.entity, inside)
        if not plan.identity and here.listing is not None and here.listing.tells_of_fields():
            plan.by_id["entity:"] = frozenset()
        return inside

    def _row(self, name: str, entity: str, here: _Here) -> None:
        """What is true there of an entity of that type, or of what hangs on it."""
        for template in row(name):
            start, _, placeholder = template.rpartition("{")
            if placeholder in ("shown}", "list}"):
                if start != "entity:" or name == "shows entities":
                    self._hang(start, entity, here)
            elif placeholder == "asked}":
                continue  # asked for by its id: known of the node
            elif name != _RECORD or here.place.projects or "{" not in template:
                # Whatever renames statuses or types makes `projects` fall, too.
                self.gathered.add((template,), here.place, entity)

    def _hang(self, start: str, entity: str, here: _Here) -> None:
        instead = _INSTEAD[start].replace("{type}", entity)
        if here.node is not None and start in here.node.by_id:
            # Another type that it may be of.
            here.node.by_id[start] |= expanded(instead, here.place)
        else:
            self.gathered.hang(here.node, start, (instead,), here.place)

    def _ends(
        self, types: Iterable[Type], fields: Sequence[Field], plan: Plan, place: Place
    ) -> None:
        """Other entities that it hangs on."""
        for each in types:
            for end in each.ends:
                keys = tuple(field.result_key for field in fields if field.name == end)
                plan.ends += keys
                if not keys and not any(_tells(each, end, field) for field in fields):
                    self.gathered.add(_ALL_ENTITIES, place)
        if plan.ends:
            plan.without_end = frozenset(
                tag for each in _ALL_ENTITIES for tag in expanded(each, place)
            )


def _values(fields: Sequence[Field]) -> int:
    count = 0
    waiting = list(fields)
    while waiting:
        field = waiting.pop()
        waiting.extend(field.fields)
        count += sum(len(each) for each in field.arguments.values() if isinstance(each, tuple))
    return count


def _tells(holder: Type, end: str, field: Field) -> bool:
    """Whether the id of an end is shown by the node that it is."""
    lead = holder.leads.get(field.name)
    return (
        lead is not None
        and lead.known_by == end
        and any(each.name == "id" for each in field.fields)
    )


def _merged(fields: Sequence[Field]) -> Iterable[Field]:
    """Fields, with what is selected below them in several places put together."""
    found: dict[tuple[str, str, str | None], Field] = {}
    for each in fields:
        place = each.result_key, each.name, each.on
        earlier = found.get(place)
        found[place] = (
            each if earlier is None else replace(each, fields=earlier.fields + each.fields)
        )
    return [each for each in found.values() if each.name != "__typename"]


def _narrowed(types: Sequence[Type], on: str | None) -> Sequence[Type]:
    """The types for which a fragment asks."""
    found = TYPES.get(on or "")
    return types if found is None else (found,)


def _projects(value: Value) -> tuple[str, ...]:
    """Project names; none where one of them isn't told, or matched as a pattern."""
    names = value if isinstance(value, tuple) else (value,)
    if not all(isinstance(each, str) and each and "%" not in each for each in names):
        return ()
    return tuple(each.lower() for each in names if isinstance(each, str))
