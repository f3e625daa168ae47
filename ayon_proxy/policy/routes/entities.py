"""TABLE: folders, tasks, products, versions, representations, workfiles and what hangs on them.

One entity shows in many others (paths, inherited attributes, latest versions, cascades:
upstream/server.md 1.5): each row says what its answer shows, in the words of `carried`.
"""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import CONVERSATION, ENTITY, FOLDER_LIST
from ayon_proxy.policy.routes.carrying import carries
from ayon_proxy.policy.routes.route import Kind, Route, Share
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

_ITSELF = ("asked by id", "shows names of statuses or types", "is limited by folder rules")
"""One entity, as REST shows it. `data.thumbnailHash` and `updatedAt` of folders and tasks move
without an event of their own (upstream/server.md 1.5); those of the other types do not."""

_TASK_OR_FOLDER = (
    *_ITSELF,
    "shows or matches paths",
    "shows what other types move",
    "shows attributes of folders or tasks",
)
_PUBLISHED = (*_ITSELF, "shows or matches paths", "shows attributes")

_ALL_FOLDERS = (
    "lists without a parent",
    "shows what other types move",
    "shows or matches paths",
    "shows names of statuses or types",
    "is limited by `assigned` rules",
)

_REVIEWED = (
    *carries("lists without a parent", "shows names of statuses or types", of="version"),
    *carries("lists without a parent", "shows attributes", of="product"),
    *carries("lists activities", "lists entity lists", "is limited by folder rules", "users"),
)
"""Reviewables of every version below: with their products' names and types, their authors' full
names, and for guests as far as a list shows them."""


