"""`GET /api/info` writes the record of the caller's site (upstream/server.md 3.3): but only once.

Every process asks for it when it starts, and says of its site what was said before. What that would
change has then been changed already.
"""

from __future__ import annotations

from collections import OrderedDict

from ayon_proxy.policy.message import Fields

ASKED = "/api/info"
CHANGED = "/api/system/sites/{site_id}"
"""Rows of the table of writes that are about sites."""

SITE = b"x-ayon-site-id"
SAYS = (b"x-ayon-platform", b"x-ayon-hostname", b"x-ayon-version")
"""Upstream writes the record when it is told all of them."""

NAMES_CALLER = (b"authorization", b"cookie", b"x-api-key", b"x-as-user")

MOST_SITES = 10_000
"""Sites remembered; of others every question counts as a change."""


class Registrations:
    """Site → what was last said of it, and by whom. In memory: a new process finds out anew."""

    def __init__(self) -> None:
        self._said: OrderedDict[bytes, int] = OrderedDict()

    def changes(self, fields: Fields) -> bool:
        """Whether a question with these fields may change the record of a site."""
        told = _told(fields)
        return told is not None and self._said.get(told[0]) != told[1]

    def done(self, fields: Fields) -> None:
        """Upstream has answered one."""
        told = _told(fields)
        if told is None:
            return
        self._said[told[0]] = told[1]
        self._said.move_to_end(told[0])
        if len(self._said) > MOST_SITES:
            self._said.popitem(last=False)

    def forget(self) -> None:
        """Records of sites were changed otherwise."""
        self._said.clear()


def _told(fields: Fields) -> tuple[bytes, int] | None:
    """The site and what is said of it; None where upstream writes nothing."""
    said = {name: value for name, value in fields if name in (SITE, *SAYS)}
    if len(said) <= len(SAYS):
        return None
    caller = tuple((name, value) for name, value in fields if name in NAMES_CALLER)
    return said[SITE], hash((tuple(sorted(said.items())), caller))
