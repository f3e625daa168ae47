"""The application: all routes, who asks settled once, errors in the server's forms.

Each module that answers something exports `routes`; `ROUTES` has them in the order in which they
are tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from uuid import uuid4

from starlette.applications import Starlette
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ayon_proxy.demo import credentials, rest, websocket, writes
from ayon_proxy.demo.answers import json_answer
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql import endpoint as graphql_endpoint
from ayon_proxy.demo.studio import Studio

ROUTES: Sequence[Sequence[BaseRoute]] = (
    rest.ROUTES,
    graphql_endpoint.routes,
    writes.ROUTES,
    websocket.routes,
    rest.LAST_ROUTES,
)


def create_app(studio: Studio) -> Starlette:
    """The server of one studio, as an ASGI application. `app.state.studio` is the studio."""
    app = Starlette(
        routes=[route for routes in ROUTES for route in routes],
        middleware=[Middleware(WhoAsks, studio=studio)],
        exception_handlers={
            AyonError: refused,
            HTTPException: not_routed,
        },
    )
    app.router.redirect_slashes = False
    app.state.studio = studio
    return app


class WhoAsks:
    """Settles the caller before anything else, and numbers the answers (`x-request-id`).

    `request.state.caller` is a Caller or None; `request.state.refusal` says why it is None.
    """

    def __init__(self, app: ASGIApp, studio: Studio) -> None:
        self.app = app
        self.studio = studio

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, with its caller in its state."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        state["caller"], state["refusal"] = None, ""
        try:
            state["caller"] = credentials.caller(
                self.studio, Headers(scope=scope), scope["query_string"]
            )
        except AyonError as error:
            state["refusal"] = error.detail
        except credentials.UnknownUserError:
            await PlainTextResponse("Internal Server Error", 500)(scope, receive, send)
            return

        async def numbered(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).setdefault("x-request-id", uuid4().hex)
            await send(message)

        await self.app(scope, receive, numbered)


async def refused(_: Request, error: Exception) -> Response:
    """An AyonError as JSON."""
    assert isinstance(error, AyonError)  # noqa: S101 - registered for this class only
    return json_answer(error.body(), error.status)


async def not_routed(request: Request, error: Exception) -> Response:
    """No such path, or no such method on it; each in the server's own form (corpus README)."""
    assert isinstance(error, HTTPException)  # noqa: S101 - registered for this class only
    path = request.url.path
    if request.method == "HEAD":
        return Response(status_code=404)
    if error.status_code == 404 and path.startswith("/api"):
        detail = f"API endpoint {path} not found"
        return json_answer({"code": 404, "detail": detail, "path": path}, 404)
    if error.status_code == 405:
        return json_answer({"detail": "Method Not Allowed"}, 405)
    return PlainTextResponse(error.detail, error.status_code)
