"""JSON schemas of permissions, of the server's configuration, of anatomies.

They are derived from the values, so they name every field and its type and leave out titles.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import caller_of, studio_of
from ayon_proxy.demo.people import permissions
from ayon_proxy.demo.rest.anatomy_reads import anatomy_view
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.vocabulary import anatomy

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


def of_anatomy(request: Request) -> dict[str, Any]:
    """`GET /api/anatomy/schema`: for users."""
    caller_of(request)
    return schema_of(anatomy_view(anatomy(), {}))


routes: list[Route] = [
    get("/api/accessGroups/_schema", of_permissions),
    get("/api/config/schema", of_config),
    get("/api/anatomy/schema", of_anatomy),
]
