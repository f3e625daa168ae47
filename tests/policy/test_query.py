"""Pairs of a query as upstream reads them."""

from __future__ import annotations

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.query import is_credential, pairs


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (b"", []),
        (b"a=1&b", [("a", b"a=1"), ("b", b"b")]),
        (b"%61+b=%31", [("a b", b"%61+b=%31")]),
        (b"&&", [("", b""), ("", b""), ("", b"")]),
        (b"a=1=2;b=3", [("a", b"a=1=2;b=3")]),
    ],
)
def test_names_are_decoded_and_pairs_are_not(
    query: bytes, expected: list[tuple[str, bytes]]
) -> None:
    assert pairs(query) == expected


@given(st.binary())
def test_the_pairs_are_the_query(query: bytes) -> None:
    assert b"&".join(pair for _, pair in pairs(query)) == query


@given(st.binary())
def test_names_are_those_that_the_parser_of_upstream_finds(query: bytes) -> None:
    upstream = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    assert [name for name, pair in pairs(query) if pair] == [name for name, _ in upstream]


@pytest.mark.parametrize("query", [b"token=a", b"%74oken=a", b"token", b"t%6Fken="])
def test_a_token_is_a_credential_however_its_name_is_written(query: bytes) -> None:
    assert [is_credential(name) for name, _ in pairs(query)] == [True]
