"""What a caller may see, as upstream says it: a digest to tell whether it has changed.

Membership, access rules and levels change without an event (upstream/server.md 3.6, 4.1); the
credential's own `users/me` and `users/me/permissions` are the only truth about them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True, slots=True)
class Told:
    """What upstream has said. `digest`: 32 bytes, equal while the rights are.

    `by_assignment`: what is shown depends on who is assigned to what. Giving somebody a task takes
    effect some minutes later and in answers that do not show it (server.md 1.6, 4.1): nothing tells
    when one of them has changed.
    """

    digest: bytes
    by_assignment: bool


def told(me: bytes, permissions: bytes) -> Told | None:
    """What these answers say; None where they are not upstream's.

    What a user likes, and hashes of secrets, are no rights. Sets come in any order.
    """
    try:
        user, rights = json.loads(me), json.loads(permissions)
        kept = {name: value for name, value in user["data"].items() if name in _DECIDING}
        said = [user["name"], user["active"], kept, rights]
        written = json.dumps(_canonical(said), sort_keys=True).encode()
        projects = (rights.get("projects") or {}).values()
        return Told(sha256(written).digest(), any(map(_by_assignment, projects)))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None


def _by_assignment(project: Mapping[str, Any]) -> bool:
    read, advanced = project.get("read") or {}, project.get("advanced") or {}
    rules = read.get("access_list") or ()
    assigned = any(
        isinstance(rule, dict) and rule.get("access_type") == "assigned" for rule in rules
    )
    return (assigned and bool(read.get("enabled"))) or advanced.get("show_sibling_tasks") is False


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
