"""What was read before is found again, and what is remembered is bounded.

Broken once, to see the tests fail: the oldest kept instead of the newest; use not counted; weight
not given back; the operation left out of what a document is remembered by; refusals not remembered.
"""

from __future__ import annotations

import gc
import json
import tracemalloc

import pytest

from ayon_proxy.policy.graphql.memory import DocumentMemory, Recent, weight
from ayon_proxy.policy.graphql.parsing import document_of
from ayon_proxy.policy.graphql.question import question, question_key
from ayon_proxy.policy.graphql.unreadable import NotAQuestion, Unreadable


def test_the_least_recently_used_goes_first() -> None:
    recent = Recent[str, int](2)
    recent.hold("a", 1)
    recent.hold("b", 2)
    assert recent.find("a") == 1
    assert recent.hold("c", 3) == 3
    assert [recent.find(key) for key in "abc"] == [1, None, 3]
    assert len(recent) == 2


def test_no_more_weight_is_held_than_allowed() -> None:
    recent = Recent[str, int](9, 10, lambda _, value: value)
    for key, value in (("a", 4), ("b", 4), ("c", 5)):
        recent.hold(key, value)
    assert [recent.find(key) for key in "abc"] == [None, 4, 5]
    assert recent.weight == 9
    recent.hold("too heavy", 11)
    assert (len(recent), recent.weight) == (0, 0)


def test_a_text_is_parsed_once() -> None:
    memory = DocumentMemory()
    text = "query($x: X) {a(x: $x)}"
    assert memory.document(text, None) is memory.document(text, None)


def test_the_operation_is_part_of_what_a_document_is_remembered_by() -> None:
    memory = DocumentMemory()
    text = "query A {a} query B {b}"
    assert memory.document(text, "A") is not memory.document(text, "B")
    assert memory.document(text, "A").digest == memory.document(text, None).digest


def test_a_refusal_is_remembered() -> None:
    memory = DocumentMemory(documents=1)
    for _ in range(2):
        with pytest.raises(NotAQuestion, match="a mutation or a subscription"):
            memory.document("mutation {a}", None)
    assert weight(("mutation {a}", None), Unreadable("")) > 1000


def test_the_key_of_a_body_is_remembered_and_that_of_no_question_is_not() -> None:
    memory = DocumentMemory(bodies=2)
    for body in (b'{"query": "{a}"}', b'{"query": "{b}"}', b'{"query": "{c}"}', b"nothing"):
        question_key(body, memory)
    assert len(memory.keys) == 2


@pytest.mark.parametrize(("documents", "document_bytes", "bodies"), [(0, 0, 0), (1, 3000, 1)])
def test_keys_are_right_whatever_is_remembered(
    documents: int, document_bytes: int, bodies: int
) -> None:
    small = DocumentMemory(documents, document_bytes, bodies)
    large = DocumentMemory()
    for n in [*range(5), *range(5)]:
        body = json.dumps({"query": f"query($x: X) {{a{n % 3}(x: $x)}}", "variables": {"x": n}})
        assert question_key(body.encode(), small) == question_key(body.encode(), large)
        assert question(body.encode(), small) == question(body.encode(), large)


@pytest.mark.parametrize(
    "text",
    [
        "{" + "a " * 2000 + "}",
        "{" + "a{b c}" * 500 + "}",
        "query($x: X) {" + "a(x: $x, y: 1, z: [1, 2])" * 100 + "}",
        "{a(x: [%s])}" % (f'"{"i" * 32}", ' * 1000),
    ],
)
def test_a_document_is_not_heavier_than_estimated(text: str) -> None:
    tracemalloc.start()
    document = document_of(text, None)
    gc.collect()
    held, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert held < weight((text, None), document)
