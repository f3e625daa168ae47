"""TABLE: how long an answer of each class is fresh, in seconds.

`unwatched` holds while no event feed proves that a change would be noticed: short, since only this
proxy's own writes invalidate then.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """Freshness lifetimes of a class (RFC 9111 section 4.2.1), in seconds."""

    unwatched: float


NONE = Lifetimes(unwatched=0)
"""Never fresh: for what is not stored."""

ENTITY = Lifetimes(unwatched=10)
"""Entities, lists of them and all that is derived from them."""

STUDIO_CONFIG = Lifetimes(unwatched=30)
"""Bundles, addons, settings, attributes, anatomy, packages: asked by every process at its start."""

IDENTITY = Lifetimes(unwatched=15)
"""Who the caller is and what it may do."""

PERSONAL = Lifetimes(unwatched=5)
"""What a person has just arranged and looks at: views."""

THUMBNAIL = Lifetimes(unwatched=30)
"""Images behind a stable URL whose content changes (upstream/observed.md, Headers)."""

FILE = Lifetimes(unwatched=60)
"""Bytes that can be replaced or withdrawn; after it they are validated, not fetched again."""
