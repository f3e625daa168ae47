"""Pages of a connection, as the server cuts them (server.md 6).

A cursor is the base64 of a JSON list: the values the rows are sorted by. With `last` the order
is reversed (and stays so in the answer), while the direction of the comparison depends only on
`before`. A full page always claims that another one follows.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, TypeAlias, TypeVar

import orjson

from ayon_proxy.demo.clock import moment
from ayon_proxy.demo.errors import AyonError

R = TypeVar("R")
SortKey: TypeAlias = Callable[[R], Any]

DEFAULT_PAGE_SIZE = 100
UNCOUNTED_LIMIT = 500
"""What the server falls back to for `first: 0`; it reads twice the number it was asked for."""


@dataclass(slots=True, frozen=True, kw_only=True)
class PageInfo:
    """`pageInfo` of a connection. Statistics of columns are not emulated."""

    has_next_page: bool = False
    has_previous_page: bool = False
    start_cursor: str | None = None
    end_cursor: str | None = None
    column_metadata: list[Any] | None = None


@dataclass(slots=True, kw_only=True)
class Edge:
    """A row in its place in the page."""

    node: Any
    cursor: str | None


@dataclass(slots=True, kw_only=True)
class Connection:
    """A page."""

    edges: list[Any] = field(default_factory=list)
    page_info: PageInfo = field(default_factory=PageInfo)
    field_stats: list[Any] = field(default_factory=list)


def encoded(values: Sequence[Any]) -> str:
    """The cursor of a row with these sort values."""
    return b64encode(orjson.dumps(list(values))).decode()


def decoded(cursor: str | None) -> list[Any]:
    """The sort values in a cursor, none if there is no cursor. Raises AyonError 400."""
    if not cursor:
        return []
    try:
        values = orjson.loads(b64decode(cursor))
    except ValueError as error:
        raise AyonError(400, "Invalid cursor") from error
    if not isinstance(values, list):
        raise AyonError(400, "Invalid cursor")
    return values


def page(
    rows: Iterable[R],
    sort_keys: Sequence[SortKey[R]],
    node: Callable[[R], Any],
    arguments: dict[str, Any],
) -> Connection:
    """The page of `rows` that `first`, `after`, `last` and `before` ask for.

    Raises AyonError 400 for a bad cursor, ValueError for a negative number of rows.
    """
    first, last = arguments.get("first"), arguments.get("last")
    before = arguments.get("before")
    bounds = decoded(before or arguments.get("after"))
    limit = (first or last or UNCOUNTED_LIMIT) * 2
    if limit < 0:
        raise ValueError("LIMIT must not be negative")
    sorted_rows = sorted(
        ((tuple(key(row) for key in sort_keys), row) for row in rows),
        key=lambda each: [_nulls_last(value) for value in each[0]],
        reverse=bool(last),
    )
    chosen = [
        (values, row)
        for values, row in sorted_rows
        if not bounds or _beyond(values, bounds, backwards=bool(before))
    ]
    if first is None and last is None:
        first = DEFAULT_PAGE_SIZE
    count = first if first is not None else last
    chosen = chosen[: count or limit]
    edges = [Edge(node=node(row), cursor=encoded(values)) for values, row in chosen]
    return Connection(edges=edges, page_info=page_info(edges, first, last))


def page_info(edges: Sequence[Any], first: int | None, last: int | None) -> PageInfo:
    """What the server believes about the neighbours of a page; nothing for `first: 0`."""
    if not first and not last:
        return PageInfo()
    return PageInfo(
        has_next_page=bool(first) and len(edges) >= (first or 0),
        has_previous_page=not first and len(edges) >= (last or 0),
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )


def _nulls_last(value: Any) -> tuple[bool, Any]:
    return (value is None, "" if value is None else value)


def _beyond(values: Sequence[Any], bounds: Sequence[Any], *, backwards: bool) -> bool:
    """Whether a row lies past a cursor. A null is past nothing, as in SQL."""
    for value, bound in zip(values, bounds, strict=False):
        if value is None:
            return False
        limit = _comparable(bound, value)
        if value != limit:
            return bool(value < limit) if backwards else bool(value > limit)
    return False


def _comparable(bound: Any, value: Any) -> Any:
    """A cursor's value in the type of the row's."""
    if isinstance(value, datetime):
        try:
            return moment(str(bound))
        except ValueError as error:
            raise AyonError(400, f"Invalid value for timestamptz field: {bound}") from error
    if isinstance(value, int | float):
        if not isinstance(bound, int | float):
            raise AyonError(400, f"Invalid value for numeric field: {bound}")
        return bound
    return "" if bound is None else str(bound)
