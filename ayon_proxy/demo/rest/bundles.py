"""Bundles: the list, and whether one would hold together."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import body_of, caller_of, studio_of
from ayon_proxy.demo.catalogue import Bundle
from ayon_proxy.demo.rest.joining import joining
from ayon_proxy.demo.rest.routing import get, post
from ayon_proxy.demo.studio import Studio


def bundle_of(studio: Studio, variant: str) -> Bundle | None:
    """The bundle of a variant: production, staging, or the name of a dev bundle."""
    if variant in {"production", "staging"}:
        return next(
            (each for each in studio.bundles.values() if getattr(each, f"is_{variant}")), None
        )
    found = studio.bundles.get(variant)
    return found if found and found.is_dev else None


def bundle_view(bundle: Bundle) -> dict[str, Any]:
    """A bundle, None included."""
    return {
        "name": bundle.name,
        "createdAt": bundle.created_at,
        "addons": {name: version for name, version in bundle.addons.items() if version},
        "installerVersion": bundle.installer_version,
        "dependencyPackages": bundle.dependency_packages,
        "addonDevelopment": bundle.addon_development,
        "isProduction": bundle.is_production,
        "isStaging": bundle.is_staging,
        "isArchived": bundle.is_archived,
        "isDev": bundle.is_dev,
        "isProject": bundle.is_project,
        "activeUser": bundle.active_user,
    }


def bundles(request: Request) -> dict[str, Any]:
    """`GET /api/bundles`: newest first; archived ones on request."""
    caller_of(request)
    studio = studio_of(request)
    archived = request.query_params.get("archived", "").lower() in {"true", "1"}
    newest_first = sorted(studio.bundles.values(), key=lambda each: each.created_at, reverse=True)
    production, staging = bundle_of(studio, "production"), bundle_of(studio, "staging")
    return {
        "bundles": [bundle_view(each) for each in newest_first if archived or not each.is_archived],
        "productionBundle": production.name if production else None,
        "stagingBundle": staging.name if staging else None,
        "devBundles": [each.name for each in newest_first if each.is_dev],
    }


async def check(request: Request) -> dict[str, Any]:
    """`POST /api/bundles/check`: addon versions that the server does not have."""
    caller_of(request)
    studio = studio_of(request)
    addons = (await body_of(request)).get("addons") or {}
    issues = [
        {
            "severity": "error",
            "addon": name,
            "message": f"{name} {version} is not active",
            "requiredAddon": name,
        }
        for name, version in addons.items()
        if version and (name, version) not in studio.addons
    ]
    return {"success": not issues, "issues": issues}


routes: list[Route] = [
    get("/api/bundles", joining(bundles)),
    post("/api/bundles/check", check),
]
