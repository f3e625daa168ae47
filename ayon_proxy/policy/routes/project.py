"""TABLE: projects themselves: the list, anatomy, roots, access, teams, dashboards."""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import COUNTED, ENTITY, PICTURE, ROOTS, STUDIO_CONFIG
from ayon_proxy.policy.routes.carrying import carries
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.routes.rows import asked_by_post, passed, picture, stored, write

_PROJECT = carries("shows the project itself")
_COUNTED = ("lists without a parent",)
_TYPES = ("folder", "task", "product", "version", "representation", "workfile")
_ALL_TYPES = tuple(tag for each in _TYPES for tag in carries(*_COUNTED, of=each))

ROUTES = (
    # The list shows each caller's pins and what the caller may see.
    stored("/api/projects", STUDIO_CONFIG, *carries("projects")),
    stored("/api/projects/{project}", STUDIO_CONFIG, *_PROJECT, share=Share.PROJECT),
    stored("/api/projects/{project}/anatomy", STUDIO_CONFIG, *_PROJECT, share=Share.PROJECT),
    picture(
        "/api/projects/{project}/thumbnail", "projects", lifetimes=PICTURE, share=Share.PROJECT
    ),
    write("POST", "/api/projects"),
    write("PUT DELETE", "/api/projects/{project}"),
    write("POST", "/api/projects/{project}/rename"),
    write("PATCH", "/api/projects/{project}"),
    write("POST", "/api/projects/{project}/anatomy"),
    write("POST", "/api/projects/{project}/thumbnail"),
    # Roots: the caller's own, per site. The platform is that of the site's record.
    stored("/api/projects/{project}/roots", ROOTS, *carries("sites")),
    stored("/api/projects/{project}/siteRoots", ROOTS, *carries("sites"), vary=("x-ayon-site-id",)),
    write("PUT", "/api/projects/{project}/roots/{site_id}"),
    # Bundle of a project
    stored(
        "/api/projects/{project}/bundle",
        STUDIO_CONFIG,
        *carries("bundles", "addons", "packages", "installers"),
        share=Share.PROJECT,
    ),
    write("POST DELETE", "/api/projects/{project}/bundle"),
    write("POST", "/api/projects/{project}/bundles"),
    # Who may see it
    stored("/api/projects/{project}/users", STUDIO_CONFIG, *carries("users")),
    stored("/api/projects/{project}/guests", STUDIO_CONFIG, *carries("users", "projects")),
    stored(
        "/api/projects/{project}/teams",
        STUDIO_CONFIG,
        *carries("users", "projects"),
        share=Share.PROJECT,
    ),
    write("PATCH", "/api/projects/{project}/users/{user_name}"),
    write("POST", "/api/projects/{project}/guests"),
    write("DELETE", "/api/projects/{project}/guests/{email}"),
    write("PATCH", "/api/projects/{project}/teams"),
    write("PUT DELETE", "/api/projects/{project}/teams/{team_name}"),
    write("PUT DELETE", "/api/projects/{project}/teams/{team_name}/members/{member_name}"),
    # The product types of its anatomy
    stored("/api/projects/{project}/productTypes", STUDIO_CONFIG, *_PROJECT, share=Share.PROJECT),
    # Counted from what is in it
    stored("/api/projects/{project}/stats", ENTITY, *_ALL_TYPES, share=Share.PROJECT),
    stored("/api/projects/{project}/tags", ENTITY, *_ALL_TYPES, share=Share.PROJECT),
    # Groups by the type of product are of products, whatever type the path names.
    stored(
        "/api/projects/{project}/grouping/{entity_type}/{grouping_key}",
        COUNTED,
        *carries(*_COUNTED, "shows attributes of folders or tasks", of="{entity_type}"),
        *carries(*_COUNTED, of="product"),
        *carries("shows the project itself", "product types", "users"),
        share=Share.PROJECT,
    ),
    stored("/api/projects/{project}/dashboard/entities", ENTITY, *_ALL_TYPES, share=Share.PROJECT),
    stored(
        "/api/projects/{project}/dashboard/health",
        COUNTED,
        *carries(*_COUNTED, "shows the project itself", of="task"),
        share=Share.PROJECT,
    ),
    stored(
        "/api/projects/{project}/dashboard/users",
        COUNTED,
        *carries("users", "projects"),
        share=Share.PROJECT,
    ),
    # Counts the events of each day.
    stored(
        "/api/projects/{project}/dashboard/activity",
        COUNTED,
        *carries("may show anything of a project"),
        share=Share.PROJECT,
    ),
    # Folders that projects are sorted into
    stored("/api/projectFolders", STUDIO_CONFIG, *carries("projects"), share=Share.SIGNED_IN),
    write("POST", "/api/projectFolders"),
    write("POST", "/api/projectFolders/assign"),
    write("POST", "/api/projectFolders/order"),
    write("PATCH DELETE", "/api/projectFolders/{folder_id}"),
    # Table files
    stored(
        "/api/csv/export/{entity_type}/fields",
        STUDIO_CONFIG,
        *carries("attributes", "projects"),
        share=Share.SIGNED_IN,
    ),
    asked_by_post("/api/csv/export/{entity_type}"),
    passed("PUT", "/api/csv/import/upload", "parked for an import: nothing shows it"),
    write("POST", "/api/csv/import/{import_type}"),
)
