"""Bundles: created, changed, promoted with events; deleted in silence (server.md 1.3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer, no_content
from ayon_proxy.demo.asking import admin_of, body_of, project_of, studio_of
from ayon_proxy.demo.catalogue import Bundle
from ayon_proxy.demo.errors import AyonError, CrashedError, DatabaseError
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.writes.edit import before_commit

_FIELDS = {
    "addons": "addons",
    "installerVersion": "installer_version",
    "dependencyPackages": "dependency_packages",
    "addonDevelopment": "addon_development",
    "isProduction": "is_production",
    "isStaging": "is_staging",
    "isArchived": "is_archived",
    "isDev": "is_dev",
    "isProject": "is_project",
    "activeUser": "active_user",
}
_FLAGS = ("isArchived", "isDev", "isProduction", "isProject", "isStaging")
_MERGED = ("addons", "dependency_packages")
_ONE_ONLY = ("is_production", "is_staging")
_SAID = {
    ("addons", None): "updated with new addons",
    ("dependencyPackages", None): "updated with new dependency packages",
    ("installerVersion", None): "updated with new installer",
    ("isDev", True): "set as development",
    ("isDev", False): "unset as development",
    ("isStaging", True): "set as staging",
    ("isStaging", False): "unset as staging",
    ("isProduction", True): "set as production",
    ("isProduction", False): "unset as production",
    ("isArchived", True): "archived",
    ("isArchived", False): "unarchived",
}


async def create(request: Request) -> Response:
    """`POST /api/bundles`; `?force=true` skips the check of its addons."""
    caller = admin_of(request, "Only admins can create bundles")
    studio, sent = studio_of(request), await body_of(request)
    name = sent["name"]
    if name in studio.bundles:
        said = f"Bundle with name '{name}' already exists."
        raise DatabaseError(
            "[POST] /bundles", said, error="unique-violation", code=409, function="bind_execute"
        )
    if not _forced(request):
        _check(studio, sent.get("addons") or {})
    given = {field: sent[key] for key, field in _FIELDS.items() if sent.get(key) is not None}
    bundle = Bundle(name=name, created_at=studio.clock(), **given)
    flags = _flags(bundle)
    told = studio.events.dispatch(
        "bundle.created",
        committed=False,
        user=caller.name,
        description=f"New bundle '{name}' created",
        summary={
            "name": name,
            **{key: flags[key] for key in ("isProduction", "isStaging", "isDev")},
        },
        payload=_payload(bundle),
    )
    await before_commit(studio, told.topic)
    studio.bundles[name] = bundle
    _claim(studio, bundle)
    studio.events.commit(told)
    return json_answer(None, 201)


async def change(request: Request) -> Response:
    """`PATCH /api/bundles/{bundle}`."""
    caller = admin_of(request, "Only admins can patch bundles")
    studio, sent = studio_of(request), await body_of(request)
    before = _bundle(studio, request)
    given = {field: sent[key] for key, field in _FIELDS.items() if key in sent}
    given.pop("active_user", None)  # accepted, announced and not stored (mutations/bundles)
    for field in _MERGED:
        if field in given:
            given[field] = {**getattr(before, field), **given[field]}
    bundle = replace(before, **given)
    studio.bundles[bundle.name] = bundle
    _claim(studio, bundle)
    payload = {**_payload(bundle), "is_project": bundle.is_project}
    if before.is_dev:
        payload["addon_development"] = bundle.addon_development
    studio.events.dispatch(
        "bundle.updated",
        user=caller.name,
        description=f"Bundle '{bundle.name}' has been {_said(sent)}.",
        summary={
            "name": bundle.name,
            "changedFields": [key for key in sent if key in _FIELDS],
            **_flags(bundle),
        },
        payload=payload,
    )
    return no_content()


async def promote(request: Request) -> Response:
    """`POST /api/bundles/{bundle}` `{"action": "promote"}`: settings of staging come along."""
    caller = admin_of(request, "Only admins can promote bundles")
    studio, bundle = studio_of(request), _bundle(studio_of(request), request)
    if not bundle.is_staging:
        raise AyonError(400, "Only staging bundles can be promoted")
    staged = {
        (name, version): studio.settings.get((name, version, "staging"))
        for name, version in bundle.addons.items()
        if version
    }
    if None in staged.values():
        raise CrashedError(
            "UnboundLocalError: cannot access local variable 'data' "
            "where it is not associated with a value"
        )
    overrides: dict[str, Any] = {}
    for (name, version), settings in staged.items():
        overrides = settings or {}
        studio.settings[name, version, "production"] = overrides
    bundle.is_production = True
    _claim(studio, bundle)
    studio.events.dispatch(
        "bundle.status_changed",
        user=caller.name,
        description=f"Bundle {bundle.name} promoted to production",
        summary={"name": bundle.name, "status": "production"},
        payload=overrides,
    )
    return no_content()


async def delete(request: Request) -> Response:
    """`DELETE /api/bundles/{bundle}`: nobody is told, known or not."""
    admin_of(request, "Only admins can delete bundles")
    studio_of(request).bundles.pop(request.path_params["bundle_name"], None)
    return no_content()


async def freeze(request: Request) -> None:
    """`POST /api/projects/{project}/bundle`: no addon here allows it."""
    project_of(request)
    for name, version in ((await body_of(request)).get("addons") or {}).items():
        raise AyonError(400, f"Addon {name} version {version} does not allow project overrides")


async def unfreeze(request: Request) -> Response:
    """`DELETE /api/projects/{project}/bundle`."""
    _, project = project_of(request)
    project.bundle.pop(request.query_params.get("variant", "production"), None)
    return no_content()


def _bundle(studio: Studio, request: Request) -> Bundle:
    bundle = studio.bundles.get(request.path_params["bundle_name"])
    if bundle is None:
        raise AyonError(404, "Bundle not found")
    return bundle


def _claim(studio: Studio, bundle: Bundle) -> None:
    """There is one production and one staging bundle."""
    for field in _ONE_ONLY:
        for other in studio.bundles.values() if getattr(bundle, field) else ():
            if other is not bundle:
                setattr(other, field, False)


def _check(studio: Studio, addons: dict[str, str | None]) -> None:
    for name, version in addons.items():
        if version and (name, version) not in studio.addons:
            said = f"{name}: {name} {version} is not active"
            raise AyonError(400, f"Failed to validate bundle: {said}")


def _flags(bundle: Bundle) -> dict[str, bool]:
    return {key: getattr(bundle, _FIELDS[key]) for key in _FLAGS}


def _payload(bundle: Bundle) -> dict[str, Any]:
    return {
        "addons": bundle.addons,
        "dependency_packages": bundle.dependency_packages,
        "installer_version": bundle.installer_version,
    }


def _said(sent: dict[str, Any]) -> str:
    for (key, value), words in _SAID.items():
        if key in sent and value in (None, sent[key]):
            return words
    return "updated"


def _forced(request: Request) -> bool:
    return request.query_params.get("force", "").lower() in {"true", "1"}


_BUNDLE = "/api/bundles/{bundle_name}"
_PROJECT_BUNDLE = "/api/projects/{project_name}/bundle"
routes: list[Route] = [
    route("POST", "/api/bundles", create),
    route("PATCH", _BUNDLE, change),
    route("POST", _BUNDLE, promote),
    route("DELETE", _BUNDLE, delete),
    route("POST", _PROJECT_BUNDLE, freeze),
    route("DELETE", _PROJECT_BUNDLE, unfreeze),
]
