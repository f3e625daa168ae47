"""Who works on the film, and what they may do."""

from __future__ import annotations

from datetime import UTC, datetime

from ayon_proxy.demo.people import AccessGroup, ApiKey, User, permissions
from ayon_proxy.demo.studio import Studio

BEGIN = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
"""When the film was set up."""
SERVICE_KEY = "demo-service-key-0123456789abcdef"
PASSWORDS = {"admin": "demo-admin", "artist": "demo-artist", "lighter": "demo-lighter"}
"""User name → password, for `POST /api/auth/login`."""


def hire(studio: Studio, film: str) -> None:
    """Bring in the people who work on a film, with their groups and a key for the service."""
    people: dict[str, dict[str, object]] = {
        "admin": {"isAdmin": True},
        "artist": {"accessGroups": {film: ["artist"]}},
        "lighter": {"accessGroups": {film: ["freelancer"]}},
        "service": {"isService": True},
    }
    for name, data in people.items():
        studio.users[name] = User(
            name=name,
            created_at=BEGIN,
            updated_at=BEGIN,
            attrib={} if name == "service" else {"fullName": name.capitalize()},
            data=dict(data),
            password=PASSWORDS.get(name),
        )
    studio.api_keys[SERVICE_KEY] = ApiKey(key=SERVICE_KEY, user_name="service", id="service")
    nothing = {"enabled": True, "access_list": []}
    assigned = {"enabled": True, "access_list": [{"access_type": "assigned"}]}
    groups = {
        "artist": permissions(create=nothing, delete=nothing),
        "freelancer": permissions(
            create=nothing, read=assigned, update=nothing, publish=assigned, delete=nothing
        ),
        "supervisor": permissions(),
    }
    for name, granted in groups.items():
        studio.access_groups[name, None] = AccessGroup(name=name, permissions=granted)
