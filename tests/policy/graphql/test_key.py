"""What is in the key and what is not, by example.

Broken once, to see the tests fail: members in the order sent; `extensions` parsed; literals told
apart by text alone; what doesn't run left out; the chosen operation not told from the others;
undeclared variables left out; numbers compared as Python does; lengths left out.
"""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest

from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.question import Question, question, question_key

IDS = '["b", "a"]'


def body(query: str, /, variables: Any = None, **others: Any) -> bytes:
    members = {"query": query, **others}
    if variables is not None:
        members["variables"] = variables
    return json.dumps(members).encode()


def key(content: bytes) -> bytes:
    """The key, by both functions."""
    memory = DocumentMemory()
    found = question(content, memory)
    assert isinstance(found, Question), found
    assert question_key(content, memory) == question_key(content, memory) == found.key
    assert len(found.key) == 32
    return found.key


def folders(arguments: str, declared: str = "", selected: str = "id", **variables: Any) -> bytes:
    declared = declared and f"({declared})"
    query = f'query {declared} {{project(name: "p") {{folders({arguments}) {{{selected}}}}}}}'
    return body(query, variables)


EQUAL = {
    "fields": (body("{a b {c d}}"), body("{b {d c} a}")),
    "arguments": (body("{a(x: 1, y: 2)}"), body("{a(y: 2, x: 1)}")),
    "members of an input object": (body("{a(x: {p: 1, q: 2})}"), body("{a(x: {q: 2, p: 1})}")),
    "members of a variable's object": (
        body("query($x: X) {a(x: $x)}", {"x": {"p": 1, "q": 2}}),
        body("query($x: X) {a(x: $x)}", {"x": {"q": 2, "p": 1}}),
    ),
    "variables": (
        body("query($x: X, $y: Y) {a(x: $x, y: $y)}", {"x": 1, "y": 2}),
        body("query($y: Y, $x: X) {a(x: $x, y: $y)}", {"y": 2, "x": 1}),
    ),
    "names of variables": (
        body("query($x: X, $y: Y) {a(x: $x) b(x: $y)}", {"x": 1, "y": 2}),
        body("query($y: X, $x: Y) {a(x: $y) b(x: $x)}", {"y": 1, "x": 2}),
    ),
    "a set, literal": (folders("ids: [2, 1]"), folders("ids: [1, 2]")),
    "a set, by variable": (
        folders("ids: $i", "$i: [String!]", i=["b", "a"]),
        folders("ids: $i", "$i: [String!]", i=["a", "b"]),
    ),
    "a set, by default": (
        folders("ids: $i", '$i: [String!] = ["b", "a"]'),
        folders("ids: $i", '$i: [String!] = ["a", "b"]'),
    ),
    "spelling": (body("{a(x: 1) b}"), body("\ufeff{\r\n a ( x : 1, ),, # {\n b }\n")),
    "spelling of a string": (body('{a(x: "b\\u0061")}'), body('{a(x: """ba""")}')),
    "name of the operation": (body("{a}"), body("query Q {a}")),
    "name of the operation, given": (body("query Q {a}"), body("query R {a}", operationName="R")),
    "operationName null": (body("query Q {a}"), body("query Q {a}", operationName=None)),
    "no variables": (body("{a}"), body("{a}", {})),
    "names of fragments": (
        body("{...F ...G} fragment F on A {a} fragment G on B {b}"),
        body("{...A ...B} fragment B on A {a} fragment A on B {b}"),
    ),
    "alias that is the name": (body("{a}"), body("{a: a}")),
    "order of definitions": (
        body("{...F} fragment F on A {a}"),
        body("fragment F on A {a} {...F}"),
    ),
    "which of several runs": (
        body("query A {a} query B {b}"),
        body("query B {b} query A {a}", operationName="A"),
    ),
    "names of several": (body("query A {a} query B {b}"), body("query C {a} query D {b}")),
    "order of those that don't run": (
        body("query A {a} query B {b} query C {c} fragment F on A {a} fragment G on B {b}"),
        body("query A {a} fragment G on B {b} fragment F on A {a} query C {c} query B {b}"),
    ),
    "order of the members": (
        b'{"query": "{a}", "x": [1], "y": 2}',
        b'{"y": 2, "x": [1], "query": "{a}"}',
    ),
    "white space in the body": (b'{"query":"{a}"}', b' {\n "query" :\t"{a}" } '),
    "escapes in the body": (b'{"query":"{a}"}', b'{"quer\\u0079":"{\\u0061}"}'),
}


@pytest.mark.parametrize(("one", "other"), EQUAL.values(), ids=EQUAL)
def test_what_does_not_count(one: bytes, other: bytes) -> None:
    assert key(one) == key(other)