def _image(of: str, asked: str) -> tuple[str, ...]:
    return carries("is the image of a thumbnail", of=of, asked=asked)


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
    stored(
        "/api/projects/{project}/folders",
        FOLDER_LIST,
        *carries(*_ALL_FOLDERS, "shows attributes of folders or tasks", of="folder"),
        share=Share.PROJECT,
    ),
    stored(
        "/api/projects/{project}/hierarchy",
        FOLDER_LIST,
        *carries(*_ALL_FOLDERS, of="folder"),
        share=Share.PROJECT,
    ),
    stored(
        "/api/projects/{project}/folders/{folder_id}",
        ENTITY,
        *carries(*_TASK_OR_FOLDER, of="folder", asked="folder_id"),
        share=Share.PROJECT,
    ),
    stored(
        "/api/projects/{project}/folders/{folder_id}/reviewables",
        CONVERSATION,
        *carries("asked by id", of="folder", asked="folder_id"),
        *_REVIEWED,
    ),
    picture(
        "/api/projects/{project}/folders/{folder_id}/thumbnail",
        *_image("folder", "folder_id"),
        share=Share.PROJECT,
    ),
    asked_by_post("/api/projects/{project}/folders/search"),
    asked_by_post("/api/projects/{project}/tasksFolders"),
    write("POST", "/api/projects/{project}/folders"),
    write("PATCH DELETE", "/api/projects/{project}/folders/{folder_id}"),
    write("POST", "/api/projects/{project}/folders/{folder_id}/thumbnail"),
    # Tasks
    stored(
        "/api/projects/{project}/tasks/{task_id}",
        ENTITY,
        *carries(*_TASK_OR_FOLDER, of="task", asked="task_id"),
        share=Share.PROJECT,
    ),
    stored(
        "/api/projects/{project}/tasks/{task_id}/reviewables",
        CONVERSATION,
        *carries("asked by id", of="task", asked="task_id"),
        *_REVIEWED,
    ),
    picture(
        "/api/projects/{project}/tasks/{task_id}/thumbnail",
        *_image("task", "task_id"),
        share=Share.PROJECT,
    ),
    write("POST", "/api/projects/{project}/tasks"),
    write("PATCH DELETE", "/api/projects/{project}/tasks/{task_id}"),
    write("POST", "/api/projects/{project}/tasks/{task_id}/assign"),
    write("POST", "/api/projects/{project}/tasks/{task_id}/thumbnail"),
    # Products
    stored(
        "/api/projects/{project}/products/{product_id}",
        ENTITY,
        *carries(*_PUBLISHED, of="product", asked="product_id"),
        share=Share.PROJECT,
    ),
    stored(
        "/api/projects/{project}/products/{product_id}/reviewables",
        CONVERSATION,
        *carries("asked by id", of="product", asked="product_id"),
        *_REVIEWED,
    ),
    write("POST", "/api/projects/{project}/products"),
    write("PATCH DELETE", "/api/projects/{project}/products/{product_id}"),
    # Versions
    stored(
        "/api/projects/{project}/versions/{version_id}",
        ENTITY,
        *carries(*_PUBLISHED, of="version", asked="version_id"),
        share=Share.PROJECT,
    ),
    stored(
        "/api/projects/{project}/versions/{version_id}/reviewables",
        CONVERSATION,
        *carries(*_ITSELF, "shows activities of entities", of="version", asked="version_id"),
        *carries("lists without a parent", "shows attributes", of="product"),
        *carries("lists entity lists", "users"),
    ),
    picture(
        "/api/projects/{project}/versions/{version_id}/thumbnail",
        *_image("version", "version_id"),
        share=Share.PROJECT,
    ),
    write("POST", "/api/projects/{project}/versions"),
    write("PATCH DELETE", "/api/projects/{project}/versions/{version_id}"),
    write("POST PATCH", "/api/projects/{project}/versions/{version_id}/reviewables"),
    write("PATCH", "/api/projects/{project}/versions/{version_id}/reviewables/{activity_id}"),
    write("POST", "/api/projects/{project}/versions/{version_id}/thumbnail"),
    # Representations
    stored(
        "/api/projects/{project}/representations/{representation_id}",
        ENTITY,
        *carries(*_PUBLISHED, of="representation", asked="representation_id"),
        share=Share.PROJECT,
    ),
    asked_by_post("/api/projects/{project}/repreContextFilter"),
    write("POST", "/api/projects/{project}/representations"),
    write("PATCH DELETE", "/api/projects/{project}/representations/{representation_id}"),
    # Workfiles
    stored(
        "/api/projects/{project}/workfiles/{workfile_id}",
        ENTITY,
        *carries(*_ITSELF, "shows attributes", of="workfile", asked="workfile_id"),
        share=Share.PROJECT,
    ),
    picture(
        "/api/projects/{project}/workfiles/{workfile_id}/thumbnail",
        *carries("asked by id", of="workfile", asked="workfile_id"),
        *carries("is a thumbnail by its own id", "is limited by folder rules"),
        share=Share.PROJECT,
    ),
    write("POST", "/api/projects/{project}/workfiles"),
    write("PATCH DELETE", "/api/projects/{project}/workfiles/{workfile_id}"),
    write("POST", "/api/projects/{project}/workfiles/{workfile_id}/thumbnail"),
    # Thumbnails by their own id
    picture(
        "/api/projects/{project}/thumbnails/{thumbnail_id}",
        *carries("is a thumbnail by its own id"),
        share=Share.PROJECT,
    ),
    write("POST", "/api/projects/{project}/thumbnails"),
    write("PUT", "/api/projects/{project}/thumbnails/{thumbnail_id}"),
    # Many at once
    write("POST", "/api/projects/{project}/operations"),
    write("POST", "/api/projects/{project}/operations/activities"),
    write("POST", "/api/projects/{project}/operations/background"),
    passed(
        "GET",
        "/api/projects/{project}/operations/background/{task_id}",
        "the state of a running task; the write has happened by the time it says so",
    ),
    # URIs
    RESOLVE,
    asked_by_post("/api/projects/{project}/uris"),
    # From AYON 1.16.4 on
    asked_by_post("/api/projects/{project}/{entity_type}/reviewables/list"),
)
