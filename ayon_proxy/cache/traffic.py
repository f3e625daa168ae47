"""What the proxy has done since it started, counted for /-/status and /-/metrics."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from ayon_proxy.policy.decision import Deliver


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

    def count(self, delivers: Collection[Deliver]) -> None:
        """A request was answered by these stored answers; by upstream where there are none."""
        stale = any(deliver.offline for deliver in delivers)
        self.stale += stale
        self.hits += bool(delivers) and not stale
        self.misses += not delivers
