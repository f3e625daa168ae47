"""TABLE: activities, watchers, links and entity lists of a project."""

from __future__ import annotations

from ayon_proxy.policy.lifetimes import CONVERSATION
from ayon_proxy.policy.routes.carrying import carries
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.routes.rows import asked_by_post, stored, write

_LIST = carries("shows an entity list", "shows or matches paths", "users", listed="list_id")
"""Items are shown with the path of their folder, whether or not they still are; who may see a list
stands in it."""

ROUTES = (
    # Activities. What decides about categories is not in the open server (upstream/server.md
    # 4.1).
    stored(
        "/api/projects/{project}/activityCategories",
        CONVERSATION,
        *carries("may show anything of a project", "settings"),
    ),
    stored(
        "/api/projects/{project}/{entity_type}/{entity_id}/watchers",
        CONVERSATION,
        *carries(
            "asked by id",
            "shows activities of entities",
            "is limited by folder rules",
            of="{entity_type}",
            asked="entity_id",
        ),
    ),
    asked_by_post("/api/projects/{project}/suggest"),
    write("POST", "/api/projects/{project}/{entity_type}/{entity_id}/activities"),
    write("POST", "/api/projects/{project}/{entity_type}/{entity_id}/watchers"),
    write("PATCH DELETE", "/api/projects/{project}/activities/{activity_id}"),
    write("POST", "/api/projects/{project}/activities/{activity_id}/reactions"),
    write("DELETE", "/api/projects/{project}/activities/{activity_id}/reactions/{reaction}"),
    # Links
    stored(
        "/api/projects/{project}/links/types",
        CONVERSATION,
        *carries("lists link types"),
        share=Share.PROJECT,
    ),
    write("POST", "/api/projects/{project}/links"),
    write("POST", "/api/projects/{project}/links/bulk"),
    write("DELETE", "/api/projects/{project}/links/{link_id}"),
    write("PUT DELETE", "/api/projects/{project}/links/types/{link_type}"),
    # Entity lists
    stored("/api/projects/{project}/lists/{list_id}", CONVERSATION, *_LIST),
    stored("/api/projects/{project}/lists/{list_id}/attributes", CONVERSATION, *_LIST),
    stored("/api/projects/{project}/lists/{list_id}/entities", CONVERSATION, *_LIST),
    stored(
        "/api/projects/{project}/entityListFolders", CONVERSATION, *carries("lists entity lists")
    ),
    write("POST", "/api/projects/{project}/lists"),
    write("PATCH DELETE", "/api/projects/{project}/lists/{list_id}"),
    write("PUT", "/api/projects/{project}/lists/{list_id}/attributes"),
    write("POST PATCH", "/api/projects/{project}/lists/{list_id}/items"),
    write("PATCH DELETE", "/api/projects/{project}/lists/{list_id}/items/{item_id}"),
    write("POST", "/api/projects/{project}/lists/{list_id}/order"),
    write("POST", "/api/projects/{project}/lists/{list_id}/materialize"),
    write("POST", "/api/projects/{project}/entityListFolders"),
    write("POST", "/api/projects/{project}/entityListFolders/order"),
    write("PATCH DELETE", "/api/projects/{project}/entityListFolders/{folder_id}"),
)
