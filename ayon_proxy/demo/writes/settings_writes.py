"""Addon settings: `settings.changed` after every save, changed or not; site settings in silence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import admin_of, body_of, caller_of, project_of, studio_of
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.addons import addon_of
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.rest.settings_reads import settings_of
from ayon_proxy.demo.studio import Studio

Overrides = dict[str, Any]


class _Place:
    """The overrides a request is about: of the studio, a project, or a user's site of it."""

    def __init__(self, request: Request) -> None:
        self.studio: Studio = studio_of(request)
        self.caller: Caller
        self.project: Project | None = None
        if "project_name" in request.path_params:
            self.caller, self.project = project_of(request)
        else:
            self.caller = caller_of(request)
        self.addon = addon_of(request)
        self.variant = request.query_params.get("variant", "production")
        self.site = request.query_params.get("site_id")
        if self.site is None and not self.caller.is_manager:
            raise AyonError(403, "Forbidden")
        where = self.variant if self.site is None else f"{self.site}/{self.caller.name}"
        self.key = (self.addon.name, self.addon.version, where)

    @property
    def table(self) -> dict[tuple[str, str, str], Overrides]:
        """Where the overrides are kept."""
        return self.studio.settings if self.project is None else self.project.settings_overrides

    def base(self) -> dict[str, Any]:
        """The settings these overrides are laid over."""
        if self.project is None:
            return self.addon.default_settings
        return settings_of(self.studio, self.addon, self.variant)

    def save(self, overrides: Overrides, how: str = "") -> None:
        """Keep them and tell."""
        old = self.table.get(self.key, {})
        self.table[self.key] = overrides
        addon = self.addon
        summary: dict[str, Any] = {
            "addon_name": addon.name,
            "addon_version": addon.version,
            "variant": self.variant if self.site is None else None,
        }
        level = "studio" if self.project is None else "project"
        said = f"{self.variant} {how or f'{level} overrides changed'}"
        if self.site is not None:
            summary["site_id"] = self.site
            said = f"site ({self.site}) overrides changed"
        self.studio.events.dispatch(
            "settings.changed",
            project=self.project.name if self.project else None,
            user=self.caller.name,
            description=f"{addon.name} {addon.version} {said}",
            summary=summary,
            payload={"originalValue": old, "newValue": overrides},
        )


async def save(request: Request) -> Response:
    """`POST …/settings[/{project}]`: what differs from what is below becomes overrides."""
    place = _Place(request)
    sent = await body_of(request)
    faults = list(_faults(place.addon.default_settings, sent, ()))
    if faults:
        raise AyonError(400, "Invalid settings", errors=faults)
    place.save(_different(place.base(), sent))
    return no_content()


async def put_raw(request: Request) -> Response:
    """`PUT …/rawOverrides[/{project}]`: taken as they are."""
    admin_of(request)
    _Place(request).save(await body_of(request), "overrides changed using low-level API")
    return no_content()


async def modify(request: Request) -> Response:
    """`POST …/overrides[/{project}]`: pin or delete one override."""
    place = _Place(request)
    order = await body_of(request)
    overrides = _copied(place.table.get(place.key, {}))
    *above, last = order["path"]
    group, current = overrides, place.base()
    for key in above:
        group, current = group.setdefault(key, {}), current.get(key, {})
    if order["action"] == "pin":
        group.setdefault(last, current.get(last))
    else:
        group.pop(last, None)
    place.save(overrides)
    return no_content()


async def clear(request: Request) -> Response:
    """`DELETE …/overrides[/{project}]`."""
    _Place(request).save({})
    return no_content()


async def put_site(request: Request) -> Response:
    """`PUT …/siteSettings`: nobody is told."""
    caller, studio, addon = caller_of(request), studio_of(request), addon_of(request)
    site = request.query_params.get("site_id") or request.query_params.get("site") or ""
    studio.site_settings[addon.name, addon.version, site, caller.name] = await body_of(request)
    return no_content()


async def migrate(request: Request) -> None:
    """`POST /api/migrateSettingsByBundle`: studio overrides of one bundle's addons to another's."""
    caller, studio = admin_of(request), studio_of(request)
    order = await body_of(request)
    source, target = (studio.bundles[order[key]] for key in ("sourceBundle", "targetBundle"))
    source_variant, variant = order["sourceVariant"], order["targetVariant"]
    for name, version in target.addons.items():
        source_version = source.addons.get(name)
        overrides = studio.settings.get((name, source_version or "", source_variant))
        if not version or not source_version or overrides is None:
            continue
        old = studio.settings.get((name, version, variant), {})
        studio.settings[name, version, variant] = overrides
        said = f"{variant} studio overrides changed during migration"
        studio.events.dispatch(
            "settings.changed",
            user=caller.name,
            description=f"{name} {version} {said}",
            summary={
                "addon_name": name,
                "addon_version": version,
                "variant": variant,
                "source_version": source_version,
                "source_variant": source_variant,
            },
            payload={"originalValue": old, "newValue": overrides},
        )


def _different(below: dict[str, Any], given: dict[str, Any]) -> Overrides:
    overrides: Overrides = {}
    for key, value in given.items():
        under = below.get(key)
        if isinstance(value, dict) and isinstance(under, dict):
            if inner := _different(under, value):
                overrides[key] = inner
        elif value != under:
            overrides[key] = value
    return overrides


def _copied(overrides: Overrides) -> Overrides:
    return {
        key: _copied(value) if isinstance(value, dict) else value
        for key, value in overrides.items()
    }


_KINDS: tuple[tuple[type, Callable[[Any], Any], str, str], ...] = (
    (bool, bool, "value could not be parsed to a boolean", "type_error.bool"),
    (int, int, "value is not a valid integer", "type_error.integer"),
    (float, float, "value is not a valid float", "type_error.float"),
)


def _faults(defaults: dict[str, Any], given: dict[str, Any], place: tuple[str, ...]) -> Any:
    for key, value in given.items():
        default = defaults.get(key)
        if isinstance(default, dict) and isinstance(value, dict):
            yield from _faults(default, value, (*place, key))
        for kind, convert, message, name in _KINDS:
            if type(default) is kind:
                try:
                    convert(value)
                except (TypeError, ValueError):
                    yield {"loc": [*place, key], "msg": message, "type": name}


_ADDON = "/api/addons/{addon_name}/{addon_version}"
_LEVELS = ("", "/{project_name}")
routes: list[Route] = [
    *(route("POST", f"{_ADDON}/settings{level}", save) for level in _LEVELS),
    *(route("PUT", f"{_ADDON}/rawOverrides{level}", put_raw) for level in _LEVELS),
    *(route("POST", f"{_ADDON}/overrides{level}", modify) for level in _LEVELS),
    *(route("DELETE", f"{_ADDON}/overrides{level}", clear) for level in _LEVELS),
    route("PUT", f"{_ADDON}/siteSettings", put_site),
    route("POST", "/api/migrateSettingsByBundle", migrate),
]
