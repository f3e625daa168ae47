"""Every recorded question whose answer a recorded change changed carries a tag that falls.

Broken once, to see it fail: no `entity:`, no `members:`, no `derived:`, no `paths:`, no `cascade:`.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

import pytest

from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.question import Question, question
from ayon_proxy.policy.invalidation.unannounced import eventless, unstored
from ayon_proxy.policy.shown import examined, shown
from tests.demo.corpus import Record, request_body, requires_corpus
from tests.policy.test_invalidation_corpus import (
    RIGHTS,
    alike,
    announced,
    found_by_scan,
    mutations,
)

pytestmark = requires_corpus

MEMORY = DocumentMemory()


class Read(NamedTuple):
    """A question that was asked before and after a change."""

    text: str
    tags: frozenset[str]
    changed: bool
    limited: bool
    """Asked by somebody whose rights the change may have moved."""


@cache
def stored_reads() -> dict[str, tuple[Read, ...]]:
    """Mutation → its questions that may be stored."""
    return {name: tuple(of_mutation(mutation)) for name, mutation in mutations()}


def of_mutation(mutation: Record) -> Iterator[Read]:
    for read in mutation["reads"]:
        if read["request"]["path"] != "/graphql":
            continue
        asked = question(request_body(read) or b"", MEMORY)
        assert isinstance(asked, Question)
        before, after = read["before"]["body"], read["after"]
        if examined(asked).never or before.get("errors"):
            continue
        found = shown(asked, before)
        assert not found.unknown
        yield Read(
            read["request"]["body"]["query"],
            found.tags,
            after != "same as before" and alike(before) != alike(after["body"]),
            read["identity"] == "artist" and "studio" not in found.tags,
        )


@pytest.mark.parametrize(
    ("name", "mutation"),
    [pytest.param(name, each, id=name) for name, each in mutations() if each["ws"]],
)
def test_what_an_event_changed_falls_with_it(name: str, mutation: Record) -> None:
    fallen = announced(mutation)
    missed = [each for each in stored_reads()[name] if each.changed and not each.tags & fallen]
    assert [each.text for each in missed] == []


@pytest.mark.parametrize(
    ("name", "mutation"), [pytest.param(name, each, id=name) for name, each in mutations()]
)
def test_what_no_event_reaches_is_found_by_a_scan_or_lives_shortly(
    name: str, mutation: Record
) -> None:
    stored = stored_reads()[name]
    projects = {tag[8:] for each in stored for tag in each.tags if tag[:8] == "project:"}
    fallen = announced(mutation) | found_by_scan(mutation)
    fallen |= eventless(projects) | unstored(projects)
    of_rights = bool(RIGHTS.match(mutation["exchanges"][mutation["write"]]["request"]["path"]))
    missed = [each for each in stored if each.changed and not each.tags & fallen]
    assert [each.text for each in missed if not (of_rights and each.limited)] == []


def test_the_recorded_changes_are_really_looked_at() -> None:
    fallen = {name: announced(each) for name, each in mutations()}
    every = [(each, fallen[name]) for name, reads in stored_reads().items() for each in reads]
    changed = [tags for each, tags in every if each.changed and each.tags & tags]
    print(f"\n{len(changed)} of {len(every)} answers changed, and fall by the events")
    assert len(changed) > 150
