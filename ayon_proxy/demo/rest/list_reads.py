"""Entity lists: `GET …/lists/{id}`, its attributes, its entities' ids."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import entity_id_of, project_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import EntityList
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.views import list_view


def list_of(request: Request) -> EntityList:
    """The list the path names. Raises AyonError 404."""
    list_id = entity_id_of(request, "entity_list_id")
    _, project = project_of(request)
    found = project.lists.get(list_id)
    if found is None:
        raise AyonError(404, f"Entity list {list_id} not found")
    return found


def entity_list(request: Request) -> dict[str, Any]:
    """The list with its items, or without (`metadata_only=true`)."""
    metadata_only = request.query_params.get("metadata_only", "").lower() in {"true", "1"}
    return list_view(list_of(request), with_items=not metadata_only)


def entities(request: Request) -> dict[str, Any]:
    """The ids of its entities, each once, in no order."""
    found = list_of(request)
    ids = dict.fromkeys(item.entity_id for item in found.items)
    return {"entityType": found.entity_type, "entityIds": list(ids)}


def attributes(request: Request) -> list[dict[str, Any]]:
    """The attributes its items can have."""
    found = list_of(request)
    return found.attributes or found.data.get("attributes", [])


_LIST = "/api/projects/{project_name}/lists/{entity_list_id}"
routes: list[Route] = [
    get(_LIST, entity_list),
    get(f"{_LIST}/entities", entities),
    get(f"{_LIST}/attributes", attributes),
]
