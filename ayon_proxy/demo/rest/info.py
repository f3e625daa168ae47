"""`/api/info` and the little the server says of itself."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import caller_of, studio_of
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.views import attribute_summary, user_view

SITE_HEADERS = ("x-ayon-site-id", "x-ayon-platform", "x-ayon-hostname", "x-ayon-version")


def info(request: Request) -> dict[str, Any]:
    """`GET /api/info`: little for strangers, user, attributes and sites for the rest.

    A read that writes: with the headers of a client's site it registers the site.
    """
    studio = studio_of(request)
    caller: Caller | None = request.state.caller
    full = request.query_params.get("full", "").lower() in {"true", "1"}
    answer: dict[str, Any] = {
        "version": studio.version,
        "uptime": float(int((studio.clock() - studio.started_at).total_seconds())),
    }
    if full and caller is None:
        answer.update(passwordRecoveryAvailable=False, ssoOptions=[])
        logo = studio.config.get("customization", {}).get("studio_logo")
        if logo:
            answer["loginPageBrand"] = f"/static/customization/{logo}"
    if caller is not None:
        if caller.is_admin and not caller.is_service:
            answer["onboarding"] = True
        site = _register_site(studio, request, caller)
        answer.update(
            user=_me(caller),
            attributes=[attribute_summary(each) for each in studio.attributes],
            sites=_sites(studio, caller.name, site),
            ssoOptions=[],
            frontendFlags=[],
            extras="",
            disableChangelog=True,
        )
    return {**answer, "disableFeedback": True, "offlineMode": True}


def _me(caller: Caller) -> dict[str, Any]:
    """As `users/me`, but for a level that services don't have here."""
    view = user_view(caller.user, own=True)
    if caller.is_service:
        del view["uiExposureLevel"]
    return view


def _register_site(studio: Studio, request: Request, caller: Caller) -> dict[str, Any] | None:
    """Keeps the site of a client (corpus README, "Writes"), and shows it as the client told it.

    Only a new user, platform or version changes the record, and the last two make it anew.
    """
    site_id, platform, hostname, version = (request.headers.get(name) for name in SITE_HEADERS)
    if not (site_id and platform and hostname and version):
        return None
    told: dict[str, Any] = {
        "id": site_id,
        "platform": platform,
        "hostname": hostname,
        "version": version,
        "users": [caller.name],
    }
    known = studio.sites.get(site_id)
    if known is None or (known["platform"], known["version"]) != (platform, version):
        studio.sites[site_id] = dict(told)
    elif caller.name not in known["users"]:
        known["users"] = [*known["users"], caller.name]
    return told


def _sites(studio: Studio, user_name: str, told: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The client's own site first, then the user's others."""
    known = _sites_of(studio, user_name)
    return [told, *(each for each in known if each["id"] != told["id"])] if told else known


def _sites_of(studio: Studio, user_name: str) -> list[dict[str, Any]]:
    return [site for site in studio.sites.values() if user_name in site["users"]]


def sites(request: Request) -> list[dict[str, Any]]:
    """`GET /api/system/sites`: those of the user, all of them for managers."""
    caller, studio = caller_of(request), studio_of(request)
    mine = studio.sites.values() if caller.is_manager else _sites_of(studio, caller.name)
    return [
        site
        for site in mine
        if all(
            request.query_params.get(key) in (None, site[key]) for key in ("platform", "hostname")
        )
    ]


def restart_required(request: Request) -> dict[str, Any]:
    """`GET /api/system/restartRequired`: for everyone."""
    studio = studio_of(request)
    return {"required": studio.restart_required, "reason": studio.restart_reason}


routes: list[Route] = [
    get("/api/info", info),
    get("/api/system/sites", sites),
    get("/api/system/restartRequired", restart_required),
]
