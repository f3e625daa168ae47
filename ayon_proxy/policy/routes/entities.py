"""TABLE: folders, tasks, products, versions, representations, workfiles and what hangs on them.

A write to one entity shows in many others (paths, inherited attributes, latest versions, cascades:
upstream/server.md 1.5), so it invalidates all answers of its project.
"""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import ENTITY
from ayon_proxy.policy.routes.route import Kind, Route
from ayon_proxy.policy.routes.rows import (
    ANSWERS,
    JSON,
    PROJECT,
    PROJECT_ANSWERS,
    asked_by_post,
    passed,
    picture,
    stored,
    write,
)

RESOLVE = Route(
    ("POST",),
    "/api/resolve",
    Kind.RESOLVE,
    lifetimes=ENTITY,
    tags=(PROJECT, PROJECT_ANSWERS, ANSWERS),
    media=JSON,
    vary=("x-ayon-site-id",),
    safe=True,
)
"""Each URI is stored on its own, under the project it names; roots are those of the site."""

ROUTES = (
    # Folders
    stored("/api/projects/{project}/folders", ENTITY),
    stored("/api/projects/{project}/hierarchy", ENTITY),
    stored("/api/projects/{project}/folders/{folder_id}", ENTITY, "entity:{folder_id}"),
    stored("/api/projects/{project}/folders/{folder_id}/reviewables", ENTITY, "entity:{folder_id}"),
    picture("/api/projects/{project}/folders/{folder_id}/thumbnail", "entity:{folder_id}"),
    asked_by_post("/api/projects/{project}/folders/search"),
    asked_by_post("/api/projects/{project}/tasksFolders"),
    write("POST", "/api/projects/{project}/folders", PROJECT_ANSWERS),
    write(
        "PATCH DELETE",
        "/api/projects/{project}/folders/{folder_id}",
        PROJECT_ANSWERS,
        "entity:{folder_id}",
    ),
    write(
        "POST",
        "/api/projects/{project}/folders/{folder_id}/thumbnail",
        PROJECT_ANSWERS,
        "entity:{folder_id}",
    ),
    # Tasks
    stored("/api/projects/{project}/tasks/{task_id}", ENTITY, "entity:{task_id}"),
    stored("/api/projects/{project}/tasks/{task_id}/reviewables", ENTITY, "entity:{task_id}"),
    picture("/api/projects/{project}/tasks/{task_id}/thumbnail", "entity:{task_id}"),
    write("POST", "/api/projects/{project}/tasks", PROJECT_ANSWERS),
    write(
        "PATCH DELETE",
        "/api/projects/{project}/tasks/{task_id}",
        PROJECT_ANSWERS,
        "entity:{task_id}",
    ),
    write(
        "POST",
        "/api/projects/{project}/tasks/{task_id}/assign",
        PROJECT_ANSWERS,
        "entity:{task_id}",
    ),
    write(
        "POST",
        "/api/projects/{project}/tasks/{task_id}/thumbnail",
        PROJECT_ANSWERS,
        "entity:{task_id}",
    ),
    # Products
    stored("/api/projects/{project}/products/{product_id}", ENTITY, "entity:{product_id}"),
    stored(
        "/api/projects/{project}/products/{product_id}/reviewables", ENTITY, "entity:{product_id}"
    ),
    write("POST", "/api/projects/{project}/products", PROJECT_ANSWERS),
    write(
        "PATCH DELETE",
        "/api/projects/{project}/products/{product_id}",
        PROJECT_ANSWERS,
        "entity:{product_id}",
    ),
    # Versions
    stored("/api/projects/{project}/versions/{version_id}", ENTITY, "entity:{version_id}"),
    stored(
        "/api/projects/{project}/versions/{version_id}/reviewables", ENTITY, "entity:{version_id}"
    ),
    picture("/api/projects/{project}/versions/{version_id}/thumbnail", "entity:{version_id}"),
    write("POST", "/api/projects/{project}/versions", PROJECT_ANSWERS),
    write(
        "PATCH DELETE",
        "/api/projects/{project}/versions/{version_id}",
        PROJECT_ANSWERS,
        "entity:{version_id}",
    ),
    write(
        "POST PATCH",
        "/api/projects/{project}/versions/{version_id}/reviewables",
        PROJECT_ANSWERS,
        "entity:{version_id}",
    ),
    write(
        "PATCH",
        "/api/projects/{project}/versions/{version_id}/reviewables/{activity_id}",
        PROJECT_ANSWERS,
        "entity:{version_id}",
    ),
    write(
        "POST",
        "/api/projects/{project}/versions/{version_id}/thumbnail",
        PROJECT_ANSWERS,
        "entity:{version_id}",
    ),
    # Representations
    stored(
        "/api/projects/{project}/representations/{representation_id}",
        ENTITY,
        "entity:{representation_id}",
    ),
    asked_by_post("/api/projects/{project}/repreContextFilter"),
    write("POST", "/api/projects/{project}/representations", PROJECT_ANSWERS),
    write(
        "PATCH DELETE",
        "/api/projects/{project}/representations/{representation_id}",
        PROJECT_ANSWERS,
        "entity:{representation_id}",
    ),
    # Workfiles
    stored("/api/projects/{project}/workfiles/{workfile_id}", ENTITY, "entity:{workfile_id}"),
    picture(
        "/api/projects/{project}/workfiles/{workfile_id}/thumbnail",
        "entity:{workfile_id}",
    ),
    write("POST", "/api/projects/{project}/workfiles", PROJECT_ANSWERS),
    write(
        "PATCH DELETE",
        "/api/projects/{project}/workfiles/{workfile_id}",
        PROJECT_ANSWERS,
        "entity:{workfile_id}",
    ),
    write(
        "POST",
        "/api/projects/{project}/workfiles/{workfile_id}/thumbnail",
        PROJECT_ANSWERS,
        "entity:{workfile_id}",
    ),
    # Thumbnails by their own id
    picture("/api/projects/{project}/thumbnails/{thumbnail_id}"),
    write("POST", "/api/projects/{project}/thumbnails", PROJECT_ANSWERS),
    write("PUT", "/api/projects/{project}/thumbnails/{thumbnail_id}", PROJECT_ANSWERS),
    # Many at once
    write("POST", "/api/projects/{project}/operations", PROJECT_ANSWERS),
    write("POST", "/api/projects/{project}/operations/activities", PROJECT_ANSWERS),
    write("POST", "/api/projects/{project}/operations/background", PROJECT_ANSWERS),
    passed(
        "GET",
        "/api/projects/{project}/operations/background/{task_id}",
        "the state of a running task; the write has happened by the time it says so",
        invalidates=(PROJECT_ANSWERS,),
    ),
    # URIs
    RESOLVE,
    asked_by_post("/api/projects/{project}/uris"),
    # From AYON 1.16.4 on
    asked_by_post("/api/projects/{project}/{entity_type}/reviewables/list"),
)
