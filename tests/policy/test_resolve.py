"""Batches of URIs. Mutations that must each fail: duplicates asked twice; the set's order instead
of the batch's; the context left out of `part`, or its keys not sorted; an empty batch split; half a
surrogate pair let through; any scheme; the netloc not decoded; both spellings of the roots."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.lifetimes import ENTITY, ROOTS, Lifetimes
from ayon_proxy.policy.resolve import Question, project_of, question

A, B, C = ("ayon+entity://demo/a", "ayon+entity://demo/b", "ayon://other/c?x=1#y")

TEXT = st.text('ayon+:/%41[]@?#é\0\\"\ud800\udfff\U0001f600', max_size=12)

JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=8,
)


def test_a_batch_is_its_uris_and_a_context() -> None:
    body = json.dumps({"resolveRoots": True, "uris": [A, B, A], "x": {"y": 1}}).encode()
    assert question(body) == Question((A, B, A), {"resolveRoots": True, "x": {"y": 1}})


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"no json",
        b"\xff\xfe",
        b"null",
        b"[]",
        b'"uris"',
        b"{}",
        b'{"uris":null}',
        b'{"uris":[]}',
        b'{"uris":"ayon://x"}',
        b'{"uris":["ayon://x",1]}',
        b'{"uris":["ayon://x",null]}',
        b'{"uris":["\\ud800"]}',
        b'{"uris":["\\udfff"]}',
        b"[" * 100_000,
    ],
    ids=range(15),
)
def test_what_is_no_batch_is_not_split(body: bytes) -> None:
    assert question(body) is None


def test_a_whole_surrogate_pair_is_text() -> None:
    assert question(b'{"uris":["\\ud83d\\ude00"]}') == Question(("\N{GRINNING FACE}",), {})


def test_a_part_of_the_batch_is_asked_in_its_order_each_once() -> None:
    batch = Question((C, A, B, A, C), {"resolveRoots": False})
    assert json.loads(batch.only({A, C})) == {"resolveRoots": False, "uris": [C, A]}
    assert list(json.loads(batch.only([A]))) == ["resolveRoots", "uris"]


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({}, {}, True),
        ({"a": 1, "b": {"c": 2, "d": 3}}, {"b": {"d": 3, "c": 2}, "a": 1}, True),
        ({"resolveRoots": True}, {"resolveRoots": False}, False),
        ({"resolveRoots": True}, {}, False),
        ({"a": [1, 2]}, {"a": [2, 1]}, False),
        ({"a": 1}, {"a": "1"}, False),
    ],
)
def test_the_context_is_part_of_what_is_asked(
    one: dict[str, object], other: dict[str, object], same: bool
) -> None:
    assert (Question((A,), one).part(A) == Question((B,), other).part(A)) is same


@pytest.mark.parametrize(
    ("context", "lifetimes"),
    [
        ({}, ENTITY),
        ({"resolveRoots": False}, ENTITY),
        ({"resolveRoots": True}, ROOTS),
        ({"resolve_roots": True}, ROOTS),
    ],
)
def test_paths_below_the_roots_of_a_site_live_as_short_as_the_roots(
    context: dict[str, object], lifetimes: Lifetimes
) -> None:
    """Upstream takes both spellings of the name."""
    assert Question((A,), context).lifetimes is lifetimes


def test_each_uri_is_a_question_of_its_own() -> None:
    batch = Question((A, B), {})
    assert batch.part(A) != batch.part(B)


@pytest.mark.parametrize(
    ("uri", "project"),
    [
        (A, "demo"),
        (C, "other"),
        ("AYON://Demo/x", "Demo"),
        ("ayon+entity://demo", "demo"),
        ("ayon+entity://demo?product=x", "demo"),
        ("ayon+entity://d%65mo/x", "demo"),
        ("ayon+entity:///x", None),
        ("ayon+entity:demo/x", None),
        ("file://demo/x", None),
        ("demo/x", None),
        ("", None),
        ("ayon+entity://[demo/x", None),
    ],
)
def test_the_project_that_a_uri_names(uri: str, project: str | None) -> None:
    assert project_of(uri) == project


@given(st.lists(st.text("ayon+:/%é\0\U0001f600", max_size=9), min_size=1), JSON_VALUES)
def test_what_is_asked_of_upstream_is_the_batch_again(uris: list[str], more: object) -> None:
    batch = question(json.dumps({"uris": uris, "more": more}).encode())
    assert batch is not None
    again = question(batch.only(uris))
    assert again is not None
    assert again.uris == tuple(dict.fromkeys(uris))
    assert [again.part(uri) for uri in uris] == [batch.part(uri) for uri in uris]


@given(st.binary(max_size=60) | JSON_VALUES.map(lambda it: json.dumps({"uris": [it]}).encode()))
def test_no_body_makes_it_raise(body: bytes) -> None:
    batch = question(body)
    for uri in batch.uris if batch else ():
        assert batch is not None
        batch.part(uri)
