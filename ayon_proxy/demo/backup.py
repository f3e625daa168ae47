"""The contents of a studio's database, to be put back later, or into another server.

A restored database is an older one: entities, events and the number of the last event go back.
One of another studio put in its place is a swapped one. What is kept outside of the database
stays: sessions, caches, how long the server has been up (server.md 3.2, 7).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from ayon_proxy.demo.studio import Studio

TABLES = (
    *("projects", "users", "api_keys", "access_groups", "attributes", "addons", "bundles"),
    *("dependency_packages", "installers", "settings", "site_settings", "sites", "secrets"),
    *("config", "views", "anatomy_presets", "project_folders", "services", "product_types"),
)


class Backup:
    """`Backup(studio)` takes it; `restore(studio)` puts it back, as often as wanted."""

    def __init__(self, studio: Studio) -> None:
        events = studio.events
        self._rows: dict[str, Any] = deepcopy(
            {name: getattr(studio, name) for name in TABLES}
            | {"stored": events.stored, "by_hash": events.by_hash}
        )
        self._last_order = events.last_order

    def restore(self, studio: Studio) -> None:
        """Replace what the database holds. Nobody is told, and no socket is closed."""
        rows = deepcopy(self._rows)
        events = studio.events
        events.stored, events.by_hash = rows.pop("stored"), rows.pop("by_hash")
        events.last_order = self._last_order
        for name, table in rows.items():
            setattr(studio, name, table)
