"""The tour's table: each request of a session that was run twice."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Protocol

from rich.box import SIMPLE
from rich.filesize import decimal
from rich.table import Table

NAME_WIDTH = 31


class Row(Protocol):
    """A request that passed the proxy."""

    name: str
    cache_status: str
    status: int
    seconds: float
    upstream_bytes: int


def comparison(first: Sequence[Row], second: Sequence[Row], *, line_seconds: float) -> Table:
    """Request, and for both runs: milliseconds, bytes that crossed the line; for the second also
    where the answer came from. `line_seconds` is what the line adds to each that crosses it."""
    table = Table(
        title=f"A workstation starts, twice. The server is {line_seconds * 1000:.0f} ms away",
        title_justify="left",
        title_style="bold",
        box=SIMPLE,
        padding=(0, 1, 0, 0),
        pad_edge=False,
    )
    table.add_column("request", no_wrap=True)
    for title in ("first ms", "bytes", "again ms", "bytes"):
        table.add_column(title, justify="right", no_wrap=True)
    table.add_column("from", no_wrap=True, min_width=8)
    again = list(second)
    for one in first:
        # What the client library remembers itself it does not ask a second time.
        other = next((row for row in again if row.name == one.name), None)
        if other is not None:
            again.remove(other)
        table.add_row(
            short(one.name),
            *_cells(one),
            *(_cells(other) if other else ("", "")),
            source(other.cache_status) if other else "-",
        )
    for row in again:
        table.add_row(short(row.name), "", "", *_cells(row), source(row.cache_status))
    table.add_section()
    stored = sum(source(row.cache_status) == "store" for row in second)
    table.add_row(
        "together", *_sums(first), *_sums(second), f"{stored} of {len(second)}", style="bold"
    )
    return table


def step(label: str, answer: str, row: Row) -> str:
    """One line of console markup: what happened, what was told, how long it took and why."""
    why = row.cache_status.removeprefix("ayon-proxy; ")
    told = answer if row.status == 200 else f"{answer}: {row.status}"
    return f"  [bold]{label:<8}[/] {told:<36} {_ms(row.seconds):>5} ms  [dim]{why}[/]"


def short(name: str) -> str:
    """A request in one line of a narrow terminal: ids cut, what all have left out."""
    cut = re.sub(r"\b([0-9a-f]{4})[0-9a-f]{28}\b", r"\1…", name)
    cut = re.sub(r"/api/(projects/\w+(?=/))?", lambda api: "…" if api[1] else "", cut)
    cut = cut.removesuffix("Query")
    if len(cut) <= NAME_WIDTH:
        return cut
    method, _, path = cut.partition(" ")
    # The end tells more than the beginning.
    return f"{method} …{path[len(method) + 2 - NAME_WIDTH :]}"


def source(cache_status: str) -> str:
    """Where an answer came from, in a word."""
    if "; hit" in cache_status or "; collapsed" in cache_status:
        return "store"
    if "; fwd=" not in cache_status:
        return "proxy"  # a refusal that it remembers
    return "passed" if "fwd=bypass" in cache_status else "upstream"


def _cells(row: Row) -> tuple[str, str]:
    return _ms(row.seconds), _size(row.upstream_bytes)


def _sums(rows: Sequence[Row]) -> tuple[str, str]:
    return _ms(sum(row.seconds for row in rows)), _size(sum(row.upstream_bytes for row in rows))


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.1f}" if seconds < 0.1 else f"{seconds * 1000:.0f}"


def _size(count: int) -> str:
    return f"{count} B" if count < 1000 else decimal(count)
