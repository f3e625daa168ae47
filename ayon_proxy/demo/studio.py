"""The state of the demo server: everything it knows, in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import uuid1

from ayon_proxy.demo.catalogue import Addon, AttributeDefinition, Bundle, Package, StoredFile
from ayon_proxy.demo.clock import Clock, Pace, wall_clock
from ayon_proxy.demo.events import EventLog
from ayon_proxy.demo.people import AccessGroup, ApiKey, Session, User
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.upstream_caches import UpstreamCaches

SERVICE_RESTART = 1012
"""Close code of every websocket when the server restarts (RFC 6455 7.4.2, IANA)."""


def random_id() -> str:
    """An id as the server makes them: 32 hexadecimal digits of a version 1 UUID."""
    return uuid1().hex


@dataclass(kw_only=True)
class Studio:
    """All state of one demo server. Names are as given; look projects up with `project`."""

    clock: Clock = wall_clock
    new_id: Callable[[], str] = random_id
    started_at: datetime = field(default_factory=wall_clock)
    pace: Pace = field(default_factory=Pace)
    version: str = "1.16.0"
    upstream_caches: UpstreamCaches | None = None
    """How it is stale by itself; None never is."""
    projects: dict[str, Project] = field(default_factory=dict)
    users: dict[str, User] = field(default_factory=dict)
    session_seconds: float = 72 * 3600.0
    """A session that is not used for so long ends (server.md 3.2)."""
    sessions: dict[str, Session] = field(default_factory=dict)
    """Token or API key → session."""
    ended_sessions: dict[str, str] = field(default_factory=dict)
    """Token → why it ended: the detail of later 401 answers."""
    api_keys: dict[str, ApiKey] = field(default_factory=dict)
    """The key itself → its record."""
    access_groups: dict[tuple[str, str | None], AccessGroup] = field(default_factory=dict)
    """(name, project or None for the studio) → group."""
    attributes: list[AttributeDefinition] = field(default_factory=list)
    addons: dict[tuple[str, str], Addon] = field(default_factory=dict)
    bundles: dict[str, Bundle] = field(default_factory=dict)
    dependency_packages: dict[str, Package] = field(default_factory=dict)
    installers: dict[str, Package] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    """Loose files of the server's disk by path (`static/…`)."""
    settings: dict[tuple[str, str, str], dict[str, Any]] = field(default_factory=dict)
    """(addon name, addon version, variant) → studio overrides."""
    site_settings: dict[tuple[str, str, str, str], dict[str, Any]] = field(default_factory=dict)
    """(addon name, addon version, site id, user name) → overrides."""
    sites: dict[str, dict[str, Any]] = field(default_factory=dict)
    secrets: dict[str, str] = field(default_factory=dict)
    config: dict[str, Any] = field(default_factory=dict)
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    anatomy_presets: dict[str, dict[str, Any]] = field(default_factory=dict)
    project_folders: dict[str, dict[str, Any]] = field(default_factory=dict)
    services: dict[str, dict[str, Any]] = field(default_factory=dict)
    hosts: dict[str, dict[str, Any]] = field(default_factory=dict)
    product_types: list[dict[str, Any]] = field(default_factory=list)
    action_configs: dict[tuple[str, ...], dict[str, Any]] = field(default_factory=dict)
    """(user, addon name, addon version, action) → what the user has chosen for it."""
    at_restart: list[Callable[[], object]] = field(default_factory=list)
    """What only a restart makes true: addons installed and deleted since the last one."""
    restart_required: bool = False
    restart_reason: str | None = None
    background_tasks: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Id of a background operation → its state as its poll answers it."""
    events: EventLog = field(init=False)

    def __post_init__(self) -> None:
        self.events = EventLog(clock=self.clock, new_id=self.new_id)

    @property
    def groups_in_force(self) -> dict[tuple[str, str | None], AccessGroup]:
        """Access groups as permissions heed them, perhaps as they were a moment ago."""
        caches = self.upstream_caches
        return self.access_groups if caches is None or caches.groups is None else caches.groups

    def project(self, name: str) -> Project | None:
        """The project of that name; case doesn't matter (corpus README, oddities)."""
        found = self.projects.get(name)
        if found is None:
            folded = name.casefold()
            found = next(
                (each for each in self.projects.values() if each.name.casefold() == folded), None
            )
        return found

    def restart(self) -> None:
        """As after a crash: sockets are closed, the uptime begins anew, what waited for it is true.

        What is remembered outside of the process stays (sessions, caches; server.md 7).
        """
        self.events.hang_up(SERVICE_RESTART)
        self.started_at = self.clock()
        while self.at_restart:
            self.at_restart.pop(0)()
        self.restart_required, self.restart_reason = False, None
        self.events.dispatch("server.started", description="Server started")
