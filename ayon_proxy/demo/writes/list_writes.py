"""Entity lists: events name the list, not its items; attributes change in silence.

Every change of a list moves `updatedAt` of all its items (mutations/lists); its attribute
definitions move nothing (server.md 1.4).
"""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo import derivations
from ayon_proxy.demo.answers import json_answer, no_content
from ayon_proxy.demo.asking import body_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import EntityList, ListItem
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes.edit import Edit
from ayon_proxy.demo.writes.entity_writes import edit_of

_LIST_FIELDS = {
    "label": "label",
    "entityListFolderId": "entity_list_folder_id",
    "access": "access",
    "attrib": "attrib",
    "tags": "tags",
    "owner": "owner",
    "active": "active",
    "template": "template",
}


async def create(request: Request) -> Response:
    """`POST …/lists`."""
    edit = edit_of(request)
    given = await body_of(request)
    now = edit.now
    made = EntityList(
        id=given.get("id") or edit.studio.new_id(),
        label=given["label"],
        entity_type=given["entityType"],
        entity_list_type=given.get("entityListType") or "generic",
        entity_list_folder_id=given.get("entityListFolderId"),
        access=given.get("access") or {},
        attrib=given.get("attrib") or {},
        template=given.get("template") or {},
        tags=given.get("tags") or [],
        owner=given.get("owner") or edit.caller.name,
        created_at=now,
        updated_at=now,
        created_by=edit.caller.name,
        updated_by=edit.caller.name,
        creation_order=max((e.creation_order for e in edit.project.lists.values()), default=0) + 1,
    )
    for item in given.get("items") or ():
        _add_item(edit, made, item)
    made.data = {**(given.get("data") or {}), "count": len(made.items)}
    await _tell(edit, made, "created", f"Entity list {made.label} created")
    body = {
        "id": made.id,
        "entityListType": made.entity_list_type,
        "entityType": made.entity_type,
        "label": made.label,
        "count": len(made.items),
    }
    return json_answer(body, 201)


async def change(request: Request) -> Response:
    """`PATCH …/lists/{list_id}`."""
    edit, made = _asked(request)
    given = await body_of(request)
    for key, field in _LIST_FIELDS.items():
        if key in given:
            setattr(made, field, given[key])
    made.data = {**made.data, **(given.get("data") or {})}
    await _changed(edit, made)
    return no_content()


async def delete(request: Request) -> Response:
    """`DELETE …/lists/{list_id}`."""
    edit, made = _asked(request)
    del edit.project.lists[made.id]
    summary = {"entity_list_folder_id": made.entity_list_folder_id, **_summary(made)}
    said = f"Deleted entity list {made.label}"
    edit.dispatch("entity_list.deleted", description=said, summary=summary)
    return no_content()


async def add_item(request: Request) -> Response:
    """`POST …/lists/{list_id}/items`."""
    edit, made = _asked(request)
    _add_item(edit, made, await body_of(request))
    await _changed(edit, made)
    return json_answer(None, 201)


async def change_item(request: Request) -> None:
    """`PATCH …/lists/{list_id}/items/{item_id}`."""
    edit, made = _asked(request)
    _change_item(_item(made, request.path_params["item_id"]), await body_of(request))
    await _changed(edit, made)


async def change_items(request: Request) -> None:
    """`PATCH …/lists/{list_id}/items`: `merge` keeps the others, `replace` does not."""
    edit, made = _asked(request)
    order = await body_of(request)
    known = {each.id: each for each in made.items}
    if order.get("mode") == "delete":
        gone = {each["id"] for each in order["items"]}
        made.items = [each for each in made.items if each.id not in gone]
    else:
        if order.get("mode") == "replace":
            made.items = []
        for each in order["items"]:
            item = known.get(each.get("id", ""))
            if item is None:
                _add_item(edit, made, each)
                continue
            _change_item(item, each)
            if item not in made.items:
                made.items.append(item)
    await _changed(edit, made)


