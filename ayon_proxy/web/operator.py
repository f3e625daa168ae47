"""The proxy's own paths, below `/-/` (contract.md, The proxy's own paths)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from typing import Any

import orjson
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException as StarletteHTTPException

from ayon_proxy.cache.status_document import StatusDocument
from ayon_proxy.policy.forwarded import Network, forwarded_fields, is_loopback
from ayon_proxy.policy.message import Fields
from ayon_proxy.policy.message import Request as Message
from ayon_proxy.web.metrics import CONTENT_TYPE, exposition

AskUpstream = Callable[[Message], Awaitable[bytes | None]]
"""The body of upstream's 200 to a request, or None."""

READ = ["GET", "HEAD"]
"""What load balancers and supervisors may ask with; a HEAD's body is left out by the server."""

CREDENTIALS = frozenset({b"authorization", b"cookie", b"x-api-key"})
PASSED_ON = CREDENTIALS | {b"user-agent", b"x-as-user", b"x-ayon-site-id", b"x-forwarded-for"}
"""Fields with which upstream takes the question for the caller's own: from another address it would
end the session (upstream/server.md 3.3)."""


def operator_app(
    status: StatusDocument,
    ask_upstream: AskUpstream,
    ready: Callable[[], bool],
    trusted: Collection[Network] = (),
) -> FastAPI:
    """The application behind `/-/`. Of `trusted` proxies X-Forwarded-For is believed."""

    async def manager(request: Request) -> None:
        """Loopback clients, and managers as upstream knows them; 403 for all others."""
        fields: Fields = tuple(request.scope["headers"])
        peer = request.client.host if request.client else None
        own = forwarded_fields(fields, peer, trusted)
        if not is_loopback(peer, fields) and not await _is_manager(own, ask_upstream):
            raise HTTPException(403, "Only for loopback clients and AYON managers.")

    router = APIRouter(prefix="/-")
    guarded = [Depends(manager)]

    @router.api_route("/healthy", methods=READ)
    async def healthy() -> dict[str, str]:
        return {"status": "ok"}

    @router.api_route("/ready", methods=READ)
    async def is_ready() -> JSONResponse:
        if ready():
            return JSONResponse({"status": "ok"})
        return JSONResponse({"status": "storage is not open"}, 503)

    @router.get("/status", dependencies=guarded)
    async def status_document() -> dict[str, Any]:
        return await status.current()

    @router.get("/metrics", dependencies=guarded)
    async def metrics() -> Response:
        return Response(exposition(await status.current(), status.at_work), media_type=CONTENT_TYPE)

    app = FastAPI(title="ayon-proxy", openapi_url=None, docs_url=None, redoc_url=None)
    app.include_router(router)
    app.add_exception_handler(StarletteHTTPException, _as_ayon_would)
    return app


async def _is_manager(fields: Fields, ask_upstream: AskUpstream) -> bool:
    """Whether upstream, asked with the caller's own credential, says so."""
    own = tuple(field for field in fields if field[0] in PASSED_ON)
    if not any(name in CREDENTIALS for name, _ in own):
        return False
    try:
        user = orjson.loads(await ask_upstream(Message("GET", b"/api/users/me", b"", own)) or b"{}")
    except orjson.JSONDecodeError:
        return False
    data = user.get("data") if isinstance(user, dict) else None
    roles = ("isManager", "isAdmin", "isService")
    return isinstance(data, dict) and any(data.get(role) is True for role in roles)


async def _as_ayon_would(_: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, StarletteHTTPException)  # noqa: S101
    return JSONResponse({"code": error.status_code, "detail": error.detail}, error.status_code)