BY_VARIABLE = "query($x: [String!]) {a(x: $x)}"
VALUES: list[Any] = [
    *(1, 1.0, True, "1", None, [], {}, [1], ["1"], ["a", "b"], ["b", "a"], "ab", ["ab"], [["a"]]),
    *("\ud800", "\\ud800", {"a": 1}, {"a": None}, [True], [1.0], -1, "[]"),
]
DIFFERENT = [
    body("{a b}"),
    body("{a}"),
    body("{b}"),
    body("{a a}"),
    body("{b: a}"),
    body("{a: b}"),
    body("{a {b}}"),
    body("{a {}}"),
    body("{... {a}}"),
    body("{... on A {a}}"),
    body("{... on B {a}}"),
    body("{...F} fragment F on A {a}"),
    body("{...F} fragment F on B {a}"),
    body("{...F} fragment F on A @x {a}"),
    body("{...F @x} fragment F on A {a}"),
    body("{... on A @x {a}}"),
    body("{a} fragment F on A {a}"),
    body("{a} fragment F on A @x {a}"),
    body("{a} fragment F on A {a} fragment G on A {a}"),
    body("{a} fragment F on A {...G} fragment G on A {a}"),
    body("query A {a} query B {b}"),
    body("query A {a} query B {b}", operationName="B"),
    body("query A {a} query B {c}"),
    body("query A {a} query B @x {b}"),
    body("query A {a} query B($x: X) {b}"),
    body("query A {a} query B($x: X = 1) {b}"),
    body("query A {a} query B($x: X) {b(x: $x)}"),
    body("query A {a} query B {b} query C {c}"),
    body("query @x {a}"),
    body("query @x @y {a}"),
    body("query @y @x {a}"),
    body("query @x(y: 1) {a}"),
    body("{a @skip(if: true)}"),
    body("{a @skip(if: false)}"),
    body("{a @include(if: true)}"),
    *(body(f"{{a(x: {value})}}") for value in ("1", '"1"', "1.0", "-1", "true", "null", '"true"')),
    *(body(f"{{a(x: {value})}}") for value in ("ab", '"ab"', '["a", "b"]', '["b", "a"]', '["ab"]')),
    *(body(f"{{a(x: {value})}}") for value in ("[]", "{}", "[[]]", "{a: 1}", "[{a: 1}]", "1.5")),
    *(body(f"{{a(x: {value})}}") for value in ("{a: [b]}", '"[]"', '""', "[null]", "{a: null}")),
    body("{a(y: 1)}"),
    body('{a(x: "b", y: 1)}'),
    body('{a(x: "by=1;")}'),
    body("{a(x: 1, y: 1)}"),
    body("{a(x: 1, x: 2)}"),
    body("{a(x: 2, x: 1)}"),
    body("query($x: X) {a}"),
    body("query($y: X) {a}"),
    body("query($x: Y) {a}"),
    body("query($x: X) {a}", {"x": 1}),
    body("query($x: X) {a}", {"x": None}),
    body("query($x: X @x) {a}"),
    body("{a}", {"x": 1}),
    body("{a}", {"y": 1}),
    body("{a}", {"x": None}),
    *(body(BY_VARIABLE, {"x": value}) for value in VALUES),
    body(BY_VARIABLE),
    body("query($x: [String]) {a(x: $x)}"),
    body("query($x: [String!]!) {a(x: $x)}"),
    body("query($x: String!) {a(x: $x)}"),
    body("query($x: [String!] = null) {a(x: $x)}"),
    body("query($x: [String!] = []) {a(x: $x)}"),
    body('query($x: [String!] = ["a", "b"]) {a(x: $x)}'),
    body('query($x: [String!] = ["b", "a"]) {a(x: $x)}'),
    body("query($x: [String!] @x) {a(x: $x)}"),
    body("query($x: X, $y: X) {a(x: $x, y: $y)}", {"x": 1, "y": 2}),
    body("query($x: X, $y: X) {a(x: $x, y: $y)}", {"x": 2, "y": 1}),
    body("query($x: X) {a(x: $x, y: $x)}", {"x": 1}),
    body("query($x: X) {a(x: {p: $x})}", {"x": 1}),
    body("query($x: X) {a(x: [$x])}", {"x": 1}),
    body("{a ownAttrib}"),
    body("{ownAttrib a}"),
    body("{a {ownAttrib} b}"),
    body("{b a {ownAttrib}}"),
    body("{a b} fragment F on A {ownAttrib}"),
    body("{b a} fragment F on A {ownAttrib}"),
    body("{a x: ownAttrib}"),
    body("{... {ownAttrib} a}"),
    body("{a ... {ownAttrib}}"),
    body("{a}", extensions=None),
    body("{a}", extensions={}),
    body("{a}", extensions={"a": 1}),
    body("{a}", extensions={"a": 1, "b": 2}),
    body("{a}", extensions={"b": 2, "a": 1}),
    b'{"query": "{a}", "extensions": {"a":1}}',
    b'{"query": "{a}", "extensions": {"\\u0061": 1}}',
    body("{a}", id=1),
    body("{a}", id="1"),
    body("{a}", id=1, extensions=None),
    body('{versions(featuredOnly: ["hero", "latest"]) {id}}'),
    body('{versions(featuredOnly: ["latest", "hero"]) {id}}'),
    folders("ids: [1, 2]"),
    folders("ids: [1, 2, 2]"),
    folders("ids: [1, 2.0]"),
    folders("ids: [2.0, 1]"),
    folders("ids: $i", "$i: [String!]", i=["a", 1]),
    folders("ids: $i", "$i: [String!]", i=[1, "a"]),
    folders("ids: $i, x: $i", "$i: [String!]", i=["a", "b"]),
    folders("ids: $i, x: $i", "$i: [String!]", i=["b", "a"]),
    folders("ids: [$i, $j]", "$i: S, $j: S", i="a", j="b"),
    folders("first: 300"),
    folders('first: 300, after: "WzNd"'),
    folders("last: 300"),
]


def test_what_counts() -> None:
    keys = [key(content) for content in DIFFERENT]
    pairs = itertools.combinations(range(len(keys)), 2)
    same = [(DIFFERENT[one], DIFFERENT[two]) for one, two in pairs if keys[one] == keys[two]]
    assert same == []


def test_the_key_of_a_question_is_the_same_in_every_process() -> None:
    """What is stored is found again. A change of meaning needs a new version."""
    asked = folders("ids: $i, first: 3", "$i: [String!]", "a b", i=["b", "a"])
    assert key(asked).hex() == "88c246893ffc3b5cf6d00166c0831559e377a1852e52e598545d2a36a84eea3e"
