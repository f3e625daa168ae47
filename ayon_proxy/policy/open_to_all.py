"""TABLE: what upstream answers without a credential, or with one that it does not know
(upstream/server.md 3.4)."""

from __future__ import annotations

from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Route
from ayon_proxy.policy.routes.unlisted import SAFE_REQUEST, UNSAFE_REQUEST

PATTERNS = frozenset(
    {
        "/",
        "/static/{rest:path}",
        "/addons/{addon_name}/{addon_version}/public/{rest:path}",
        "/addons/{addon_name}/{addon_version}/frontend/{rest:path}",
        "/api/info",
        "/api/auth/login",
        "/api/auth/logout",
        "/api/auth/tokenauth",
        "/api/users/acceptInvite",
        "/api/users/passwordReset",
        "/api/users/passwordResetRequest",
        "/api/config/schema",
        "/api/accessGroups/_schema",
        "/api/csv/export/{entity_type}/fields",
        "/api/system/restartRequired",
        "/api/market/releases",
        "/api/market/releases/{release_name}",
        "/api/connect",
        "/api/connect/authorize",
        "/api/actions/take/{token}",
        "/api/actions/abort/{token}",
        "/api/onboarding/initialize",
        "/openapi.json",
        "/docs",
        "/graphiql",
        "/graphiql/{rest:path}",
    }
)


def open_to_all(route: Route, request: Request) -> bool:
    """Whether a credential that upstream does not know makes no difference to the answer.

    The pages of the web client have no rows: any path outside of the API is one (observed.md).
    """
    if route in (SAFE_REQUEST, UNSAFE_REQUEST):
        return not request.path.startswith((b"/api", b"/addons", b"/graphql", b"/ws"))
    return route.pattern in PATTERNS
