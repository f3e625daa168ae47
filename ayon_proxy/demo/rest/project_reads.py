"""Projects: the list, one, and what belongs to it but is no entity."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo import rights
from ayon_proxy.demo.asking import (
    caller_of,
    manager_of,
    pattern_fault,
    project_of,
    studio_of,
)
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.entities import ENTITY_TYPES
from ayon_proxy.demo.errors import AyonError, CrashedError, InvalidRequestError
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.joining import joining
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.views import project_view

NAME_FILTER = re.compile(r"[a-zA-Z0-9_]([a-zA-Z0-9_\.\-]*[a-zA-Z0-9_])?")
NO_ACCESS_RIGHTS = "You are not allowed to access {project} access"


def projects(request: Request) -> dict[str, Any]:
    """`GET /api/projects`: those the caller may enter; `count` is of all."""
    caller, studio = caller_of(request), studio_of(request)
    query = request.query_params
    wanted = query.get("name")
    if wanted is not None and not NAME_FILTER.fullmatch(wanted):
        fault = pattern_fault(("query", "name"), NAME_FILTER)
        raise InvalidRequestError(request.method, request.url.path, [fault])
    if query.get("order") not in (None, "name", "code"):
        raise CrashedError(
            f'asyncpg.exceptions.UndefinedColumnError: column "{query["order"].lower()}" does not '
            'exist\nHINT:  Perhaps you meant to reference the column "projects.created_at".'
        )
    found = [
        each
        for each in sorted(studio.projects.values(), key=lambda each: (not each.active, each.name))
        if query.get("active") in (None, str(each.active).lower())
        and query.get("library") in (None, str(each.library).lower())
        and (wanted is None or each.name.lower() == wanted.lower())
    ]
    length, page = int(query.get("length", 0)), int(query.get("page", 1))
    shown = found[(page - 1) * length :][:length] if length else found
    # A guest needs a group besides the invitation.
    shown = [
        each
        for each in shown
        if rights.may_enter(caller.user, each)
        and (caller.is_manager or caller.user.access_groups.get(each.name))
    ]
    detail = f"Showing {len(shown)} of {len(found)} projects" if found else "No projects"
    pinned = (caller.user.data.get("frontendPreferences") or {}).get("pinnedProjects", [])
    return {
        "detail": detail,
        "count": len(found),
        "projects": [_row(each, pinned=each.name in pinned) for each in shown],
    }


def _row(project: Project, *, pinned: bool) -> dict[str, Any]:
    return {
        "name": project.name,
        "code": project.code,
        "label": project.label,
        "color": project.data.get("color"),
        "active": project.active,
        "library": project.library,
        "skeleton": False,
        "pinned": pinned,
        "projectFolder": project.data.get("projectFolder"),
        "createdAt": project.created_at,
        "updatedAt": project.updated_at,
    }


def site_roots_of(
    project: Project, site_id: str | None, platform: str | None, user_name: str
) -> dict[str, str]:
    """Root name → path, on a platform, as a user of a site has overridden it."""
    roots = {
        name: paths.get(platform or "linux", "") for name, paths in project.anatomy.roots.items()
    }
    return {**roots, **project.site_roots.get((site_id or "", user_name), {})}


def _roots(caller: Caller, project: Project) -> dict[str, Any]:
    return {
        site: roots for (site, user), roots in project.site_roots.items() if user == caller.name
    }


def site_roots(request: Request) -> dict[str, str]:
    """`GET …/siteRoots`: of a registered site (query or header) or a platform."""
    caller, project = project_of(request)
    query, headers = request.query_params, request.headers
    site_id = query.get("site_id") or headers.get("x-ayon-site-id")
    site = studio_of(request).sites.get(site_id or "")
    platform = query.get("platform") or (site or {}).get("platform")
    if platform is None:
        if query.get("site_id"):
            raise AyonError(400, "Site not found and platform not provided")
        platform = headers.get("x-ayon-platform")
    if platform is None:
        raise AyonError(400, "Either site_id or platform must be provided")
    return site_roots_of(project, site_id, platform, caller.name)


def _access(request: Request) -> Project:
    caller, project = project_of(request)
    if not caller.is_manager:
        raise AyonError(403, NO_ACCESS_RIGHTS.format(project=project.name))
    return project


def users_with_access(request: Request) -> dict[str, list[str]]:
    """`GET …/users`: user name → access groups."""
    project = _access(request)
    return {
        user.name: user.access_groups[project.name]
        for user in studio_of(request).users.values()
        if user.access_groups.get(project.name)
    }


def guests(request: Request) -> dict[str, Any]:
    """`GET …/guests`: whoever was invited by mail address."""
    invited = _access(request).data.get("guestUsers", {})
    return {"users": [{"email": email, **invited[email]} for email in sorted(invited)]}


def project_for(caller: Caller, project: Project) -> dict[str, Any]:
    """`GET /api/projects/{project}`: guests are shown nothing of how it is set up."""
    nothing: dict[str, Any] = {"data": {}, "config": {}} if caller.is_guest else {}
    return {**project_view(project), **nothing}


def bundle(request: Request) -> dict[str, Any]:
    """`GET …/bundle`: what the project's own bundle could be made of."""
    _, project = project_of(request)
    manager_of(request, "Only managers can get project bundle information")
    studio = studio_of(request)
    variant = request.query_params.get("variant", "production")
    frozen = studio.bundles.get(project.bundle.get(variant, ""))
    base = frozen or next(
        (each for each in studio.bundles.values() if each.is_production == (variant != "staging")),
        None,
    )
    options = {
        platform: [
            name
            for name, package in studio.dependency_packages.items()
            if package.manifest["platform"] == platform
        ]
        for platform in ("windows", "linux", "darwin")
    }
    return {
        "addons": frozen.addons if frozen else {},
        "installerVersion": base.installer_version if base else None,
        "dependencyPackages": base.dependency_packages if base else {},
        "addonMetadata": [],
        "installerOptions": sorted({p.manifest["version"] for p in studio.installers.values()}),
        "dependencyPackageOptions": options,
    }


