"""`GET /api/info` writes the record of the caller's site (upstream/server.md 3.3): but only once.

Every process asks for it when it starts, and says of its site what was said before. What that would
change has then been changed already.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from ayon_proxy.policy.message import Fields

ASKED = "/api/info"
CHANGED = "/api/system/sites/{site_id}"
"""Rows of the table of writes that are about sites."""

SITE = b"x-ayon-site-id"
RECORDED = (b"x-ayon-platform", b"x-ayon-version")
"""What makes the record of a site another, which then has no users but the caller."""
SAYS = (*RECORDED, b"x-ayon-hostname")
"""Upstream writes the record when it is told all of them; of another host it takes no notice
(upstream/clients.md, Since 1.2.25)."""

NAMES_CALLER = (b"authorization", b"cookie", b"x-api-key", b"x-as-user")

MOST_SITES = 10_000
"""Sites remembered; of others every question counts as a change."""
MOST_CALLERS = 1_000
"""Callers remembered of a site; a farm's nodes may all be one."""


@dataclass(slots=True)
class _Record:
    made: int
    callers: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class _Told:
    site: bytes
    made: int
    caller: int


class Registrations:
    """Site → what its record was last made of, and who was added to it since. In memory: a new
    process finds out anew."""

    def __init__(self) -> None:
        self._records: OrderedDict[bytes, _Record] = OrderedDict()
        self._under_way: WeakValueDictionary[_Told, asyncio.Lock] = WeakValueDictionary()

    @asynccontextmanager
    async def one_at_a_time(self, fields: Fields) -> AsyncIterator[None]:
        """A farm starts all at once: who says the same waits until the first has been answered."""
        told = _told(fields)
        if told is None:
            yield
            return
        lock = self._under_way.setdefault(told, asyncio.Lock())
        async with lock:
            yield

    def changes(self, fields: Fields) -> bool:
        """Whether a question with these fields may change the record of a site."""
        told = _told(fields)
        if told is None:
            return False
        record = self._records.get(told.site)
        return record is None or record.made != told.made or told.caller not in record.callers

    def done(self, fields: Fields) -> None:
        """Upstream has answered one."""
        told = _told(fields)
        if told is None:
            return
        record = self._records.get(told.site)
        if record is None or record.made != told.made or len(record.callers) >= MOST_CALLERS:
            record = self._records[told.site] = _Record(told.made)
        record.callers.add(told.caller)
        self._records.move_to_end(told.site)
        if len(self._records) > MOST_SITES:
            self._records.popitem(last=False)

    def forget(self) -> None:
        """Records of sites were changed otherwise."""
        self._records.clear()


def _told(fields: Fields) -> _Told | None:
    """The site and what is said of it; None where upstream writes nothing."""
    said = {name: value for name, value in fields if name in (SITE, *SAYS) and value}
    if len(said) <= len(SAYS):
        return None
    caller = tuple((name, value) for name, value in fields if name in NAMES_CALLER)
    made = tuple(said[name] for name in RECORDED)
    return _Told(said[SITE], hash(made), hash(caller))
