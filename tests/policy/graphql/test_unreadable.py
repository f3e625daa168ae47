"""Bodies that are forwarded untouched, and that reading them costs little.

Broken once, to see the tests fail: each bound, and each check that a document is one that upstream
may answer.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from graphql.language import SelectionNode, ValueNode
from hypothesis import example, given
from hypothesis import strategies as st

from ayon_proxy.policy.graphql import bounds
from ayon_proxy.policy.graphql.document import Fragment, Selected, Variable
from ayon_proxy.policy.graphql.encoding import selections_bytes
from ayon_proxy.policy.graphql.literals import literal
from ayon_proxy.policy.graphql.memory import DocumentMemory
from ayon_proxy.policy.graphql.question import Question, question, question_key
from ayon_proxy.policy.graphql.shaping import Shaping
from ayon_proxy.policy.graphql.unreadable import Unreadable

DEEP = 10_000
MEGABYTE = 1024 * 1024

WORST_SECONDS = 2.0
"""Far more than any of these takes, far less than what takes quadratic time."""


def body(query: Any, **others: Any) -> bytes:
    return json.dumps({"query": query, **others}).encode()


def doubling(levels: int) -> str:
    """Fragments that stand for 2^levels fields."""
    fragments = (f"fragment F{n} on A {{...F{n + 1} ...F{n + 1}}}" for n in range(levels))
    return " ".join(("{...F0}", *fragments, f"fragment F{levels} on A {{a}}"))


def chain(length: int) -> str:
    """Fragments that are spread one in the other, the last defined first."""
    fragments = (f"fragment F{n} on A {{...F{n + 1}}}" for n in reversed(range(length)))
    return " ".join(("{...F0}", *fragments, f"fragment F{length} on A {{a}}"))


NOT_JSON = "the body is not one JSON object"
UNREADABLE = {
    "nothing": (b"", NOT_JSON),
    "invalid UTF-8": (b'{"query": "{a\xff}"}', NOT_JSON),
    "UTF-16": ('{"query": "{a}"}'.encode("utf-16"), NOT_JSON),
    "a byte order mark": (b'\xef\xbb\xbf{"query": "{a}"}', NOT_JSON),
    "not JSON": (b"query={a}", NOT_JSON),
    "cut off": (b'{"query": "{a}"', NOT_JSON),
    "cut off after a name": (b'{"query"', NOT_JSON),
    "something after it": (b'{"query": "{a}"} {}', NOT_JSON),
    "a comma too many": (b'{"query": "{a}",}', NOT_JSON),
    "a comma missing": (b'{"query": "{a}" "x": 1}', NOT_JSON),
    "a colon missing": (b'{"query" "{a}"}', NOT_JSON),
    "a name that is no string": (b'{1: 2, "query": "{a}"}', NOT_JSON),
    "the query twice": (b'{"query": "{a}", "query": "{b}"}', NOT_JSON),
    "a variable twice": (b'{"query": "{a}", "variables": {"a": 1, "a": 2}}', NOT_JSON),
    "NaN": (b'{"query": "{a}", "variables": {"a": NaN}}', NOT_JSON),
    "a batch": (b'[{"query": "{a}"}]', NOT_JSON),
    "a string": (b'"{a}"', NOT_JSON),
    "no query": (b"{}", "no query in the body"),
    "query null": (body(None), "no query in the body"),
    "query a list": (body(["{a}"]), "no query in the body"),
    "variables a list": (body("{a}", variables=[]), "variables are no object"),
    "variables a string": (body("{a}", variables="{}"), "variables are no object"),
    "operationName a number": (body("{a}", operationName=1), "operationName is no string"),
    "empty": (body(""), "the query can't be parsed"),
    "not GraphQL": (body("SELECT 1"), "the query can't be parsed"),
    "cut off query": (body("{a"), "the query can't be parsed"),
    "a lone surrogate": (body('{a(b: "\ud800")}'), "the query can't be parsed"),
    "a mutation": (body("mutation {a}"), "a mutation or a subscription"),
    "a subscription": (body("subscription {a}"), "a mutation or a subscription"),
    "a mutation beside": (body("query A {a} mutation B {b}"), "a mutation or a subscription"),
    "a type": (body("type A {a: B}"), "not only queries and fragments"),
    "a type beside": (body("{a} type A {a: B}"), "not only queries and fragments"),
    "a description": (body('"which" query A {a}'), "not only queries and fragments"),
    "a described variable": (
        body('query A("which" $x: X) {a(x: $x)}'),
        "variables that can't be told apart",
    ),
    "no operation": (body("fragment F on A {a}"), "no such operation"),
    "unknown operation": (body("query A {a}", operationName="B"), "no such operation"),
    "unnamed operation": (body("{a}", operationName="B"), "no such operation"),
    "operation without name": (body("query A {a}", operationName=""), "no such operation"),
    "operations of one name": (
        body("query A {a} query A {b}"),
        "operations that can't be told apart",
    ),
    "an unnamed one of two": (body("query A {a} {b}"), "operations that can't be told apart"),
    "fragments of one name": (
        body("{...F} fragment F on A {a} fragment F on A {b}"),
        "two fragments of one name",
    ),
    "variables of one name": (
        body("query($x: X, $x: Y) {a(x: $x)}"),
        "variables that can't be told apart",
    ),
    "variable not declared": (body("{a(x: $x)}"), "a variable is not declared"),
    "variable not declared, below": (body("{a(x: [{y: $x}])}"), "a variable is not declared"),
    "variable not declared, condition": (
        body("{a @skip(if: $x)}"),
        "a variable is not declared",
    ),
    "fragment missing": (body("{...F}"), "a fragment is missing"),
    "fragment missing, not run": (body("query A {a} query B {...F}"), "a fragment is missing"),
    "fragment in itself": (
        body("{...F} fragment F on A {...F}"),
        "a fragment is spread within itself",
    ),
    "fragments in each other, unused": (
        body("{a} fragment F on A {b {...G}} fragment G on A {...F}"),
        "a fragment is spread within itself",
    ),
    "a number of many digits": (body("{a(x: %s)}" % ("9" * 5000)), "a number is too long"),
    "a variable of many digits": (
        b'{"query": "{a}", "variables": {"x": %b}}' % (b"9" * 5000),
        NOT_JSON,
    ),
    "a megabyte": (body("{a}" + " " * MEGABYTE), "the body is too large"),
    "a megabyte of ids": (
        body("{a}", variables={"x": ["a" * 32] * 30_000}),
        "the body is too large",
    ),
    "a long text": (body("{a}" + " " * bounds.MOST_TEXT), "the query is too long"),
    "many tokens": (body("{" + "a " * bounds.MOST_TOKENS + "}"), "the query can't be parsed"),
    "deep JSON": (b"[" * DEEP, NOT_JSON),
    "deep variables": (
        b'{"query": "{a}", "variables": {"x": %b}}' % (b"[" * DEEP + b"]" * DEEP),
        "the body is nested too deeply",
    ),
    "deep extensions": (
        b'{"query": "{a}", "extensions": %b1%b}' % (b'{"a":' * DEEP, b"}" * DEEP),
        "the body is nested too deeply",
    ),
    "variables a little too deep": (
        body("{a}", variables={"x": json.loads("[" * 50 + "]" * 50)}),
        "the body is nested too deeply",
    ),
    "extensions a little too deep": (
        body("{a}", extensions=json.loads('{"a":' * 50 + "{}" + "}" * 50)),
        "the body is nested too deeply",
    ),
    "deep selections": (body("{a" * 900 + "}" * 900), "the query can't be parsed"),
    "selections a little too deep": (
        body("{a" * 52 + "}" * 52),
        "selections are nested too deeply",
    ),
    "deep inline fragments": (
        body("{" + "... {" * 51 + "a" + "}" * 52),
        "selections are nested too deeply",
    ),
    "deep list": (body("{a(x: " + "[" * 1400 + "]" * 1400 + ")}"), "the query can't be parsed"),
    "a list a little too deep": (
        body("{a(x: %s)}" % ("[" * 52 + "]" * 52)),
        "a value is nested too deeply",
    ),
    "an object a little too deep": (
        body("{a(x: " + "{a: " * 51 + "1" + "}" * 51 + ")}"),
        "a value is nested too deeply",
    ),
    "deep type": (
        body("query($x: " + "[" * 1400 + "X" + "]" * 1400 + ") {a(x: $x)}"),
        "the query can't be parsed",
    ),
    "a long chain of fragments": (body(chain(300)), "selections are nested too deeply"),
    "a long chain, met from its end": (
        body("query A {a} query B {...F45} query C {...F0} " + chain(60).removeprefix("{...F0}")),
        "fragments are nested too deeply",
    ),
    "fragments that double": (body(doubling(30)), "too many fields are selected"),
}


@pytest.mark.parametrize(("content", "reason"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_forwarded_untouched(content: bytes, reason: str) -> None:
    begun = time.perf_counter()
    memory = DocumentMemory()
    assert question(content, memory) == Unreadable(reason)
    assert question_key(content, memory) == Unreadable(reason)
    assert time.perf_counter() - begun < WORST_SECONDS


READABLE = {
    "selections as deep as may be": "{a" * 51 + "}" * 51,
    "values as deep as may be": "{a(x: %s)}" % ("[" * 51 + "]" * 51),
    "as many fields as may be": doubling(12),
    "a chain as long as may be": chain(49),
    "a large text in many places": (
        "{" + "...F " * 700 + '} fragment F on A {a(x: "' + "x" * 40_000 + '")}'
    ),
    "as many tokens as may be": "{" + "a " * (bounds.MOST_TOKENS - 4) + "}",
    "many of one name": "{" + "a(x: $x) " * 400 + "}",
}


@pytest.mark.parametrize("text", READABLE.values(), ids=READABLE)
def test_within_the_bounds_it_is_read_and_takes_no_time(text: str) -> None:
    text = f"query($x: X) {text}" if "$x" in text else text
    begun = time.perf_counter()
    assert isinstance(question(body(text, variables={"x": 1}), DocumentMemory()), Question)
    assert time.perf_counter() - begun < WORST_SECONDS


def test_a_fragment_is_encoded_once_wherever_it_is_spread() -> None:
    met: list[Variable] = []

    def label(variable: Variable) -> bytes:
        met.append(variable)
        return b""

    fragment = Fragment(True, "A", (), (), (Selected("a", "a", (("x", Variable("x")),), (), None),))
    selections_bytes((fragment,) * 9, label)
    assert met == [Variable("x")]


def test_variables_may_be_as_deep_as_the_bound() -> None:
    for depth in (49, 30):
        nested = json.loads("[" * depth + "]" * depth)
        content = body("{a}", variables={"x": nested, "y": ["[[[[[[[[{{{{{{{{"] * 9})
        assert isinstance(question(content, DocumentMemory()), Question)


GRAMMAR = st.lists(
    st.sampled_from(
        [
            *("{", "}", "(", ")", "[", "]", "...", "on", "A", "F", "a", ":", "$x", "@skip", "!"),
            *('"s"', '"', '"""', "1", "1.5", "=", "query", "fragment", "mutation", "#", "\n", ","),
            *("null", "true", "ownAttrib", "ids", "{a}", "{...F}", "fragment F on A {a}", "\\"),
        ]
    ),
    max_size=40,
).map(" ".join)

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=10,
)


@given(st.binary() | st.builds(body, GRAMMAR | st.text(), variables=JSON, operationName=JSON))
@example(b'{"query": "{a(x: 1e999)}"}')
def test_any_bytes_are_a_question_or_unreadable(content: bytes) -> None:
    memory = DocumentMemory()
    found = question(content, memory)
    again = question_key(content, memory)
    if isinstance(found, Question):
        assert again == found.key
    else:
        assert again == found


@given(st.binary(), st.binary(), st.binary())
def test_bytes_within_a_body_do_no_harm(one: bytes, two: bytes, three: bytes) -> None:
    content = b'{"query": "{a %b}", "variables": {%b}, %b}' % (one, two, three)
    assert isinstance(question(content, DocumentMemory()), Question | Unreadable)


def test_nodes_of_another_kind_are_an_error_of_ours() -> None:
    with pytest.raises(TypeError):
        literal(ValueNode())
    with pytest.raises(TypeError):
        Shaping({}, in_order=False).selections(
            type("Set", (), {"selections": (SelectionNode(),)})()
        )
