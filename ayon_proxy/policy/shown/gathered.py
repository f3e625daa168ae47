"""Tags that a question carries by itself, gathered while it is read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ayon_proxy.policy.invalidation import carried
from ayon_proxy.policy.lifetimes import CONVERSATION, ENTITY, STUDIO_CONFIG, Lifetimes
from ayon_proxy.policy.shown.plan import Plan

ANY = "any"
ANY_OF_PROJECT = "any:{project}"

LIFETIMES: Mapping[str, Lifetimes] = {
    **dict.fromkeys(
        (
            ANY,
            ANY_OF_PROJECT,
            "cascade:{project}:activity",
            "cascade:{project}:link",
            "cascade:{project}:list",
            "type:{project}:activity",
            "type:{project}:link",
            "type:{project}:list",
        ),
        CONVERSATION,
    ),
    **dict.fromkeys(
        (
            "addons",
            "anatomy",
            "attributes",
            "bundles",
            "product_types",
            "projects",
            "restart",
            "settings",
            "users",
        ),
        STUDIO_CONFIG,
    ),
}
"""TABLE: tag → how long an answer that carries it is fresh. All others: as entities. Much of what
these stand for changes without an event (server.md 1.4)."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a question something stands."""

    in_project: bool = False
    projects: tuple[str, ...] = ()
    """In lower case; empty when they aren't known."""


@dataclass(slots=True)
class Gathered:
    """What is known of a question."""

    tags: set[str] = field(default_factory=set)
    unknown: set[str] = field(default_factory=set)
    never: str = ""
    lifetimes: Lifetimes = ENTITY

    def add(self, templates: Iterable[str], place: Place, entity: str = "") -> None:
        """Tags, with what stands for their placeholders there."""
        for template in templates:
            self.shorten(LIFETIMES.get(template.replace("{type}", entity), ENTITY))
            self.tags |= expanded(template, place, entity)

    def hang(self, node: Plan | None, start: str, instead: Iterable[str], place: Place) -> None:
        """A tag that the id of a node completes. `instead`: what stands in for it without one."""
        templates = [tag for each in instead for tag in expanded(each, place)]
        if node is None:
            self.add(templates, place)
            return
        self.tags.update(start + each for each in node.known)
        node.by_id[start] = frozenset() if node.known else frozenset(templates)

    def unknown_at(self, name: str, place: Place) -> None:
        """Something that the tables have no place for."""
        self.unknown.add(name)
        self.add((ANY_OF_PROJECT if place.in_project else ANY,), place)

    def shorten(self, lifetimes: Lifetimes) -> None:
        """The answer shows something that is fresh for so long."""
        self.lifetimes = Lifetimes(
            unwatched=min(self.lifetimes.unwatched, lifetimes.unwatched),
            watched=min(self.lifetimes.watched, lifetimes.watched),
        )


def expanded(template: str, place: Place, entity: str = "") -> frozenset[str]:
    """The tags that a template stands for; what falls with anything, for projects not known."""
    if "{" not in template:
        return frozenset((template,))
    if not place.projects:
        return frozenset((ANY,))
    return frozenset(template.format(project=each, type=entity) for each in place.projects)


def row(name: str) -> tuple[str, ...]:
    """The templates of a row of `carried`; what is none is a tag itself."""
    found = carried.OF_PROJECTS.get(name) or carried.OF_THE_STUDIO.get(name)
    return (name,) if found is None else found.tags
