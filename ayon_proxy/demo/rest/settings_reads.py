"""Addon settings, in all the forms that launcher, addons and web client ask for them.

Defaults, then the studio's overrides, then the project's, then the user's for his site.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import (
    admin_of,
    caller_of,
    manager_of,
    project_of,
    studio_of,
)
from ayon_proxy.demo.catalogue import Addon, Bundle
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.addons import addon_of
from ayon_proxy.demo.rest.bundles import bundle_of
from ayon_proxy.demo.rest.joining import joining
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio

RAW_REFUSAL = "Only admins can access raw overrides"


def merged(under: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    """Overrides laid over settings, group by group; lists are replaced."""
    result = dict(under)
    for key, value in over.items():
        below = result.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            result[key] = merged(below, value)
        else:
            result[key] = value
    return result


def settings_of(
    studio: Studio, addon: Addon, variant: str, project: Project | None = None
) -> dict[str, Any]:
    """An addon's settings for a variant, in the studio or in a project."""
    key = (addon.name, addon.version, variant)
    result = merged(addon.default_settings, studio.settings.get(key, {}))
    return merged(result, project.settings_overrides.get(key, {})) if project else result


def site_overrides(studio: Studio, addon: Addon, site: str | None, user: str) -> dict[str, Any]:
    """What a user has set for an addon on a site."""
    return studio.site_settings.get((addon.name, addon.version, site or "", user), {})


def all_settings(request: Request) -> dict[str, Any]:
    """`GET /api/settings`: of every addon of a bundle. No access to the project is asked for.

    404s have a `status_code` besides `code` here.
    """
    caller, studio = caller_of(request), studio_of(request)
    query = request.query_params
    variant, project_name = query.get("variant", "production"), query.get("project_name")
    named = query.get("bundle_name")
    bundle = studio.bundles.get(named) if named else bundle_of(studio, variant)
    if bundle is None:
        raise AyonError(404, "Bundle not found", status_code=404)
    wanted = query.get("project_bundle_name")
    if wanted and not (wanted in studio.bundles and studio.bundles[wanted].is_project):
        detail = f"Project bundle {wanted} not foundStudio production bundle is not set"
        raise AyonError(404, detail, status_code=404)
    project = studio.project(project_name) if project_name else None
    if project_name and project is None:
        raise AyonError(404, "Project not found", status_code=404)
    summary = query.get("summary", "").lower() in {"true", "1"}
    return {
        **({"projectName": project_name} if project_name else {}),
        "bundleName": bundle.name,
        "addons": [
            {
                "name": addon.name,
                "version": addon.version,
                "title": addon.title,
                "hasSettings": addon.settings_schema is not None,
                "hasProjectSettings": addon.settings_schema is not None,
                "hasProjectSiteSettings": False,
                "hasSiteSettings": addon.site_settings_schema is not None,
                **_overridden(studio, addon, variant, project),
                "settings": {} if summary else settings_of(studio, addon, variant, project),
                "siteSettings": {}
                if summary
                else site_overrides(studio, addon, query.get("site_id"), caller.name),
                "isBroken": False,
                "isProjectBundle": bundle.is_project,
            }
            for addon in _addons_of(studio, bundle)
        ],
        "inheritedAddons": [],
    }


def _overridden(
    studio: Studio, addon: Addon, variant: str, project: Project | None
) -> dict[str, bool]:
    """Flags that are there only when true."""
    key = (addon.name, addon.version, variant)
    flags = {}
    if studio.settings.get(key):
        flags["hasStudioOverrides"] = True
    if project and project.settings_overrides.get(key):
        flags["hasProjectOverrides"] = True
    return flags


def _addons_of(studio: Studio, bundle: Bundle) -> list[Addon]:
    """In the order the bundle names them."""
    pairs = [(name, version) for name, version in bundle.addons.items() if version]
    return [studio.addons[pair] for pair in pairs if pair in studio.addons]


def old_all_settings(request: Request) -> dict[str, Any]:
    """`GET /api/settings/addons`: the same, name → settings."""
    caller_of(request)
    studio, query = studio_of(request), request.query_params
    project = studio.project(query.get("project", "")) if query.get("project") else None
    variant = query.get("variant", "production")
    addons = _bundled(studio, variant)
    return {
        "settings": {each.name: settings_of(studio, each, variant, project) for each in addons},
        "versions": {each.name: each.version for each in addons},
    }


