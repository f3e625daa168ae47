"""The REST API's reads, and what surrounds them: logins, files, the web client's page.

Writes are in `writes`. `ROUTES` are tried in order; `LAST_ROUTES` catch every path that is left,
so they have to come after everybody else's.
"""

from __future__ import annotations

from starlette.routing import Route

from ayon_proxy.demo.rest import (
    access_groups,
    actions,
    activity_reads,
    addons,
    anatomy_reads,
    bundles,
    desktop,
    entity_reads,
    event_reads,
    folder_search,
    frontend,
    grouping,
    hierarchy,
    info,
    instance,
    list_reads,
    logins,
    project_files,
    project_reads,
    resolving,
    reviewables,
    saved_views,
    schemas,
    settings_reads,
    studio_reads,
    thumbnails,
    user_reads,
)

ROUTES: list[Route] = [
    route
    for module in (
        schemas,
        info,
        logins,
        user_reads,
        access_groups,
        project_reads,
        anatomy_reads,
        hierarchy,
        folder_search,
        entity_reads,
        thumbnails,
        project_files,
        reviewables,
        list_reads,
        activity_reads,
        grouping,
        resolving,
        bundles,
        addons,
        settings_reads,
        desktop,
        event_reads,
        saved_views,
        studio_reads,
        instance,
        actions,
    )
    for route in module.routes
]
LAST_ROUTES: list[Route] = frontend.routes
