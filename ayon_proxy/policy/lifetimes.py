"""TABLE: how long an answer of each class is fresh, in seconds.

`watched` holds while the event feed is LIVE: an answer is dropped the moment its content changes,
and its age bounds only what no event and no scan tells of (contract, G3). `unwatched` holds while
nothing proves that a change would be noticed: short, since only this proxy's own writes invalidate
then.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Freshness lifetimes of a class (RFC 9111 section 4.2.1), in seconds."""

    unwatched: float
    watched: float = 0.0

    def of(self, *, watched: bool) -> float:
        """The one that holds; being watched never shortens it."""
        return max(self.watched, self.unwatched) if watched else self.unwatched


NONE = Lifetimes(unwatched=0)
"""Never fresh: for what is not stored."""

ENTITY = Lifetimes(unwatched=10, watched=600)
"""Entities, lists of them and all that is derived from them."""

STUDIO_CONFIG = Lifetimes(unwatched=30, watched=60)
"""Bundles, addons, settings, attributes, anatomy, packages: asked by every process at its start."""

IDENTITY = Lifetimes(unwatched=15)
"""Who the caller is and what it may do."""

PERSONAL = Lifetimes(unwatched=5)
"""What a person has just arranged and looks at: views."""

THUMBNAIL = Lifetimes(unwatched=30, watched=300)
"""Images behind a stable URL whose content changes (upstream/observed.md, Headers)."""

FILE = Lifetimes(unwatched=60)
"""Bytes that can be replaced or withdrawn; after it they are validated, not fetched again."""
