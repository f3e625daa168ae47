"""TABLE: projects themselves: the list, anatomy, roots, access, teams, dashboards."""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import ENTITY, STUDIO_CONFIG
from ayon_proxy.policy.routes.rows import (
    ANSWERS,
    PROJECT,
    PROJECT_ANSWERS,
    asked_by_post,
    passed,
    picture,
    stored,
    write,
)

ROUTES = (
    # The list shows each caller's pins and what the caller may see.
    stored("/api/projects", STUDIO_CONFIG, "projects", "users"),
    # Assigning a project to a project folder changes the project's own data.
    stored("/api/projects/{project}", STUDIO_CONFIG, "projects"),
    stored("/api/projects/{project}/anatomy", STUDIO_CONFIG, "projects"),
    picture("/api/projects/{project}/thumbnail"),
    # Creating one may give its maker, and the default users, access to it.
    write("POST", "/api/projects", "projects", "users"),
    # Everybody's access groups name the project.
    write("PUT DELETE", "/api/projects/{project}", PROJECT, ANSWERS),
    write("POST", "/api/projects/{project}/rename", PROJECT, ANSWERS),
    # Settings forms offer its statuses and types.
    write("PATCH", "/api/projects/{project}", PROJECT_ANSWERS, "projects"),
    write("POST", "/api/projects/{project}/anatomy", PROJECT_ANSWERS, "projects"),
    write("POST", "/api/projects/{project}/thumbnail", PROJECT_ANSWERS),
    # Roots: the caller's own, per site. The platform is that of the site's record.
    stored("/api/projects/{project}/roots", STUDIO_CONFIG, "sites"),
    stored("/api/projects/{project}/siteRoots", STUDIO_CONFIG, "sites", vary=("x-ayon-site-id",)),
    write("PUT", "/api/projects/{project}/roots/{site_id}", PROJECT_ANSWERS),
    # Bundle of a project
    stored("/api/projects/{project}/bundle", STUDIO_CONFIG, "bundles", "settings"),
    write("POST DELETE", "/api/projects/{project}/bundle", PROJECT_ANSWERS, "bundles", "settings"),
    write("POST", "/api/projects/{project}/bundles", PROJECT_ANSWERS, "bundles", "settings"),
    # Who may see it. Access changes what is shown of everything.
    stored("/api/projects/{project}/users", STUDIO_CONFIG, "users"),
    stored("/api/projects/{project}/guests", STUDIO_CONFIG, "users"),
    stored("/api/projects/{project}/teams", STUDIO_CONFIG, "users"),
    write("PATCH", "/api/projects/{project}/users/{user_name}", PROJECT_ANSWERS, ANSWERS),
    write("POST", "/api/projects/{project}/guests", PROJECT_ANSWERS, ANSWERS),
    write("DELETE", "/api/projects/{project}/guests/{email}", PROJECT_ANSWERS, ANSWERS),
    write("PATCH", "/api/projects/{project}/teams", PROJECT_ANSWERS),
    write("PUT DELETE", "/api/projects/{project}/teams/{team_name}", PROJECT_ANSWERS),
    write(
        "PUT DELETE",
        "/api/projects/{project}/teams/{team_name}/members/{member_name}",
        PROJECT_ANSWERS,
    ),
    # Counted from what is in it
    stored("/api/projects/{project}/productTypes", ENTITY),
    stored("/api/projects/{project}/stats", ENTITY),
    stored("/api/projects/{project}/tags", ENTITY),
    stored("/api/projects/{project}/grouping/{entity_type}/{grouping_key}", ENTITY),
    stored("/api/projects/{project}/dashboard/entities", ENTITY),
    stored("/api/projects/{project}/dashboard/health", ENTITY),
    stored("/api/projects/{project}/dashboard/users", ENTITY, "users"),
    # Counts a day's events; those that a service makes up itself are seen a few seconds later.
    stored("/api/projects/{project}/dashboard/activity", ENTITY),
    # Folders that projects are sorted into
    stored("/api/projectFolders", STUDIO_CONFIG, "projects"),
    write("POST", "/api/projectFolders", "projects"),
    write("POST", "/api/projectFolders/assign", "projects"),
    write("POST", "/api/projectFolders/order", "projects"),
    write("PATCH DELETE", "/api/projectFolders/{folder_id}", "projects"),
    # Table files
    stored("/api/csv/export/{entity_type}/fields", STUDIO_CONFIG, "attributes", "projects"),
    asked_by_post("/api/csv/export/{entity_type}"),
    passed("PUT", "/api/csv/import/upload", "parked for an import: nothing shows it"),
    # Users too can be imported; the project is named in the query.
    write("POST", "/api/csv/import/{import_type}", ANSWERS),
)
