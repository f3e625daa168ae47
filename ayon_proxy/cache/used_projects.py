"""Which projects stored answers belong to: those are watched for changes without an event.

A project is never taken out: that costs a question at each scan, and answers of a project may stay
stored for as long as there is room. One of which the first answer is still on its way is not
scanned yet, since a scan reaches back further than any fetch takes; but what is dropped meanwhile
is that answer's, too.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from ayon_proxy.cache.ports import Journal

NAME = "projects"
"""What the journal has them under."""


class UsedProjects:
    """Names in lower case, as AYON matches them."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._names: frozenset[str] = frozenset()
        self._durable: frozenset[str] = frozenset()
        self._arriving: Counter[str] = Counter()

    async def load(self) -> None:
        """Those of earlier processes. Raises StorageFailed."""
        self._names = self._durable = _read(await self._journal.recall(NAME))

    @property
    def names(self) -> frozenset[str]:
        """All of them."""
        return self._names

    @property
    def with_arriving(self) -> frozenset[str]:
        """Those, and whatever an answer on its way may belong to: that may be no project at all."""
        return self._names | self._arriving.keys()

    @contextmanager
    def arriving(self, projects: Collection[str]) -> Iterator[None]:
        """Around a fetch, from before it begins until its answer is stored."""
        names = {each.lower() for each in projects}
        self._arriving.update(names)
        try:
            yield
        finally:
            self._arriving -= Counter(names)

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
