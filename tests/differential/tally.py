"""What a run has counted, and the stale answers it has found."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from tests.differential.answers import Answer, differences
from tests.differential.reads import Read

MOST_SHOWN = 20
"""Lines of differences, and events, that one stale answer is told with."""


@dataclass(frozen=True, slots=True)
class Stale:
    """An answer through the proxy that upstream would not have given at that moment."""

    seed: object
    step: int
    reader: str
    read: Read
    upstream: Answer
    proxied: Answer
    after: str
    """The last write."""
    events: Sequence[dict[str, Any]]
    """Announced since the answer was fetched."""

    def __str__(self) -> str:
        different = list(differences(self.upstream.content, self.proxied.content))
        lines = [
            f"STALE: seed {self.seed}, step {self.step}, {self.reader}: {self.read}",
            f"  Cache-Status: {self.proxied.cache_status}",
            f"  status {self.upstream.status} upstream, {self.proxied.status} from the proxy",
            f"  after: {self.after}",
            *(f"  {each}" for each in different[:MOST_SHOWN]),
            f"  {len(self.events)} events since it was fetched:",
            *(f"    {_told(each)}" for each in self.events[-MOST_SHOWN:]),
        ]
        return "\n".join(lines)


def _told(event: dict[str, Any]) -> str:
    return f"{event['topic']} {event.get('project')} {json.dumps(event.get('summary'))[:200]}"


@dataclass
class Tally:
    """Counts by class."""

    reads: Counter[str] = field(default_factory=Counter)
    outcomes: defaultdict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    errors: Counter[str] = field(default_factory=Counter)
    """Reads that were answered with an error, as upstream does."""
    writes: Counter[str] = field(default_factory=Counter)
    through: int = 0
    """Writes that went through the proxy."""
    refused: Counter[str] = field(default_factory=Counter)
    stale: list[Stale] = field(default_factory=list)
    settled: int = 0
    """Answers that upstream itself changed without a word within its settle time (1.6), or that
    depend on assignments and were right when they had to be."""

    def read(self, kind: str, answer: Answer) -> None:
        """An answer through the proxy."""
        self.reads[kind] += 1
        self.outcomes[kind][answer.what_happened] += 1
        self.errors[kind] += answer.is_error

    @property
    def hits(self) -> int:
        """Reads that were answered from the store."""
        return sum(outcomes["hit"] for outcomes in self.outcomes.values())

    @property
    def hit_rate(self) -> float:
        """Between 0 and 1."""
        return self.hits / max(1, self.reads.total())

    def lines(self) -> Iterator[str]:
        """For people."""
        yield (
            f"{self.reads.total()} reads, {self.writes.total()} writes ({self.through} through the "
            f"proxy), {self.hits} hits, hit rate {self.hit_rate:.1%}, {len(self.stale)} stale, "
            f"{self.settled} settled later"
        )
        for kind, number in sorted(self.reads.items()):
            hits = self.outcomes[kind]["hit"]
            others = Counter(self.outcomes[kind])
            del others["hit"]
            because = ", ".join(f"{why} {times}" for why, times in others.most_common())
            shown = f"{kind:34} {number:6} reads, {hits / number:6.1%} hits"
            yield f"  {shown}, {self.errors[kind]} errors; {because}"
        refused = {k: f"{n} of {self.writes[k]}" for k, n in sorted(self.refused.items())}
        yield f"  refused by upstream: {refused}"
