"""Who may do what: users, their sessions and API keys, and access groups."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any, TypeAlias

Permissions: TypeAlias = dict[str, Any]
"""As `GET /api/accessGroups/{group}/{project}` answers; `ALL_PERMISSIONS` shows its sections."""

STUDIO = "_"
"""The name the API gives to the studio where an access group could name a project."""


def permissions(*, unrestricted: bool = False, **sections: dict[str, Any]) -> Permissions:
    """Permissions with every section switched off, that is allowed, but for those given.

    `unrestricted` is what managers get: all studio and project rights too.
    """
    level = 2 if unrestricted else 0
    result: Permissions = {
        "studio": {"create_projects": unrestricted, "list_all_users": unrestricted},
        "project": {"anatomy": level, "access": level, "settings": level},
        **{
            section: {"enabled": False, "access_list": []}
            for section in ("create", "read", "update", "publish", "delete")
        },
        "attrib_read": {"enabled": False, "attributes": []},
        "attrib_write": {"enabled": False, "attributes": [], "fields": []},
        "activities": {"enabled": False, "activities": []},
        "actions": {"enabled": False, "actions": []},
        "links": {"enabled": False, "link_types": []},
        "endpoints": {"enabled": False, "endpoints": []},
        "advanced": {"show_sibling_tasks": True},
    }
    for section, values in sections.items():
        result[section] = {**result[section], **values}
    return result


def stored_hash(secret: str) -> str:
    """What the server keeps of a password or an API key, and shows to whom it belongs: `hash:salt`.

    The salt is drawn from the secret, so that it is the same in every run.
    """
    salt = sha256(f"salt of {secret}".encode()).hexdigest()[:32]
    return f"{sha256(f'{secret}:{salt}'.encode()).hexdigest()}:{salt}"


@dataclass(kw_only=True, slots=True)
class User:
    """A person or a service. `data` has what the API shows: `isAdmin`, `accessGroups` …

    `password` is kept in clear: this server guards nothing.
    """

    name: str
    created_at: datetime
    updated_at: datetime
    active: bool = True
    attrib: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    password: str | None = None
    avatar: bytes | None = None

    @property
    def is_service(self) -> bool:
        """Services are admins that may act as others."""
        return bool(self.data.get("isService"))

    @property
    def is_admin(self) -> bool:
        """Services are admins."""
        return self.is_service or bool(self.data.get("isAdmin"))

    @property
    def is_manager(self) -> bool:
        """Admins are managers."""
        return self.is_admin or bool(self.data.get("isManager"))

    @property
    def is_guest(self) -> bool:
        """Guests see next to nothing."""
        return bool(self.data.get("isGuest"))

    @property
    def access_groups(self) -> dict[str, list[str]]:
        """Project name → names of the groups the user is in there."""
        groups: dict[str, list[str]] = self.data.get("accessGroups") or {}
        return groups

    def snapshot(self) -> User:
        """A copy that later changes don't touch: what a session holds."""
        return copy.deepcopy(self)


@dataclass(kw_only=True, slots=True)
class Session:
    """A login. `user` is a snapshot (server.md 3.2); times are seconds since the epoch."""

    token: str
    user: User
    created: float
    last_used: float
    is_api_key: bool = False
    client_info: dict[str, Any] = field(default_factory=dict)

    @property
    def is_service(self) -> bool:
        """Whether it is a service's."""
        return self.user.is_service


@dataclass(kw_only=True, slots=True)
class ApiKey:
    """A permanent key of a user. The server stores a hash; `key` is the key itself."""

    key: str
    user_name: str
    id: str
    label: str = ""
    preview: str = "xxxx***xxxx"
    created: float = 0.0
    expires: float | None = None


@dataclass(kw_only=True, slots=True)
class AccessGroup:
    """Permissions under a name, for the studio or for one project (which then wins)."""

    name: str
    permissions: Permissions
    project: str | None = None
