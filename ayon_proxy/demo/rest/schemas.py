"""JSON schemas of permissions and of the server's configuration, for everyone.

They are derived from the values, so they name every field and its type and leave out titles.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import studio_of
from ayon_proxy.demo.people import permissions
from ayon_proxy.demo.rest.routing import get

_TYPES = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array"}


def schema_of(value: Any) -> dict[str, Any]:
    """The schema of an example."""
    if isinstance(value, dict):
        properties = {key: schema_of(each) for key, each in value.items()}
        return {"type": "object", "properties": properties}
    kind = _TYPES.get(type(value))
    return {"type": kind, "default": value} if kind else {"default": value}


def of_permissions(_: Request) -> dict[str, Any]:
    """`GET /api/accessGroups/_schema`."""
    return schema_of(permissions())


def of_config(request: Request) -> dict[str, Any]:
    """`GET /api/config/schema`."""
    return schema_of(studio_of(request).config)


routes: list[Route] = [
    get("/api/accessGroups/_schema", of_permissions),
    get("/api/config/schema", of_config),
]
