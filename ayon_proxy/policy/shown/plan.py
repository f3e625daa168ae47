"""What has to be looked up in an answer, once its question is understood."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

NO_ENDS: tuple[str, ...] = ()


@dataclass(slots=True)
class Plan:
    """One field of the answer, and those below it that lead to ids."""

    key: str
    """Its name in the answer."""
    children: list[Plan] = field(default_factory=list)
    identity: tuple[str, ...] = ()
    """Where the id of what is shown stands in it."""
    beside: tuple[str, ...] = ()
    """Where it stands in what holds it."""
    known: tuple[str, ...] = ()
    """Ids of all that can be shown here: they were asked for."""
    by_id: dict[str, frozenset[str]] = field(default_factory=dict)
    """Beginning of a tag, which an id completes → what stands in for it without an id."""
    ends: tuple[str, ...] = NO_ENDS
    """Where ids of other entities stand, which it hangs on."""
    without_end: frozenset[str] = frozenset()
    """What stands in for an end that isn't told."""
    entries: tuple[str, ...] = ()
    """Where what it lists stands in it."""
    at_least: int = 0
    """How many there are when all that was asked for is there."""
    missing: frozenset[str] = frozenset()
    """What tells of those that aren't there yet."""

    @property
    def leads_nowhere(self) -> bool:
        """Whether nothing has to be looked up here or below."""
        return not (self.children or self.by_id or self.ends or self.at_least)

    def without_id(self) -> Iterable[str]:
        """The tags for something of which the id isn't told."""
        return (tag for tags in self.by_id.values() for tag in tags)
