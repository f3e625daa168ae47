"""What a caller may see, as upstream says it: who shares with whom, and a digest to tell a change.

Membership, access rules and levels change without an event (upstream/server.md 3.6, 4.1); the
credential's own `users/me` and `users/me/permissions` are the only truth about them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import sha256
from typing import Any

from ayon_proxy.policy.fields import without
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.query import is_credential, pairs

QUESTIONS = (b"/api/users/me", b"/api/users/me/permissions")
"""Where upstream says it."""

_ABOUT_A_BODY = frozenset(
    {
        b"content-encoding",
        b"content-length",
        b"content-type",
        b"expect",
        b"if-match",
        b"if-modified-since",
        b"if-none-match",
        b"if-range",
        b"if-unmodified-since",
        b"range",
        b"transfer-encoding",
    }
)


def questions(request: Request) -> tuple[Request, ...]:
    """The questions in the name of whoever sent `request`: with its credential, from its address
    and its site, so that upstream takes them for the client's own (server.md 3.3)."""
    fields = without(request.fields, _ABOUT_A_BODY)
    query = b"&".join(pair for name, pair in pairs(request.query) if is_credential(name))
    return tuple(Request("GET", path, query, fields) for path in QUESTIONS)


class Level(IntEnum):
    """What a user is, each more than those before (server.md 4.1)."""

    GUEST = 0
    USER = 1
    MANAGER = 2
    ADMIN = 3
    """Services are admins."""


@dataclass(frozen=True, slots=True)
class ProjectRights:
    """The effective permissions of one project. `digest`: 32 bytes, equal while they are.

    `by_assignment`: what is shown depends on who is assigned to what. Giving somebody a task takes
    effect some minutes later and in answers that do not show it (server.md 1.6, 4.1): nothing tells
    when one of them has changed. `by_path`: it depends on the paths of folders, which are names.
    """

    digest: bytes
    by_assignment: bool = False
    by_path: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What upstream has said. `digest`: 32 bytes, equal while all rights are.

    `kind` tells apart users of one level who are shown different things of the studio: developers,
    support. `projects` by name in lower case; empty for managers and above, who see all of them,
    and for guests, who share nothing.
    """

    name: str
    level: Level
    kind: str
    digest: bytes
    projects: Mapping[str, ProjectRights] = field(default_factory=dict)
    complete: bool = True
    """Upstream has told all that decides what is shown."""

    @property
    def by_assignment(self) -> bool:
        """Whether that is so in any project."""
        return any(each.by_assignment for each in self.projects.values())


def told(me: bytes, permissions: bytes) -> Told | None:
    """What these answers say; None where they are not upstream's. `permissions` may be empty: of an
    upstream that doesn't tell them nothing can be shared by project.

    What a user likes, and hashes of secrets, are no rights. Sets come in any order.
    """
    try:
        user, rights = json.loads(me), json.loads(permissions or b"{}")
        data = user["data"]
        kept = {name: value for name, value in data.items() if name in _DECIDING}
        level = _level(data)
        projects = rights.get("projects") or {} if level is Level.USER else {}
        return Told(
            name=str(user["name"]),
            level=level,
            kind="".join(name[2] for name in ("isDeveloper", "isSupport") if data.get(name)),
            digest=_digest([user["name"], user["active"], kept, rights]),
            projects={name.lower(): _of_project(each) for name, each in projects.items()},
            complete=bool(permissions) and level is not Level.GUEST,
        )
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _level(data: Mapping[str, Any]) -> Level:
    if data.get("isAdmin") or data.get("isService"):
        return Level.ADMIN
    if data.get("isManager"):
        return Level.MANAGER
    return Level.GUEST if data.get("isGuest") else Level.USER


def _of_project(project: Mapping[str, Any]) -> ProjectRights:
    read, advanced = project.get("read") or {}, project.get("advanced") or {}
    rules = (read.get("access_list") or ()) if read.get("enabled") else ()
    kinds = {rule.get("access_type") if isinstance(rule, dict) else None for rule in rules}
    # A rule of a kind that nobody knows yet may depend on anything.
    of_paths = kinds <= {"hierarchy", "children"}
    alone = not of_paths or advanced.get("show_sibling_tasks") is False
    return ProjectRights(_digest(project), by_assignment=alone, by_path=bool(kinds))


def _digest(said: Any) -> bytes:
    return sha256(json.dumps(_canonical(said), sort_keys=True).encode()).digest()


def _canonical(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _canonical(each) for name, each in value.items()}
    if isinstance(value, list):
        return sorted((_canonical(each) for each in value), key=_written)
    return value


def _written(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


_DECIDING = frozenset(
    {
        "accessGroups",
        "defaultAccessGroups",
        "isAdmin",
        "isDeveloper",
        "isGuest",
        "isManager",
        "isService",
        "isSupport",
        "userPool",
    }
)
"""Members of `data` that decide what is shown (server.md 3.6)."""
