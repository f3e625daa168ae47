"""The tour's table: each request of a session that was run twice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from rich.table import Table


class Row(Protocol):
    """A request that passed the proxy."""

    name: str
    cache_status: str
    seconds: float
    upstream_bytes: int


def comparison(first: Sequence[Row], second: Sequence[Row]) -> Table:
    """Request, and for both runs: source, milliseconds, bytes from upstream."""
    table = Table(title="A workstation starts, twice", title_justify="left")
    table.add_column("request", overflow="fold")
    for run in ("first", "second"):
        table.add_column(run)
        table.add_column("ms", justify="right")
        table.add_column("bytes", justify="right")
    for one, other in zip(first, second, strict=True):
        table.add_row(one.name, *_cells(one), *_cells(other))
    table.add_section()
    table.add_row("together", *_sums(first), *_sums(second))
    return table


def source(cache_status: str) -> str:
    """Where an answer came from, in a word."""
    if "; hit" in cache_status or "; collapsed" in cache_status:
        return "store"
    return "upstream, passed on" if "fwd=bypass" in cache_status else "upstream"


def _cells(row: Row) -> tuple[str, str, str]:
    return source(row.cache_status), f"{row.seconds * 1000:.1f}", f"{row.upstream_bytes:,}"


def _sums(rows: Sequence[Row]) -> tuple[str, str, str]:
    seconds = sum(row.seconds for row in rows) * 1000
    asked = sum(source(row.cache_status) != "store" for row in rows)
    received = sum(row.upstream_bytes for row in rows)
    return f"{asked} from upstream", f"{seconds:.1f}", f"{received:,}"
