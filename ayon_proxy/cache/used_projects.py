"""Which projects stored answers belong to: those are watched for changes without an event.

A project is never taken out: that costs a question at each scan, and answers of a project may stay
stored for as long as there is room.
"""

from __future__ import annotations

import json

from ayon_proxy.cache.ports import Journal

NAME = "projects"
"""What the journal has them under."""


class UsedProjects:
    """Names in lower case, as AYON matches them."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._names: frozenset[str] = frozenset()
        self._durable: frozenset[str] = frozenset()

    async def load(self) -> None:
        """Those of earlier processes. Raises StorageFailed."""
        self._names = self._durable = _read(await self._journal.recall(NAME))

    @property
    def names(self) -> frozenset[str]:
        """All of them."""
        return self._names

    async def note(self, project: str) -> None:
        """An answer of this project is about to be stored: it may be once this has returned.

        Raises StorageFailed; then it must not be. Costs nothing for a project that is known.
        """
        name = project.lower()
        if name in self._durable:
            return
        self._names |= {name}
        names = self._names
        await self._journal.remember(NAME, json.dumps(sorted(names)).encode())
        self._durable |= names


def _read(content: bytes | None) -> frozenset[str]:
    """Written by `note`; anything else is as good as nothing."""
    try:
        names = json.loads(content or b"[]")
    except ValueError:
        return frozenset()
    is_list = isinstance(names, list)
    return frozenset(name for name in names if isinstance(name, str)) if is_list else frozenset()