async def delete_item(request: Request) -> None:
    """`DELETE …/lists/{list_id}/items/{item_id}`."""
    edit, made = _asked(request)
    made.items.remove(_item(made, request.path_params["item_id"]))
    await _changed(edit, made)


async def order_items(request: Request) -> Response:
    """`POST …/lists/{list_id}/order`."""
    edit, made = _asked(request)
    places = {each: place for place, each in enumerate((await body_of(request))["order"])}
    made.items.sort(key=lambda item: places.get(item.id, len(places)))
    await _changed(edit, made)
    return no_content()


async def put_attributes(request: Request) -> None:
    """`PUT …/lists/{list_id}/attributes`: nobody is told and `updatedAt` stays."""
    edit, made = _asked(request)
    made.attributes = await body_of(request)
    made.data = {**made.data, "attributes": made.attributes}
    edit.project.lists[made.id] = made


def _asked(request: Request) -> tuple[Edit, EntityList]:
    """The list as it is, for changes that become true only when they are committed."""
    edit = edit_of(request)
    list_id = request.path_params["list_id"]
    made = edit.project.lists.get(list_id)
    if made is None:
        raise AyonError(404, f"Entity list {list_id} not found")
    return edit, deepcopy(made)


def _item(made: EntityList, item_id: str) -> ListItem:
    found = next((each for each in made.items if each.id == item_id), None)
    if found is None:
        raise AyonError(404, f"Item {item_id} not found")
    return found


def _add_item(edit: Edit, made: EntityList, given: dict[str, Any]) -> None:
    entity = edit.project.entity(made.entity_type, given["entityId"])
    folder = derivations.folder_of(edit.project, entity) if entity else None
    path = derivations.folder_path(edit.project, folder).lstrip("/") if folder else ""
    item = ListItem(
        id=given.get("id") or edit.studio.new_id(),
        entity_id=given["entityId"],
        position=len(made.items),
        created_at=edit.now,
        updated_at=edit.now,
        created_by=made.created_by,  # whoever adds it (mutations/lists)
        updated_by=made.created_by,
        folder_path=path,
    )
    _change_item(item, given)
    made.items.append(item)


def _change_item(item: ListItem, given: dict[str, Any]) -> None:
    item.label = given.get("label", item.label)
    item.attrib = {**item.attrib, **(given.get("attrib") or {})}
    item.data = {**item.data, **(given.get("data") or {})}
    item.tags = given.get("tags") or item.tags


async def _changed(edit: Edit, made: EntityList) -> None:
    now = edit.now
    made.updated_at = now
    made.data = {**made.data, "count": len(made.items)}
    for place, item in enumerate(made.items):
        item.position, item.updated_at = place, now
    await _tell(edit, made, "changed", f"Entity list {made.label} changed")


async def _tell(edit: Edit, made: EntityList, what: str, said: str) -> None:
    await edit.tell_then_commit(
        f"entity_list.{what}",
        lambda: edit.project.lists.__setitem__(made.id, made),
        description=said,
        summary=_summary(made),
    )


def _summary(made: EntityList) -> dict[str, Any]:
    return {
        "id": made.id,
        "entity_list_type": made.entity_list_type,
        "entity_type": made.entity_type,
        "label": made.label,
        "count": len(made.items),
    }


_LISTS = "/api/projects/{project_name}/lists"
routes: list[Route] = [
    route("POST", _LISTS, create),
    route("PATCH", f"{_LISTS}/{{list_id}}", change),
    route("DELETE", f"{_LISTS}/{{list_id}}", delete),
    route("POST", f"{_LISTS}/{{list_id}}/items", add_item),
    route("PATCH", f"{_LISTS}/{{list_id}}/items", change_items),
    route("PATCH", f"{_LISTS}/{{list_id}}/items/{{item_id}}", change_item),
    route("DELETE", f"{_LISTS}/{{list_id}}/items/{{item_id}}", delete_item),
    route("POST", f"{_LISTS}/{{list_id}}/order", order_items),
    route("PUT", f"{_LISTS}/{{list_id}}/attributes", put_attributes),
]
