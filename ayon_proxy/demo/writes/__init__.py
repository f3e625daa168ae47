"""Everything that changes the studio, with the events it makes, and those it does not make."""

from __future__ import annotations

from starlette.routing import Route

from ayon_proxy.demo.writes import (
    access_writes,
    activity_writes,
    addon_writes,
    bundle_writes,
    entity_writes,
    event_writes,
    file_writes,
    frontend_writes,
    guest_writes,
    link_writes,
    list_folder_writes,
    list_writes,
    operations,
    package_writes,
    project_writes,
    settings_writes,
    studio_writes,
    team_writes,
    thumbnail_writes,
    user_writes,
)

ROUTES: list[Route] = [
    route
    for module in (
        entity_writes,
        operations,
        thumbnail_writes,
        file_writes,
        guest_writes,
        link_writes,
        list_writes,
        list_folder_writes,
        activity_writes,
        project_writes,
        team_writes,
        user_writes,
        access_writes,
        event_writes,
        bundle_writes,
        settings_writes,
        package_writes,
        addon_writes,
        studio_writes,
        frontend_writes,
    )
    for route in module.routes
]
