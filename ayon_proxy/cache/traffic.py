"""What the proxy has done since it started, counted for /-/status and /-/metrics."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Traffic:
    """Counts of requests by outcome, and bytes on both sides. The names are contract.md's."""

    requests: int = 0
    hits: int = 0
    misses: int = 0
    collapsed: int = 0
    stale: int = 0
    passed: int = 0
    writes: int = 0
    refused: int = 0
    bytes_to_clients: int = 0
    bytes_from_upstream: int = 0