def teams(request: Request) -> list[dict[str, Any]]:
    """`GET …/teams`: leaders always, members on request."""
    _, project = project_of(request)
    with_members = request.query_params.get("show_members", "").lower() in {"true", "1"}
    return [
        {
            "name": team["name"],
            "memberCount": len(team["members"]),
            **({"members": team["members"]} if with_members else {}),
            "leaders": [each for each in team["members"] if each.get("leader")],
        }
        for team in project.data.get("teams", [])
    ]


def used_tags(_: Caller, project: Project) -> dict[str, list[str]]:
    """`GET …/tags`: by entity type, those in use."""
    return {
        f"{kind}s": sorted({tag for each in project.table(kind).values() for tag in each.tags})
        for kind in ENTITY_TYPES
    }


def counts(project: Project, *kinds: str) -> dict[str, int]:
    """How many entities of each type (in the plural) there are."""
    return {kind: len(getattr(project, kind)) for kind in kinds}


_COUNTED = ("folders", "products", "versions", "representations", "tasks")


def _product_types(_: Caller, project: Project) -> dict[str, Any]:
    base_types = project.anatomy.product_base_types
    return {
        "productTypes": [
            {"name": each["name"], "baseType": each["name"], **_looks(each)}
            for each in base_types.get("definitions", [])
        ],
        "default": base_types.get("default", {}),
    }


def _looks(row: dict[str, Any]) -> dict[str, Any]:
    return {key: row[key] for key in ("color", "icon") if key in row}


def _of_project(answer: Callable[[Caller, Project], Any]) -> Callable[[Request], Any]:
    return lambda request: answer(*project_of(request))


def _list_folders(_: Caller, project: Project) -> dict[str, Any]:
    return {"folders": list(project.list_folders.values())}


_PROJECT = "/api/projects/{project_name}"
routes: list[Route] = [
    get("/api/projects", projects),
    get(_PROJECT, joining(_of_project(project_for))),
    get(f"{_PROJECT}/roots", _of_project(_roots)),
    get(f"{_PROJECT}/siteRoots", site_roots),
    get(f"{_PROJECT}/stats", _of_project(lambda _, p: {"counts": counts(p, *_COUNTED)})),
    get(f"{_PROJECT}/users", users_with_access),
    get(f"{_PROJECT}/guests", guests),
    get(f"{_PROJECT}/bundle", bundle),
    get(f"{_PROJECT}/teams", teams),
    get(f"{_PROJECT}/tags", _of_project(used_tags)),
    get(f"{_PROJECT}/links/types", _of_project(lambda _, p: {"types": p.anatomy.link_types})),
    get(f"{_PROJECT}/productTypes", _of_project(_product_types)),
    get(f"{_PROJECT}/activityCategories", _of_project(lambda *_: {"categories": []})),
    get(f"{_PROJECT}/entityListFolders", _of_project(_list_folders)),
]
