"""A figure, and the line that it is printed as."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

HEADINGS = ("figure", "ours", "peer", "ratio", "target", "")
_WIDTHS = (66, 12, 24, 6, 9, 7)


@dataclass(frozen=True, slots=True)
class Figure:
    """`ours` and `peers` in `unit`. `most` bounds ours, `most_ratio` ours over the peer's."""

    name: str
    unit: str
    ours: float
    peer: str
    peers: float
    most: float | None = None
    most_ratio: float | None = None

    @property
    def ratio(self) -> float:
        """Ours over the peer's."""
        return self.ours / self.peers

    @property
    def met(self) -> bool:
        """Whether it is within its target."""
        bounds = ((self.ours, self.most), (self.ratio, self.most_ratio))
        return all(most is None or value <= most for value, most in bounds)

    def line(self) -> str:
        """As one line under `HEADINGS`."""
        target = f"<= {self.most:g} {self.unit}" if self.most_ratio is None else ""
        return in_columns(
            (
                self.name,
                f"{self.ours:.3f} {self.unit}",
                f"{self.peer} {self.peers:.3f} {self.unit}",
                f"{self.ratio:.2f}",
                target or f"<= {self.most_ratio:g} x",
                "met" if self.met else "NOT MET",
            )
        )


def in_columns(cells: Sequence[str]) -> str:
    """One line."""
    padded = (cell.ljust(width) for cell, width in zip(cells, _WIDTHS, strict=True))
    return " ".join(padded).rstrip()


def percentile(values: Sequence[float], part: float) -> float:
    """The value that `part` (0 to 1) of them do not exceed."""
    return sorted(values)[min(len(values) - 1, int(len(values) * part))]
