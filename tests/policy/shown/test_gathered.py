"""Tags with what stands for their placeholders; what stands in for an id."""

from __future__ import annotations

import pytest

from ayon_proxy.policy.shown.gathered import Gathered, Place, expanded
from ayon_proxy.policy.shown.plan import Plan

FILM = Place(True, ("film",))


@pytest.mark.parametrize(
    ("template", "place", "tags"),
    [
        ("users", FILM, {"users"}),
        ("type:{project}:{type}", FILM, {"type:film:task"}),
        ("paths:{project}", Place(True, ("a", "b")), {"paths:a", "paths:b"}),
        ("paths:{project}", Place(True), {"any"}),
    ],
)
def test_a_template_stands_for_the_tags_of_each_project(
    template: str, place: Place, tags: set[str]
) -> None:
    assert expanded(template, place, "task") == tags


@pytest.mark.parametrize(
    ("node", "now", "by_id"),
    [
        (None, {"type:film:link"}, {}),
        (Plan("a"), set(), {"links:": {"type:film:link"}}),
        (Plan("a", known=("1", "2")), {"links:1", "links:2"}, {"links:": set()}),
    ],
    ids=["no node", "a node that is shown", "nodes that were asked for"],
)
def test_without_an_id_something_stands_in_for_it(
    node: Plan | None, now: set[str], by_id: dict[str, set[str]]
) -> None:
    gathered = Gathered()
    gathered.hang(node, "links:", ("type:{project}:link",), FILM)
    assert gathered.tags == now
    assert (node.by_id if node else {}) == by_id