def all_site_settings(request: Request) -> dict[str, Any]:
    """`GET /api/settings/addons/siteSettings`."""
    caller, studio, query = caller_of(request), studio_of(request), request.query_params
    addons = _bundled(studio, query.get("variant", "production"))
    return {
        "settings": {
            each.name: merged(
                each.default_site_settings,
                site_overrides(studio, each, query.get("site"), caller.name),
            )
            for each in addons
        },
        "versions": {each.name: each.version for each in addons},
    }


def _bundled(studio: Studio, variant: str) -> list[Addon]:
    bundle = bundle_of(studio, variant)
    return _addons_of(studio, bundle) if bundle else []


def _variant(request: Request) -> str:
    return request.query_params.get("variant", "production")


def addon_settings(request: Request) -> dict[str, Any]:
    """`GET /api/addons/{name}/{version}/settings`."""
    caller_of(request)
    return settings_of(studio_of(request), addon_of(request), _variant(request))


def addon_project_settings(request: Request) -> dict[str, Any]:
    """`GET …/settings/{project}`: with `site_id`, as the caller has it there."""
    caller, project = project_of(request)
    addon = addon_of(request)
    settings = settings_of(studio_of(request), addon, _variant(request), project)
    query = request.query_params
    site = query.get("site_id") or query.get("site")
    key = (addon.name, addon.version, f"{site}/{caller.name}")
    return merged(settings, project.settings_overrides.get(key, {}))


def addon_site_settings(request: Request) -> dict[str, Any]:
    """`GET /api/addons/{name}/{version}/siteSettings`: of the caller, for `site_id` or `site`."""
    caller, addon = caller_of(request), addon_of(request)
    query = request.query_params
    site = query.get("site_id") or query.get("site")
    overrides = site_overrides(studio_of(request), addon, site, caller.name)
    return merged(addon.default_site_settings, overrides)


def _stored(request: Request, project: Project | None) -> dict[str, Any]:
    addon = addon_of(request)
    key = (addon.name, addon.version, _variant(request))
    return (project.settings_overrides if project else studio_of(request).settings).get(key, {})


def raw_overrides(request: Request) -> dict[str, Any]:
    """`GET …/rawOverrides`: what is stored."""
    admin_of(request, RAW_REFUSAL)
    return _stored(request, None)


def raw_project_overrides(request: Request) -> dict[str, Any]:
    """`GET …/rawOverrides/{project}`."""
    admin_of(request, RAW_REFUSAL)
    _, project = project_of(request)
    return _stored(request, project)


def overrides(request: Request) -> dict[str, Any]:
    """`GET …/overrides`: which values differ from the defaults."""
    manager_of(request)
    return described(_stored(request, None), "studio")


def project_overrides(request: Request) -> dict[str, Any]:
    """`GET …/overrides/{project}`: the project's over the studio's."""
    _, project = project_of(request)
    return {
        **described(_stored(request, None), "studio"),
        **described(_stored(request, project), "project"),
    }


def described(
    values: dict[str, Any], level: str, path: tuple[str, ...] = (), group: list[str] | None = None
) -> dict[str, Any]:
    """Overrides by the key the web client uses for a value: `root_group_name`.

    What is in a list is there because the list is, so it is no override of its own.
    """
    result: dict[str, Any] = {}
    for key, value in values.items():
        here = (*path, key)
        kind = {"dict": "branch", "list": "list"}.get(type(value).__name__)
        result["_".join(("root", *here))] = {
            "path": list(here),
            **({"type": kind} if kind else {"value": value}),
            "level": level,
            "inGroup": group,
            "scope": ["studio", "project"],
        }
        if isinstance(value, list):
            items = {str(number): item for number, item in enumerate(value)}
            result.update(described(items, "default", here, list(here)))
        elif isinstance(value, dict):
            result.update(described(value, level, here, group))
    return result


_ADDON = "/api/addons/{addon_name}/{addon_version}"
routes: list[Route] = [
    get("/api/settings", joining(all_settings, by_user=True)),
    get("/api/settings/addons", old_all_settings),
    get("/api/settings/addons/siteSettings", all_site_settings),
    get(f"{_ADDON}/settings", addon_settings),
    get(f"{_ADDON}/settings/{{project_name}}", addon_project_settings),
    get(f"{_ADDON}/siteSettings", addon_site_settings),
    get(f"{_ADDON}/overrides", overrides),
    get(f"{_ADDON}/overrides/{{project_name}}", project_overrides),
    get(f"{_ADDON}/rawOverrides", raw_overrides),
    get(f"{_ADDON}/rawOverrides/{{project_name}}", raw_project_overrides),
]
