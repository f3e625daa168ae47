"""What a studio offers to its launchers: attributes, addons, bundles, packages, files."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(kw_only=True, slots=True)
class AttributeDefinition:
    """An attribute that entities of the types in `scope` have; `data` as the API shows it."""

    name: str
    position: int
    scope: list[str]
    data: dict[str, Any]
    builtin: bool = True

    @property
    def inherit(self) -> bool:
        """Whether children without a value of their own take their parent's."""
        return bool(self.data.get("inherit", True))


@dataclass(kw_only=True, slots=True)
class StoredFile:
    """A file of the server's disk that it serves with `ETag` and ranges."""

    filename: str
    content: bytes
    modified_at: datetime
    content_type: str = "application/octet-stream"


@dataclass(kw_only=True, slots=True)
class Action:
    """Something an addon offers to do with one entity, in the web client and launcher.

    With `args` a launcher is to run it; without, the server does it and says `message`.
    """

    identifier: str
    label: str
    entity_type: str
    category: str = "Demo"
    order: int = 100
    icon: dict[str, Any] | None = None
    admin_only: bool = False
    config_fields: list[dict[str, Any]] | None = None
    message: str = ""
    args: list[str] | None = None
    failure: str | None = None
    """What it raises instead of doing anything."""


@dataclass(kw_only=True, slots=True)
class Addon:
    """One version of an addon.

    `private_files` and `public_files` are by path below the addon's `private/` and `public/`.
    """

    name: str
    version: str
    title: str
    description: str = ""
    client_version: str | None = None
    settings_schema: dict[str, Any] | None = None
    default_settings: dict[str, Any] = field(default_factory=dict)
    site_settings_schema: dict[str, Any] | None = None
    default_site_settings: dict[str, Any] = field(default_factory=dict)
    private_files: dict[str, StoredFile] = field(default_factory=dict)
    public_files: dict[str, StoredFile] = field(default_factory=dict)
    frontend_scopes: dict[str, Any] = field(default_factory=dict)
    services: dict[str, Any] = field(default_factory=dict)
    client_pyproject: dict[str, Any] | None = None
    """The client's `pyproject.toml`, parsed; launchers build dependency packages from it."""
    actions: list[Action] = field(default_factory=list)
    is_system: bool = False
    project_can_override: bool = False


@dataclass(kw_only=True, slots=True)
class Bundle:
    """Which addon versions, installer and dependency packages belong together."""

    name: str
    created_at: datetime
    addons: dict[str, str | None] = field(default_factory=dict)
    installer_version: str | None = None
    dependency_packages: dict[str, str | None] = field(default_factory=dict)
    addon_development: dict[str, Any] = field(default_factory=dict)
    is_production: bool = False
    is_staging: bool = False
    is_archived: bool = False
    is_dev: bool = False
    is_project: bool = False
    active_user: str | None = None


@dataclass(kw_only=True, slots=True)
class Package:
    """A manifest of a dependency package or an installer, as its list shows it."""

    filename: str
    manifest: dict[str, Any]
    file: StoredFile | None = None
