"""A figure says whether it is within its target."""

from __future__ import annotations

import pytest

from tests.benchmarks.figures import Figure


@pytest.mark.parametrize(
    ("bounds", "target", "met"),
    [
        ({"most": 2.0}, "<= 2 /s", True),
        ({"most": 1.9}, "<= 1.9 /s", False),
        ({"least": 2.0}, ">= 2 /s", True),
        ({"least": 2.1}, ">= 2.1 /s", False),
        ({"most_ratio": 0.5}, "<= 0.5 x", True),
        ({"most_ratio": 0.4}, "<= 0.4 x", False),
        ({"least_ratio": 0.5}, ">= 0.5 x", True),
        ({"least_ratio": 0.6}, ">= 0.6 x", False),
        ({"most": 2.0, "least_ratio": 0.6}, "<= 2 /s, >= 0.6 x", False),
        ({}, "", True),
    ],
)
def test_a_figure_is_met_within_its_bounds(
    bounds: dict[str, float], target: str, met: bool
) -> None:
    figure = Figure("hits", "/s", 2.0, "nginx", 4.0, **bounds)
    assert (figure.target, figure.met) == (target, met)
    assert figure.line().endswith({True: "met", False: "NOT MET"}[met] if target else "0.50")
