"""The status document as a table for people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from rich.table import Table
from rich.text import Text

from ayon_proxy.settings.quantities import GIB, KIB, MIB

_STYLES = {
    "online": "green",
    "live": "green",
    "slow": "yellow",
    "catching_up": "yellow",
    "unconfirmed": "yellow",
    "offline": "red",
    "lost": "red",
    "disabled": "dim",
}


def status_table(document: Mapping[str, Any]) -> Table:
    """One row a fact. What an older or newer proxy does not tell is left out."""
    table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold")
    table.add_column()
    table.add_column()
    for section, rows in _sections(document):
        title = section
        for name, value in rows:
            table.add_row(title, name, value)
            title = ""
    return table


def _sections(
    document: Mapping[str, Any],
) -> Iterator[tuple[str, Iterator[tuple[str, Text]]]]:
    yield "ayon-proxy", _shown({name: document.get(name) for name in ("version", "uptime_seconds")})
    for section in ("upstream", "feed", "storage", "traffic", "identity"):
        values = document.get(section)
        if isinstance(values, dict):
            yield section, _shown(values)
        if section == "traffic" and isinstance(values, dict):
            yield "", iter([("answered from store", Text(hit_share(values)))])


def _shown(values: Mapping[str, Any]) -> Iterator[tuple[str, Text]]:
    for name, value in values.items():
        if value is not None:
            label = name.removesuffix("_seconds").removesuffix("_at").replace("_", " ")
            yield label, Text(_text(name, value), style=_STYLES.get(str(value), ""))


def _text(name: str, value: object) -> str:
    if isinstance(value, int | float):
        if name.endswith("_seconds"):
            return duration_text(value)
        if name == "since" or name.endswith("_at"):
            return datetime.fromtimestamp(value).astimezone().isoformat(" ", "seconds")
        if "bytes" in name:
            return size_text(value)
        return f"{value:,}"
    return str(value)


def hit_share(traffic: Mapping[str, Any]) -> str:
    """Which part of the reads that may be stored came from the store."""
    hits = traffic.get("hits", 0) + traffic.get("stale", 0)
    asked = hits + traffic.get("misses", 0)
    return f"{hits / asked:.0%} of {asked:,}" if asked else "nothing asked yet"


def size_text(size: float) -> str:
    """`1.5 GiB`."""
    for factor, unit in ((GIB, "GiB"), (MIB, "MiB"), (KIB, "KiB")):
        if size >= factor:
            return f"{size / factor:.1f} {unit}"
    return f"{size:.0f} bytes"


def duration_text(seconds: float) -> str:
    """The two largest units: `3d 4h`, `12m 5s`."""
    rest = int(seconds)
    parts: list[str] = []
    for unit, factor in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, rest = divmod(rest, factor)
        if count or (unit == "s" and not parts):
            parts.append(f"{count}{unit}")
    return " ".join(parts[:2])
