"""THE ROUTE TABLE, joined. The most literal pattern wins, whatever the order of the rows."""

from __future__ import annotations

from ayon_proxy.policy.routes import (
    conversation,
    entities,
    files,
    identity,
    passed,
    project,
    studio,
    unlisted,
    web_client,
)
from ayon_proxy.policy.routes.route import Route

ROUTES: tuple[Route, ...] = (
    *entities.ROUTES,
    *conversation.ROUTES,
    *project.ROUTES,
    *studio.ROUTES,
    *files.ROUTES,
    *identity.ROUTES,
    *passed.ROUTES,
    *web_client.ROUTES,
    *unlisted.ROUTES,
)
