"""Paging walks every row once, in either direction, as the server's does.

Broken on purpose and seen to fail: `>` for `<` in `_beyond`, the page always claiming no next one,
nulls sorted first, `reverse` dropped.
"""

from __future__ import annotations

from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql.paging import Connection, decoded, encoded, page

BEGIN = datetime(2026, 9, 1, tzinfo=UTC)
KEYS = (lambda row: row[0], lambda row: row[1])
ROWS = st.lists(st.tuples(st.integers(0, 3), st.integers(-99, 99)), unique=True, max_size=20)


def cut(rows: list[Any], **arguments: Any) -> Connection:
    """The page of pairs sorted by both of their values."""
    return page(rows, KEYS, lambda row: row, arguments)


def nodes(connection: Connection) -> list[Any]:
    """The rows of a page."""
    return [edge.node for edge in connection.edges]


@given(rows=ROWS, size=st.integers(1, 7))
def test_forward_pages_have_every_row_once_in_order(rows: list[Any], size: int) -> None:
    found: list[Any] = []
    after = None
    while True:
        connection = cut(rows, first=size, after=after)
        found += nodes(connection)
        if not connection.page_info.has_next_page:
            break
        after = connection.page_info.end_cursor
    assert found == sorted(rows)


@given(rows=ROWS, size=st.integers(1, 7))
def test_backward_pages_have_every_row_once_in_reverse(rows: list[Any], size: int) -> None:
    found: list[Any] = []
    before = None
    while True:
        connection = cut(rows, last=size, before=before)
        found += nodes(connection)
        if not connection.page_info.has_previous_page:
            break
        before = connection.page_info.end_cursor
    assert found == sorted(rows, reverse=True)


@pytest.mark.parametrize(("count", "claims"), [(2, False), (3, True), (4, True)])
def test_full_page_claims_another_whether_there_is_one_or_not(count: int, *, claims: bool) -> None:
    rows = [(0, number) for number in range(count)]
    assert cut(rows, first=3).page_info.has_next_page is claims
    assert cut(rows, last=3).page_info.has_previous_page is claims


def test_page_after_the_last_row_is_empty_and_has_no_cursor() -> None:
    info = cut([(0, 1)], first=1, after=encoded([0, 1])).page_info
    assert (info.end_cursor, info.has_next_page) == (None, False)


@pytest.mark.parametrize(
    ("arguments", "count"),
    [({}, 100), ({"first": 0}, 1000), ({"first": 150}, 150), ({"last": 120}, 120)],
)
def test_number_of_rows_asked_for(arguments: dict[str, int], count: int) -> None:
    rows = [(0, number) for number in range(1200)]
    assert len(cut(rows, **arguments).edges) == count


def test_no_rows_asked_for_leaves_page_info_empty() -> None:
    info = cut([(0, 1)], first=0).page_info
    assert (info.has_next_page, info.start_cursor, info.end_cursor) == (False, None, None)


def test_negative_number_is_refused_as_by_postgres() -> None:
    with pytest.raises(ValueError, match="LIMIT must not be negative"):
        cut([], first=-1)


@pytest.mark.parametrize(
    "cursor", ["garbage", "W10", b64encode(b'{"a": 1}').decode(), b64encode(b"\xff").decode()]
)
def test_bad_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(AyonError, match="Invalid cursor") as refused:
        cut([], after=cursor)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("value", "bound", "detail"),
    [
        (1, "x", "Invalid value for numeric field: x"),
        (BEGIN, "x", "Invalid value for timestamptz field: x"),
    ],
)
def test_cursor_of_another_order_is_refused(value: object, bound: str, detail: str) -> None:
    with pytest.raises(AyonError, match=detail):
        page([value], (lambda row: row,), lambda row: row, {"after": encoded([bound])})


def test_times_are_compared_as_times() -> None:
    moments = [BEGIN + timedelta(microseconds=number) for number in range(3)]
    cursor = encoded([moments[0]])
    shown = page(moments, (lambda row: row,), lambda row: row, {"first": 9, "after": cursor})
    assert nodes(shown) == moments[1:]


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [({"first": 3}, ["a", "b", None]), ({"last": 3}, [None, "b", "a"])],
)
def test_nulls_come_last_and_in_reverse_first(
    arguments: dict[str, int], expected: list[str | None]
) -> None:
    rows = ["b", None, "a"]
    assert nodes(page(rows, (lambda row: row,), lambda row: row, arguments)) == expected


def test_nulls_are_past_no_cursor() -> None:
    arguments = {"first": 3, "after": encoded(["a"])}
    assert nodes(page(["b", None, "a"], (lambda row: row,), lambda row: row, arguments)) == ["b"]


def test_empty_cursor_is_none() -> None:
    assert decoded("") == decoded(None) == []


@given(st.lists(st.one_of(st.none(), st.integers(-(2**53), 2**53), st.text()), max_size=4))
def test_cursor_round_trips(values: list[Any]) -> None:
    assert decoded(encoded(values)) == values
