"""TABLE: what the studio has set up: bundles, addons, settings, attributes, anatomy presets, sites.

Asked by every process at its start (upstream/clients.md 7.1).
"""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import RUNNING, STUDIO_CONFIG
from ayon_proxy.policy.routes.carrying import carries
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.routes.rows import asked_by_post, passed, stored, write
from ayon_proxy.policy.tags import STUDIO

_FORM = carries("settings forms")
_VALUES = carries("settings")

ROUTES = (
    # Bundles
    stored("/api/bundles", STUDIO_CONFIG, *carries("bundles"), share=Share.SIGNED_IN),
    asked_by_post("/api/bundles/check"),
    write("POST", "/api/bundles"),
    write("POST PATCH DELETE", "/api/bundles/{bundle_name}"),
    # Addons
    stored("/api/addons", STUDIO_CONFIG, *carries("addons"), share=Share.LEVEL),
    stored("/api/frontendModules", STUDIO_CONFIG, *carries("addons"), share=Share.SIGNED_IN),
    passed(
        "GET",
        "/api/addons/install",
        "the state of running installations; the addon is there by the time it says so",
    ),
    write("POST", "/api/addons"),
    write("POST", "/api/addons/install"),
    write("DELETE", "/api/addons/{addon_name}"),
    write("DELETE", "/api/addons/{addon_name}/{addon_version}"),
    # Settings of a bundle
    stored("/api/settings", STUDIO_CONFIG, *_VALUES, share=Share.SIGNED_IN, own_site=True),
    stored("/api/settings/addons", STUDIO_CONFIG, *_VALUES, share=Share.SIGNED_IN, own_site=True),
    stored("/api/settings/addons/siteSettings", STUDIO_CONFIG, *_VALUES),
    write("POST", "/api/migrateSettingsByBundle"),
    # Settings of one addon
    stored("/api/addons/{addon_name}/{addon_version}/schema", STUDIO_CONFIG, *_FORM),
    stored(
        "/api/addons/{addon_name}/{addon_version}/settings",
        STUDIO_CONFIG,
        *_VALUES,
        share=Share.SIGNED_IN,
        own_site=True,
    ),
    stored(
        "/api/addons/{addon_name}/{addon_version}/overrides",
        STUDIO_CONFIG,
        *_VALUES,
        share=Share.LEVEL,
    ),
    stored(
        "/api/addons/{addon_name}/{addon_version}/rawOverrides",
        STUDIO_CONFIG,
        *_VALUES,
        share=Share.LEVEL,
    ),
    write("POST", "/api/addons/{addon_name}/{addon_version}/settings"),
    write("POST DELETE", "/api/addons/{addon_name}/{addon_version}/overrides"),
    write("PUT", "/api/addons/{addon_name}/{addon_version}/rawOverrides"),
    stored(
        "/api/addons/{addon_name}/{addon_version}/schema/{project}", STUDIO_CONFIG, STUDIO, *_FORM
    ),
    stored(
        "/api/addons/{addon_name}/{addon_version}/settings/{project}",
        STUDIO_CONFIG,
        STUDIO,
        *_VALUES,
        share=Share.PROJECT,
        own_site=True,
    ),
    stored(
        "/api/addons/{addon_name}/{addon_version}/overrides/{project}",
        STUDIO_CONFIG,
        STUDIO,
        *_VALUES,
        share=Share.PROJECT,
        own_site=True,
    ),
    stored(
        "/api/addons/{addon_name}/{addon_version}/rawOverrides/{project}",
        STUDIO_CONFIG,
        STUDIO,
        *_VALUES,
        share=Share.LEVEL,
        own_site=True,
    ),
    write("POST", "/api/addons/{addon_name}/{addon_version}/settings/{project}"),
    write("POST DELETE", "/api/addons/{addon_name}/{addon_version}/overrides/{project}"),
    write("PUT", "/api/addons/{addon_name}/{addon_version}/rawOverrides/{project}"),
    # Site settings: the site is named in the query only
    stored("/api/addons/{addon_name}/{addon_version}/siteSettings", STUDIO_CONFIG, *_VALUES),
    stored("/api/addons/{addon_name}/{addon_version}/siteSettings/schema", STUDIO_CONFIG, *_FORM),
    write("PUT", "/api/addons/{addon_name}/{addon_version}/siteSettings"),
    # Forms
    stored("/api/enum/{enum_name}", STUDIO_CONFIG, *_FORM),
    # Attributes
    stored("/api/attributes", STUDIO_CONFIG, *carries("attributes"), share=Share.SIGNED_IN),
    stored(
        "/api/attributes/{attribute_name}",
        STUDIO_CONFIG,
        *carries("attributes"),
        share=Share.SIGNED_IN,
    ),
    write("PUT", "/api/attributes"),
    write("PUT PATCH DELETE", "/api/attributes/{attribute_name}"),
    # Anatomy presets
    stored("/api/anatomy/presets", STUDIO_CONFIG, *carries("anatomy"), share=Share.SIGNED_IN),
    stored(
        "/api/anatomy/presets/{preset_name}",
        STUDIO_CONFIG,
        *carries("anatomy"),
        share=Share.SIGNED_IN,
    ),
    stored("/api/anatomy/schema", STUDIO_CONFIG, *_FORM),
    write("PUT DELETE", "/api/anatomy/presets/{preset_name}"),
    write("POST DELETE", "/api/anatomy/presets/{preset_name}/primary"),
    write("POST", "/api/anatomy/presets/{preset_name}/rename"),
    # Services and the hosts that run them
    stored("/api/hosts", RUNNING, *carries("services"), share=Share.SIGNED_IN),
    stored("/api/services", RUNNING, *carries("services"), share=Share.SIGNED_IN),
    write("POST", "/api/hosts/heartbeat"),
    write("PUT DELETE", "/api/services/{service_name}"),
    write("PATCH", "/api/services/{service_name}"),
    # Workstation sites
    stored("/api/system/sites", STUDIO_CONFIG, *carries("sites")),
    write("DELETE", "/api/system/sites/{site_id}"),
    # The server itself
    stored("/api/system/restartRequired", RUNNING, *carries("restart"), share=Share.SIGNED_IN),
    write("POST", "/api/system/restartRequired"),
    write("POST", "/api/system/restart"),
    write("POST", "/api/onboarding/initialize"),
    write("POST", "/api/onboarding/abort"),
    write("POST", "/api/onboarding/restart"),
    write("POST", "/api/dbimport"),
)
