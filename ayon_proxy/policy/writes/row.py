"""What a row of the table of writes says."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from ayon_proxy.policy.invalidation.topic import Values


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a write does: as if these events had come, and what no event tells."""

    topics: tuple[str, ...]
    values: Values
    also: tuple[str, ...] = ()
    """Invalidated now and again when upstream has settled."""


Reading: TypeAlias = Callable[[Mapping[str, str], Any, Collection[str]], Sequence[Change] | None]
"""Names of the pattern, the parsed body, and topics that the studio vouches for → what is done;
None when that cannot be told."""


@dataclass(frozen=True, slots=True)
class Write:
    """One row: what a request makes wrong, before it is sent and when it has been answered.

    `tags` are invalidated once more when upstream has settled. `source` cites what it rests on, as
    in the table of events, or says why nothing becomes wrong.
    """

    methods: str
    """Divided by spaces."""
    pattern: str
    """That of the row in the table of routes."""
    tags: tuple[str, ...]
    source: str
    topics: tuple[str, ...] = ()
    """Events that it causes, whose rows apply; their placeholders are filled from the path."""
    reads: Reading | None = None
    """What the body tells."""
    otherwise: tuple[str, ...] = ("answers:{project}",)
    """Instead of what `reads` would find, where the body was not read or is not understood."""
