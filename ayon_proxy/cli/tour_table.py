"""The tour's table: each request of a session that was run twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from rich.box import SIMPLE
from rich.filesize import decimal
from rich.table import Table

NAME_WIDTH = 25


class Row(Protocol):
    """A request that passed the proxy."""

    name: str
    cache_status: str
    seconds: float
    upstream_bytes: int


def comparison(first: Sequence[Row], second: Sequence[Row]) -> Table:
    """Request, and for both runs: source, milliseconds, bytes that came from upstream."""
    table = Table(
        title="A workstation starts, twice",
        title_justify="left",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("request", no_wrap=True)
    for run in ("first", "second"):
        table.add_column(run, no_wrap=True)
        table.add_column("ms", justify="right", no_wrap=True)
        table.add_column("upstream", justify="right", no_wrap=True)
    again = list(second)
    for one in first:
        # What the client library remembers itself it does not ask a second time.
        other = next((row for row in again if row.name == one.name), None)
        if other is not None:
            again.remove(other)
        table.add_row(short(one.name), *_cells(one), *(_cells(other) if other else ("-", "", "")))
    for row in again:
        table.add_row(short(row.name), "-", "", "", *_cells(row))
    table.add_section()
    table.add_row("together", *_sums(first), *_sums(second))
    return table


def short(name: str) -> str:
    """A request in one line of a narrow terminal: ids cut, `/api` left out."""
    cut = re.sub(r"\b([0-9a-f]{4})[0-9a-f]{28}\b", r"\1…", name.replace(" /api/", " "))
    return cut if len(cut) <= NAME_WIDTH else cut[: NAME_WIDTH - 1] + "…"


def source(cache_status: str) -> str:
    """Where an answer came from, in a word."""
    if "; hit" in cache_status or "; collapsed" in cache_status:
        return "store"
    return "passed" if "fwd=bypass" in cache_status else "upstream"


def _cells(row: Row) -> tuple[str, str, str]:
    return source(row.cache_status), _ms(row.seconds), _size(row.upstream_bytes)


def _sums(rows: Sequence[Row]) -> tuple[str, str, str]:
    seconds = sum(row.seconds for row in rows)
    asked = sum(source(row.cache_status) != "store" for row in rows)
    received = sum(row.upstream_bytes for row in rows)
    return f"{asked} asked", _ms(seconds), _size(received)


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}" if seconds < 0.1 else f"{seconds * 1000:.0f}"


def _size(count: int) -> str:
    return f"{count} B" if count < 1000 else decimal(count)
