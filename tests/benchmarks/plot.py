"""A plot as an SVG file: one panel for each measure, over the number of stored responses."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from pathlib import Path

WIDTH, HEIGHT, MARGIN = 320, 220, 45


def write_plot(file: Path, numbers: Sequence[int], panels: Mapping[str, Sequence[float]]) -> None:
    """Each panel's values stand for `numbers`, on a logarithmic axis; its own axis begins at 0."""
    drawn = [
        _panel(place * WIDTH, title, numbers, values)
        for place, (title, values) in enumerate(panels.items())
    ]
    width = WIDTH * len(drawn)
    file.write_text(
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {HEIGHT}" '
        f'font-family="sans-serif" font-size="11">\n'
        f'<rect width="{width}" height="{HEIGHT}" fill="white"/>\n'
        + "\n".join(drawn)
        + "\n</svg>\n"
    )


def _panel(left: int, title: str, numbers: Sequence[int], values: Sequence[float]) -> str:
    low, high = math.log10(numbers[0]), math.log10(numbers[-1])
    top = max(values) * 1.2
    across, down = WIDTH - 1.5 * MARGIN, HEIGHT - 2 * MARGIN
    points = [
        (
            left + MARGIN + across * (math.log10(number) - low) / (high - low),
            HEIGHT - MARGIN - down * value / top,
        )
        for number, value in zip(numbers, values, strict=True)
    ]
    line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    start, floor = left + MARGIN, HEIGHT - MARGIN
    axis = f"{start},{MARGIN} {start},{floor} {start + across},{floor}"
    parts = [
        f'<text x="{left + MARGIN}" y="25">{title}</text>',
        f'<polyline points="{axis}" fill="none" stroke="#888"/>',
        f'<polyline points="{line}" fill="none" stroke="#06c" stroke-width="2"/>',
    ]
    for (x, y), number, value in zip(points, numbers, values, strict=True):
        parts += [
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#06c"/>',
            f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="middle">{value:.3g}</text>',
            f'<text x="{x:.1f}" y="{HEIGHT - 25}" text-anchor="middle">{number:,}</text>',
        ]
    return "\n".join(parts)
