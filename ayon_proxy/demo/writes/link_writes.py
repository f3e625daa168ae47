"""Links and link types. Types change in silence, and take their links along (server.md 1.3)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import body_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Link
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes.edit import Edit
from ayon_proxy.demo.writes.entity_writes import edit_of


async def create(request: Request) -> dict[str, Any]:
    """`POST …/links`: the same link may be made again and again."""
    edit = edit_of(request)
    link = _made(edit, await body_of(request))
    await edit.tell_then_commit(
        "link.created",
        lambda: _store(edit, [link]),
        description=_said("Created", link),
        summary=_summary(link),
    )
    return {"id": link.id}


async def create_many(request: Request) -> dict[str, Any]:
    """`POST …/links/bulk`: one event for all of them."""
    edit = edit_of(request)
    links = [_made(edit, each) for each in (await body_of(request))["links"]]
    await edit.tell_then_commit(
        "links.created",
        lambda: _store(edit, links),
        description=f"Created {len(links)} links.",
        summary={"count": len(links), "links": [_summary(each) for each in links]},
    )
    return {
        "created": [
            {
                "id": each.id,
                "input": each.input_id,
                "output": each.output_id,
                "linkType": each.type_name,
            }
            for each in links
        ]
    }


async def delete(request: Request) -> Response:
    """`DELETE …/links/{link_id}`. Raises AyonError 404."""
    edit = edit_of(request)
    link_id = request.path_params["link_id"]
    link = edit.project.links.get(link_id)
    if link is None:
        raise AyonError(404, f"Link {link_id} not found.")
    await edit.tell_then_commit(
        "link.deleted",
        lambda: edit.project.links.pop(link_id, None),
        description=_said("Deleted", link),
        summary=_summary(link),
    )
    return no_content()


async def put_type(request: Request) -> Response:
    """`PUT …/links/types/{type}`: creates or replaces; nobody is told."""
    edit = edit_of(request)
    name: str = request.path_params["link_type"]
    given = await body_of(request)
    kind, input_type, output_type = _parts(name)
    link_type = {
        "name": name,
        "linkType": kind,
        "inputType": input_type,
        "outputType": output_type,
        "data": given.get("data", {}),
    }
    types = edit.project.anatomy.link_types
    place = next((n for n, each in enumerate(types) if each["name"] == name), len(types))
    types[place : place + 1] = [link_type]
    return no_content()


async def delete_type(request: Request) -> Response:
    """`DELETE …/links/types/{type}`: its links are gone as well; nobody is told."""
    edit = edit_of(request)
    name: str = request.path_params["link_type"]
    anatomy, links = edit.project.anatomy, edit.project.links
    anatomy.link_types = [each for each in anatomy.link_types if each["name"] != name]
    for link in [each for each in links.values() if each.type_name == name]:
        del links[link.id]
    return no_content()


def _store(edit: Edit, links: Iterable[Link]) -> None:
    last = max((each.creation_order for each in edit.project.links.values()), default=0)
    for order, link in enumerate(links, last + 1):
        link.creation_order = order
        edit.project.links[link.id] = link


def _made(edit: Edit, given: dict[str, Any]) -> Link:
    name = given["linkType"]
    kind, input_type, output_type = _parts(name)
    if all(each["name"] != name for each in edit.project.anatomy.link_types):
        raise AyonError(400, "Unsupported link type.")
    for side, entity_type in (("input", input_type), ("output", output_type)):
        if given[side] not in edit.project.table(entity_type):
            raise AyonError(404, f"{side.capitalize()} entity {given[side]} not found.")
    return Link(
        id=given.get("id") or edit.studio.new_id(),
        link_type=kind,
        input_type=input_type,
        output_type=output_type,
        input_id=given["input"],
        output_id=given["output"],
        name=given.get("name"),
        author=edit.caller.name,
        data=given.get("data") or {},
        created_at=edit.now,
    )


def _parts(name: str) -> tuple[str, Any, Any]:
    try:
        kind, input_type, output_type = name.split("|")
    except ValueError as error:
        raise AyonError(400, "Unsupported link type.") from error
    return kind, input_type, output_type


def _summary(link: Link) -> dict[str, Any]:
    return {
        "id": link.id,
        "linkType": link.link_type,
        "inputType": link.input_type,
        "outputType": link.output_type,
        "inputId": link.input_id,
        "outputId": link.output_id,
    }


def _said(verb: str, link: Link) -> str:
    return (
        f"{verb} {link.link_type} link between {link.input_type} {link.input_id} "
        f"and {link.output_type} {link.output_id}."
    )


_PATH = "/api/projects/{project_name}/links"
routes: list[Route] = [
    route("PUT", f"{_PATH}/types/{{link_type}}", put_type),
    route("DELETE", f"{_PATH}/types/{{link_type}}", delete_type),
    route("POST", f"{_PATH}/bulk", create_many),
    route("POST", _PATH, create),
    route("DELETE", f"{_PATH}/{{link_id}}", delete),
]
