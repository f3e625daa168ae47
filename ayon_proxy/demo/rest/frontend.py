"""What is not API: the web client's page at every other path, and unknown API paths.

These routes come last. Any GET path below `/api` or `/addons` that nothing else answers is 404,
also where other methods exist; HEAD is 404 on all of the API (corpus `connection`).
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer
from ayon_proxy.demo.asking import studio_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.ranges import entity_tag
from ayon_proxy.demo.rest.routing import get, route

PAGE = "<!doctype html><title>AYON (demo)</title>\n"


def page(request: Request) -> Response:
    """The web client's page, or 404 below `/api` and `/addons`."""
    path = request.url.path
    if path == "/api" or path.startswith(("/api/", "/addons/")):
        detail = f"API endpoint {path} not found"
        return json_answer({"code": 404, "detail": detail, "path": path}, 404)
    return HTMLResponse(PAGE, headers={"cache-control": "no-cache"})


def static_file(request: Request) -> Response:
    """`/static/…`: files of the server's disk, with ETag and 304, for everyone."""
    stored = studio_of(request).files.get(f"static/{request.path_params['path']}")
    if stored is None:
        return Response("Not Found", 404, media_type="text/plain")
    tag = entity_tag(len(stored.content), stored.modified_at)
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers={"etag": tag})
    return Response(stored.content, headers={"etag": tag}, media_type=stored.content_type)


def _documentation(what: str, *, for_managers: bool) -> Any:
    def answer(request: Request) -> Response:
        caller = request.state.caller
        if caller is None:
            raise AyonError(403, f"You must be logged in to access {what}")
        if for_managers and not caller.is_manager:
            raise AyonError(403, f"You are not allowed to access {what}")
        if for_managers:
            return json_answer(_openapi(request))
        return HTMLResponse("<!DOCTYPE html><title>Ayon server</title>\n")

    return answer


def _openapi(request: Request) -> dict[str, Any]:
    paths: dict[str, dict[str, Any]] = {}
    for each in request.app.routes:
        if isinstance(each, Route) and each.path.startswith("/api/"):
            methods = paths.setdefault(each.path.removeprefix("/api"), {})
            methods.update({name.lower(): {} for name in each.methods or ()})
    return {
        "openapi": "3.1.0",
        "info": {"title": "Ayon server", "version": studio_of(request).version},
        "paths": paths,
    }


routes: list[Route] = [
    get("/openapi.json", _documentation("OpenAPI schema", for_managers=True)),
    get("/docs", _documentation("API documentation", for_managers=False)),
    get("/static/{path:path}", static_file),
    get("/{path:path}", page),
    route("HEAD", "/{path:path}", page),
]
