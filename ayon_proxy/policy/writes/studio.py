"""TABLE: writes to what the studio has set up, to packages, to the event log, and by addons."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ayon_proxy.policy.invalidation.table import tags_of
from ayon_proxy.policy.writes.row import Change, Write

_ADDON = "/api/addons/{addon_name}/{addon_version}"

BUNDLES = ("bundles", "settings", "addons")
"""Promoting copies staging's settings."""

SETTINGS = ("settings", "bundles", "projects", "addons")
"""As the event: some addons keep what projects show."""

SCHEMA = ("attributes", "settings", "schema", "restart")
"""Some of it waits for a restart of upstream, some does not (1.6, attribute library)."""

ADDONS = ("addons", "bundles", "settings", "restart", "static")


def _sent(
    _names: Mapping[str, str], body: Any, harmless: Collection[str]
) -> Sequence[Change] | None:
    """An event that a client sends may mean anything: what it would mean if upstream sent it."""
    if not isinstance(body, dict):
        return None
    return (Change((), {}, tuple(tags_of(body, harmless).now)),)


ROWS = (
    # Bundles
    Write("POST", "/api/bundles", BUNDLES, "bundles/create bundle"),
    Write(
        "POST PATCH DELETE",
        "/api/bundles/{bundle_name}",
        BUNDLES,
        "bundles/promote staging to production; bundles/delete bundle: no event",
    ),
    # Addons
    Write("POST", "/api/addons", BUNDLES, "1.3 deprecated POST addons: no event"),
    Write("POST", "/api/addons/install", ADDONS, "addons/upload addon zip"),
    Write("GET", "/api/addons/install", ("addons", "bundles", "settings"), "tells of its progress"),
    Write("DELETE", "/api/addons/{addon_name}", ADDONS, "addons/delete an addon"),
    Write("DELETE", _ADDON, ADDONS, "addons/delete an addon version"),
    # What addons bring themselves may do anything to any project, and a file is not changed.
    Write("*", f"{_ADDON}/{{rest:path}}", ("answers",), "1.3 addon REST endpoints: unknown"),
    # Settings
    Write("POST", "/api/migrateSettingsByBundle", SETTINGS, "1.3"),
    Write("POST", f"{_ADDON}/settings", SETTINGS, "settings/save studio settings"),
    Write("POST DELETE", f"{_ADDON}/overrides", SETTINGS, "settings/overrides"),
    Write("PUT", f"{_ADDON}/rawOverrides", SETTINGS, "settings/raw overrides"),
    Write("POST", f"{_ADDON}/settings/{{project}}", SETTINGS, "settings/save project settings"),
    Write("POST DELETE", f"{_ADDON}/overrides/{{project}}", SETTINGS, "settings/overrides"),
    Write("PUT", f"{_ADDON}/rawOverrides/{{project}}", SETTINGS, "settings: no event with a site"),
    Write("PUT", f"{_ADDON}/siteSettings", ("settings", "sites"), "settings/site: no event"),
    # Attributes and anatomy presets
    Write("PUT", "/api/attributes", SCHEMA, "attributes/PUT attributes"),
    Write(
        "PUT PATCH DELETE",
        "/api/attributes/{attribute_name}",
        SCHEMA,
        "attributes/create attribute; attributes/PATCH: no event",
    ),
    Write(
        "PUT DELETE",
        "/api/anatomy/presets/{preset_name}",
        ("anatomy", "settings"),
        "config/presets: no event",
    ),
    Write(
        "POST DELETE",
        "/api/anatomy/presets/{preset_name}/primary",
        ("anatomy", "settings"),
        "config/presets: no event",
    ),
    Write(
        "POST",
        "/api/anatomy/presets/{preset_name}/rename",
        ("anatomy", "settings"),
        "config/presets: no event",
    ),
    # Packages and installers
    Write("POST", "/api/desktop/dependencyPackages", ("packages",), "packages: no event"),
    Write(
        "PUT PATCH DELETE",
        "/api/desktop/dependencyPackages/{filename}",
        ("packages", "package:{filename}"),
        "packages/upload: no event",
    ),
    Write("POST", "/api/desktop/installers", ("installers",), "packages: no event"),
    Write(
        "PUT PATCH DELETE",
        "/api/desktop/installers/{filename}",
        ("installers", "installer:{filename}"),
        "packages/upload: no event",
    ),
    # Services, hosts, sites
    Write("POST", "/api/hosts/heartbeat", ("services",), "config/heartbeat: no event"),
    Write("PUT DELETE", "/api/services/{service_name}", ("services",), "config: no event"),
    Write("PATCH", "/api/services/{service_name}", ("services",), "config: no event"),
    Write(
        "DELETE",
        "/api/system/sites/{site_id}",
        ("sites", "settings", "answers"),
        "config/sites: its roots and settings in all projects go; no event",
    ),
    Write("GET", "/api/info", ("sites",), "writes the site's record from the x-ayon fields"),
    # Server configuration and secrets: settings forms offer their names
    Write("PUT DELETE", "/api/secrets/{secret_name}", ("settings",), "config/secrets: no event"),
    Write("POST PATCH", "/api/config", ("answers",), "config/config: no event"),
    Write("PUT", "/api/config/files/{file_type}", ("static", "answers"), "config: no event"),
    # The server itself
    Write("POST", "/api/system/restartRequired", ("restart",), "1.2 server.restart_required"),
    Write(
        "POST",
        "/api/system/restart",
        ("answers", "addons", "static"),
        "1.5 restart with required addons; 7 Restart",
    ),
    Write("POST", "/api/onboarding/initialize", ("studio", "answers"), "1.3: no event"),
    Write("POST", "/api/onboarding/abort", ("studio", "answers"), "1.3: no event"),
    Write("POST", "/api/onboarding/restart", ("studio", "answers"), "1.3: no event"),
    Write("POST", "/api/dbimport", ("everything",), "1.3: replaces what the database holds"),
    # The event log, which no stored answer shows
    Write(
        "POST",
        "/api/events",
        (),
        "events/POST: a client may announce anything",
        reads=_sent,
        otherwise=("everything",),
    ),
    Write("PATCH DELETE", "/api/events/{event_id}", (), "moves a row of the log, nothing else"),
    Write("POST", "/api/eventops", (), "deletes or restarts rows of the log"),
    Write("POST", "/api/enroll", (), "makes a row of the log for a job"),
    # Actions
    Write("POST", "/api/actions/list", (), "1.3: a read in the form of a POST"),
    Write("POST", "/api/actions/config", (), "a form's own memory, never stored"),
    Write(
        "POST",
        "/api/actions/execute",
        (),
        "mostly a launch, many a day: what an addon changes beside it, its events tell",
    ),
    Write("POST", "/api/actions/abort/{token}", (), "1.3: moves a row of the log"),
    # The vendor's cloud; measurements
    Write("POST DELETE", "/api/connect", (), "what it shows is never stored"),
    Write("DELETE", "/api/metrics/tracemalloc", (), "what it shows is never stored"),
    # What the table does not know
    Write("*", "/{rest:path}", ("everything",), "not listed"),
)
