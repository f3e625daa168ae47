"""A change that a writer makes, and what is known of it: the tables are `writes_of_…`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tests.differential.world import World


@dataclass(frozen=True, slots=True)
class Write:
    """One request. `then` is what has become true of the world when it has been answered well."""

    method: str
    path: str
    json: Any = None
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    then: Callable[[], None] | None = None
    awaits: tuple[str, str] | None = None
    """Topic and a word of the message after which everything has been announced; None: it has
    been when the answer comes (observed.md: REST announces before it answers)."""
    polled: bool = False
    """The answer names a background task, which has to be polled."""


Make = Callable[[World], Write]
"""Raises NothingThere when there is nothing to do it to."""


class WriteKind(NamedTuple):
    """A row: how to make one, and how often."""

    name: str
    make: Make
    weight: int = 1
    silent: bool = False
    """Nobody is told (upstream/server.md 1.4): others' writes are seen later, own ones at once."""
    shown_in: tuple[str, ...] = ()
    """Names of reads that show it, where it shows in few of them: they are asked more often."""
