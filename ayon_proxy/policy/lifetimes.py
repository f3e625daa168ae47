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
"""Entities, lists of them and all that is derived from them. 600 s is the bound of G3; the scan
finds the event-less fields long before (upstream/server.md 1.4)."""

FOLDER_LIST = Lifetimes(unwatched=10, watched=60)
"""The folders of a whole project: upstream answers from a key that a new version does not rebuild,
so what it said after the event may still be the old state (1.6, `project-folders`)."""

CONVERSATION = Lifetimes(unwatched=10, watched=60)
"""Activities, reviewables, watchers, entity lists, link types: removed watchers, labels and order
of reviewables, attributes and folders of lists have no event and no newer `updatedAt` (1.4)."""

COUNTED = Lifetimes(unwatched=10, watched=60)
"""Summaries that show more than entities: full names of users, storage, what happened by day."""

STUDIO_CONFIG = Lifetimes(unwatched=30, watched=60)
"""Bundles, addons, settings, attributes, anatomy, packages, teams: asked by every process at its
start. 60 s is the bound of G3: a deleted bundle, site settings, packages have no event (1.4)."""

ROOTS = Lifetimes(unwatched=10, watched=60)
"""Roots of a site, and paths of files below them: setting them has no event (1.4)."""

IDENTITY = Lifetimes(unwatched=15, watched=15)
"""Who the caller is and what it may do: no event tells of most changes (3.6)."""

RUNNING = Lifetimes(unwatched=5, watched=5)
"""How services, their hosts and the server are at this moment: heartbeats have no event."""

THUMBNAIL = Lifetimes(unwatched=30, watched=300)
"""Images of entities, behind a stable URL whose content changes (upstream/observed.md, Headers).
Told of by messages that cannot be read back, so they live half as long as what can (8.1)."""

PICTURE = Lifetimes(unwatched=30, watched=60)
"""Images of projects, users and files: nothing tells of a change (1.4)."""

FILE = Lifetimes(unwatched=60, watched=60)
"""Bytes that can be replaced or withdrawn; after it they are validated, not fetched again."""
