"""A figure, and the line that it is printed as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("figure", "ours", "peer", "ratio", "target", "")
_WIDTHS = (66, 16, 28, 6, 11, 7)


@dataclass(frozen=True, slots=True)
class Figure:
    """`ours` and `peers` in `unit`. What bounds ours (`most`, `least`), or ours over the peer's.

    Without a bound it is for information.
    """

    name: str
    unit: str
    ours: float
    peer: str
    peers: float
    most: float | None = None
    most_ratio: float | None = None
    least: float | None = None
    least_ratio: float | None = None

    @property
    def ratio(self) -> float:
        """Ours over the peer's."""
        return self.ours / self.peers

    @property
    def target(self) -> str:
        """What it has to be; empty where it may be anything."""
        bounds = (
            (self.most, f"<= {self.most:.4g} {self.unit}" if self.most is not None else ""),
            (self.least, f">= {self.least:.4g} {self.unit}" if self.least is not None else ""),
            (self.most_ratio, f"<= {self.most_ratio} x"),
            (self.least_ratio, f">= {self.least_ratio} x"),
        )
        return ", ".join(said for bound, said in bounds if bound is not None)

    @property
    def met(self) -> bool:
        """Whether it is within its target."""
        for value, most, least in (
            (self.ours, self.most, self.least),
            (self.ratio, self.most_ratio, self.least_ratio),
        ):
            if (most is not None and value > most) or (least is not None and value < least):
                return False
        return True

    def line(self) -> str:
        """As one line under `HEADINGS`."""
        return in_columns(
            (
                self.name,
                f"{_digits(self.ours)} {self.unit}",
                f"{self.peer} {_digits(self.peers)} {self.unit}",
                f"{self.ratio:.2f}",
                self.target,
                ("met" if self.met else "NOT MET") if self.target else "",
            )
        )


@dataclass(frozen=True, slots=True)
class Remark:
    """A line that is no figure: what could not be measured, or may be doubted."""

    text: str

    def line(self) -> str:
        """In brackets."""
        return f"({self.text})"


Line = Figure | Remark


def in_columns(cells: Sequence[str]) -> str:
    """One line."""
    padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return " ".join(padded).rstrip()


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` (0 to 1) of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]


def _digits(value: float) -> str:
    return f"{value:,.0f}" if value >= 1000 else f"{value:.3f}"
