"""The tree that tells what an answer depends on.

Broken once, to see the tests fail: aliases taken for names, conditions not looked at, defaults not
filled in, null taken for absent, sets not sorted, type conditions of outer fragments lost.
"""

from __future__ import annotations

import json
from types import MappingProxyType
from typing import Any

import pytest

from ayon_proxy.policy.graphql.asked import Field, Value
from ayon_proxy.policy.graphql.document import Enum
from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.question import Question, question


def asked(query: str, **variables: Any) -> Question:
    body = json.dumps({"query": query, "variables": variables}).encode()
    found = question(body, DocumentMemory())
    assert isinstance(found, Question), found
    return found


def arguments(query: str, **variables: Any) -> dict[str, Any]:
    return dict(asked(query, **variables).fields[0].arguments)


def names(query: str, **variables: Any) -> list[tuple[str, str | None]]:
    return [(each.name, each.on) for each in asked(query, **variables).fields]


def test_a_question_is_a_tree_of_fields() -> None:
    found = asked(
        """query Versions($p: String!, $ids: [String!], $first: Int = 300) {
             project(name: $p) {
               latest: versions(productIds: $ids, first: $first, latestOnly: true) {
                 edges { node { ...Shown } } } } }
           fragment Shown on VersionNode { id task { id } }""",
        p="little_film",
        ids=["b", "a"],
    )
    node = Field(
        "node",
        "node",
        {},
        None,
        (
            Field("id", "id", {}, "VersionNode"),
            Field("task", "task", {}, "VersionNode", (Field("id", "id", {}),)),
        ),
    )
    given: dict[str, Value] = {"productIds": ("a", "b"), "first": 300, "latestOnly": True}
    versions = Field(
        "versions", "latest", given, None, (Field("edges", "edges", {}, None, (node,)),)
    )
    assert found.fields == (
        Field("project", "project", {"name": "little_film"}, None, (versions,)),
    )
    assert found.projects == ("little_film",)


@pytest.mark.parametrize(
    ("query", "variables", "expected"),
    [
        ('{a(x: 1, y: 2.5, z: "s", b: true)}', {}, {"x": 1, "y": 2.5, "z": "s", "b": True}),
        ("{a(x: null, y: IN)}", {}, {"x": None, "y": Enum("IN")}),
        ("{a(x: {p: [1]})}", {}, {"x": {"p": (1,)}}),
        ("query($x: X) {a(x: $x)}", {"x": [1, {"p": [2]}]}, {"x": (1, {"p": (2,)})}),
        ("query($x: X) {a(x: $x)}", {"x": None}, {"x": None}),
        ("query($x: X) {a(x: $x)}", {}, {}),
        ("query($x: X = 1) {a(x: $x)}", {}, {"x": 1}),
        ("query($x: X = 1) {a(x: $x)}", {"x": None}, {"x": None}),
        ("query($x: X) {a(x: [$x, 1])}", {}, {"x": (None, 1)}),
        ("query($x: X) {a(x: {p: $x, q: 1})}", {}, {"x": {"q": 1}}),
        ("query($x: X) {folders(ids: $x, x: $x)}", {"x": [2, 1]}, {"ids": (1, 2), "x": (2, 1)}),
        ("query($x: X) {folders(ids: $x)}", {"x": "one"}, {"ids": "one"}),
        ("query($x: X = [2, 1]) {folders(ids: $x)}", {}, {"ids": (1, 2)}),
        (
            "{folders(ids: [2, 1], featuredOnly: [2, 1])}",
            {},
            {"ids": (1, 2), "featuredOnly": (2, 1)},
        ),
        ("{folders(ids: $x)}".replace("{f", "query($x: X) {f"), {"x": None}, {"ids": None}),
    ],
)
def test_arguments_are_evaluated(query: str, variables: Any, expected: Any) -> None:
    assert arguments(query, **variables) == expected


@pytest.mark.parametrize(
    ("directives", "is_there"),
    [
        ("", True),
        ("@include(if: true)", True),
        ("@include(if: false)", False),
        ("@skip(if: true)", False),
        ("@skip(if: false)", True),
        ("@include(if: true) @skip(if: true)", False),
        ("@include(if: $yes)", True),
        ("@include(if: $no)", False),
        ("@skip(if: $yes)", False),
        ("@skip(if: $default)", False),
        ("@include(if: $unknown)", True),
        ("@include(if: null)", True),
        ("@skip(if: 1)", True),
        ("@skip", True),
        ("@other(if: true)", True),
        ("@other(if: null)", True),
    ],
)
@pytest.mark.parametrize("place", ["b %s", "... %s {b}", "... on B %s {b}", "...F %s"])
def test_what_is_left_out_is_gone(place: str, directives: str, is_there: bool) -> None:
    query = (
        "query($yes: B, $no: B, $default: B = true, $unknown: B) {a %s}" % (place % directives)
        + " fragment F on B {b}"
    )
    found = [name for name, _ in names(query, yes=True, no=False)]
    assert found == (["a", "b"] if is_there else ["a"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("{a}", [("a", None)]),
        ("{... {a}}", [("a", None)]),
        ("{... on A {a}}", [("a", "A")]),
        ("{... on A {... {a}}}", [("a", "A")]),
        ("{... on A {... on B {a}}}", [("a", "B")]),
        ("{...F} fragment F on A {b a}", [("a", "A"), ("b", "A")]),
        ("{b: a a: b}", [("b", None), ("a", None)]),
    ],
)
def test_fragments_are_resolved(query: str, expected: list[tuple[str, str | None]]) -> None:
    assert names(query) == expected


def test_fields_below_are_found_by_their_names() -> None:
    (root,) = asked(
        "{a {x: edges {node {id}} edges {node {name} y: node {id}} other {node {no}}}}"
    ).fields
    nodes = list(root.below("edges", "node"))
    assert sorted(each.name for node in nodes for each in node.fields) == ["id", "id", "name"]
    assert list(root.below()) == [root]
    assert list(root.below("nothing", "node")) == []


@pytest.mark.parametrize(
    ("query", "projects"),
    [
        ("{me {name}}", ()),
        ('{project(name: "P_1") {name}}', ("P_1",)),
        ('query($p: S = "q") {project(name: $p) {name}}', ("q",)),
        ("query($p: S) {project(name: $p) {name}}", (None,)),
        ('{project(code: "p") {name}}', (None,)),
        ("{project {name}}", (None,)),
        ('{project(name: "%") {name}}', (None,)),
        ("{project(name: null) {name}}", (None,)),
        ('{a: project(name: "p") {name} b: project(name: "q") {name}}', ("p", "q")),
        ('{project(name: "p") @skip(if: true) {name} me {name}}', ()),
    ],
)
def test_the_projects_are_those_known_by_name(query: str, projects: tuple[str | None, ...]) -> None:
    assert asked(query).projects == projects


def test_a_question_can_not_be_changed() -> None:
    (field,) = asked("query($x: X) {a(x: $x)}", x={"p": [1]}).fields
    assert isinstance(field.arguments, MappingProxyType)
    assert isinstance(field.arguments["x"], MappingProxyType)
    with pytest.raises(AttributeError):
        field.name = "b"  # type: ignore[misc]  # that it can't is what is shown
