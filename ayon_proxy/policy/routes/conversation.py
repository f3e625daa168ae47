"""TABLE: activities, watchers, links and entity lists of a project."""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import ENTITY
from ayon_proxy.policy.routes.rows import PROJECT_ANSWERS, asked_by_post, stored, write

ROUTES = (
    # Activities. A comment also moves its entity's `updatedAt` and adds watchers.
    stored("/api/projects/{project}/activityCategories", ENTITY),
    stored(
        "/api/projects/{project}/{entity_type}/{entity_id}/watchers", ENTITY, "entity:{entity_id}"
    ),
    asked_by_post("/api/projects/{project}/suggest"),
    write(
        "POST",
        "/api/projects/{project}/{entity_type}/{entity_id}/activities",
        PROJECT_ANSWERS,
        "entity:{entity_id}",
    ),
    write(
        "POST",
        "/api/projects/{project}/{entity_type}/{entity_id}/watchers",
        PROJECT_ANSWERS,
        "entity:{entity_id}",
    ),
    write("PATCH DELETE", "/api/projects/{project}/activities/{activity_id}", PROJECT_ANSWERS),
    write("POST", "/api/projects/{project}/activities/{activity_id}/reactions", PROJECT_ANSWERS),
    write(
        "DELETE",
        "/api/projects/{project}/activities/{activity_id}/reactions/{reaction}",
        PROJECT_ANSWERS,
    ),
    # Links. Settings forms offer the link types of a project.
    stored("/api/projects/{project}/links/types", ENTITY),
    write("POST", "/api/projects/{project}/links", PROJECT_ANSWERS),
    write("POST", "/api/projects/{project}/links/bulk", PROJECT_ANSWERS),
    write("DELETE", "/api/projects/{project}/links/{link_id}", PROJECT_ANSWERS),
    write(
        "PUT DELETE",
        "/api/projects/{project}/links/types/{link_type}",
        PROJECT_ANSWERS,
        "projects",
    ),
    # Entity lists
    stored("/api/projects/{project}/lists/{list_id}", ENTITY, "entity:{list_id}"),
    stored("/api/projects/{project}/lists/{list_id}/attributes", ENTITY, "entity:{list_id}"),
    stored("/api/projects/{project}/lists/{list_id}/entities", ENTITY, "entity:{list_id}"),
    stored("/api/projects/{project}/entityListFolders", ENTITY),
    write("POST", "/api/projects/{project}/lists", PROJECT_ANSWERS),
    write(
        "PATCH DELETE",
        "/api/projects/{project}/lists/{list_id}",
        PROJECT_ANSWERS,
        "entity:{list_id}",
    ),
    write(
        "PUT",
        "/api/projects/{project}/lists/{list_id}/attributes",
        PROJECT_ANSWERS,
        "entity:{list_id}",
    ),
    write(
        "POST PATCH",
        "/api/projects/{project}/lists/{list_id}/items",
        PROJECT_ANSWERS,
        "entity:{list_id}",
    ),
    write(
        "PATCH DELETE",
        "/api/projects/{project}/lists/{list_id}/items/{item_id}",
        PROJECT_ANSWERS,
        "entity:{list_id}",
    ),
    write(
        "POST",
        "/api/projects/{project}/lists/{list_id}/order",
        PROJECT_ANSWERS,
        "entity:{list_id}",
    ),
    write(
        "POST",
        "/api/projects/{project}/lists/{list_id}/materialize",
        PROJECT_ANSWERS,
        "entity:{list_id}",
    ),
    write("POST", "/api/projects/{project}/entityListFolders", PROJECT_ANSWERS),
    write("POST", "/api/projects/{project}/entityListFolders/order", PROJECT_ANSWERS),
    write("PATCH DELETE", "/api/projects/{project}/entityListFolders/{folder_id}", PROJECT_ANSWERS),
)
