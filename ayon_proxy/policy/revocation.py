"""What takes rights away, as far as somebody tells of it (upstream/server.md 3.6).

    signal                                          proofs that do not count any more
    auth.logout with the token of a session         of credentials with that token: they are over
    auth.logout with an API key                     of credentials with that key
    auth.logout without a token                     of everybody
    access_group.*, entity.user.*                   of everybody
    a write through us to users, access groups,     of everybody
    or who may enter a project

A key outlives its sessions: each ends after ten minutes, and when its user is saved (1.3, 3.2). One
without a token is of a user that was deactivated; who asks in another's name (X-as-user) with a key
of that user has lost it, too.
Membership, levels and guests change without any of these, and are found by asking again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ayon_proxy.policy.invalidation.event import summary_of
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.segments import segments

SETTLE_SECONDS = 3.0
"""Each worker of upstream hears of a changed access group within a second or so (3.6)."""


@dataclass(frozen=True, slots=True)
class Revocation:
    """Whose proofs do not count any more. `token` is a secret: it is compared and forgotten."""

    token: str | None = None
    everybody: bool = False
    settles: bool = False
    """Again after SETTLE_SECONDS."""


def revocation(event: Mapping[str, Any]) -> Revocation | None:
    """What an event takes away; None for one that is about nobody's rights. Never raises."""
    topic = event.get("topic")
    if not isinstance(topic, str):
        return None
    if topic == "auth.logout":
        token = summary_of(event).get("token")
        if isinstance(token, str) and token:
            return Revocation(token=token)
        return Revocation(everybody=True)
    if topic.startswith(("access_group.", "entity.user.")):
        return Revocation(everybody=True, settles=True)
    return None


_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_ABOUT_USERS = frozenset({"users", "access", "accessGroups"})
_IN_A_PROJECT = frozenset({"users", "guests", "teams"})
_HARMLESS = frozenset({"avatar", "frontendPreferences", "checkPassword", "passwordResetRequest"})
"""The last may be sent by anybody."""


def may_change_rights(request: Request) -> bool:
    """Whether a request may change what somebody may see, if upstream carries it out."""
    path = segments(request.path) or []
    if request.method in _SAFE or path[:1] != ["api"] or path[-1] in _HARMLESS:
        return False
    in_a_project = path[1:2] == ["projects"] and not _IN_A_PROJECT.isdisjoint(path[3:4])
    return in_a_project or not _ABOUT_USERS.isdisjoint(path[1:2])
