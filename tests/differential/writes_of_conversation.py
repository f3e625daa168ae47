"""TABLE: comments, reactions, watchers, reviewables, thumbnails, links, entity lists."""

from __future__ import annotations

import struct
import zlib
from functools import partial
from random import Random
from typing import Any

from tests.differential.world import NothingThere, World
from tests.differential.writes import Write, WriteKind

LISTED = "version"


def picture(random: Random) -> bytes:
    """A PNG of one pixel, of a colour by chance."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        checked = kind + data
        return struct.pack(">I", len(data)) + checked + struct.pack(">I", zlib.crc32(checked))

    pixel = b"\0" + random.randbytes(3)
    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    parts = (chunk(b"IHDR", head), chunk(b"IDAT", zlib.compress(pixel)), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def _somewhere(world: World) -> str:
    kind = world.random.choice(("folder", "task", "version"))
    entity = world.some(kind)
    return f"{world.root}/{kind}s/{entity['id']}"


def _comment(world: World) -> Write:
    place, activity = _somewhere(world), world.new_id()
    body = {"id": activity, "activityType": "comment", "body": world.new_name("Comment ")}
    then = partial(world.remember, "activity", activity)
    return Write("POST", f"{place}/activities", body, then=then)


def _change_comment(world: World) -> Write:
    activity = world.one_made("activity")
    body = {"body": world.new_name("Changed ")}
    return Write("PATCH", f"{world.root}/activities/{activity}", body)


def _delete_comment(world: World) -> Write:
    activity = world.one_made("activity")
    then = partial(world.forget, "activity", activity)
    return Write("DELETE", f"{world.root}/activities/{activity}", then=then)


def _react(world: World) -> Write:
    activity = world.one_made("activity")
    body = {"reaction": world.random.choice(("like", "heart", "thumb"))}
    return Write("POST", f"{world.root}/activities/{activity}/reactions", body)


def _stop_reacting(world: World) -> Write:
    activity = world.one_made("activity")
    return Write("DELETE", f"{world.root}/activities/{activity}/reactions/like")


def _watch(world: World) -> Write:
    place = _somewhere(world)
    body = {"watchers": [world.random.choice(world.people)]}
    return Write("POST", f"{place}/watchers", body)


def _thumbnail(world: World, entity_type: str) -> Write:
    entity = world.some(entity_type)
    headers = {"content-type": "image/png"}
    path = f"{world.root}/{entity_type}s/{entity['id']}/thumbnail"
    return Write("POST", path, content=picture(world.random), headers=headers)


def _reviewable(world: World) -> Write:
    version, name = world.some("version"), world.new_name("still") + ".png"
    headers = {"content-type": "image/png", "x-file-name": name}
    path = f"{world.root}/versions/{version['id']}/reviewables?label=Still"
    return Write("POST", path, content=picture(world.random), headers=headers)


def _link(world: World) -> Write:
    first, second = world.some("version"), world.some("version")
    if first["id"] == second["id"]:
        raise NothingThere
    link = world.new_id()
    then = partial(world.remember, "link", link)
    return Write("POST", f"{world.root}/links", _ends(link, first, second), then=then)


def _links(world: World) -> Write:
    first, second = world.some("version"), world.some("version")
    if first["id"] == second["id"]:
        raise NothingThere
    link = world.new_id()
    body = {"links": [_ends(link, first, second)]}
    then = partial(world.remember, "link", link)
    return Write("POST", f"{world.root}/links/bulk", body, then=then)


def _ends(link: str, first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    """Links of one kind between two entities are one: the name makes them different."""
    kind = "reference|version|version"
    ends = {"input": first["id"], "output": second["id"], "linkType": kind}
    return {"id": link, **ends, "name": link[:8]}


def _delete_link(world: World) -> Write:
    link = world.one_made("link")
    then = partial(world.forget, "link", link)
    return Write("DELETE", f"{world.root}/links/{link}", then=then)


def _list(world: World) -> Write:
    made = world.new_id()
    body = {
        "id": made,
        "label": world.new_name("List "),
        "entityType": LISTED,
        "items": [
            {"id": world.new_id(), "entityId": each} for each in sorted(world.ids(LISTED, 4))
        ],
    }
    then = partial(world.remember, "list", made)
    return Write("POST", f"{world.root}/lists", body, then=then)


def _on_list(world: World, method: str) -> Write:
    made = world.one_made("list")
    body = {"label": world.new_name("List ")} if method == "PATCH" else None
    then = partial(world.forget, "list", made) if method == "DELETE" else None
    return Write(method, f"{world.root}/lists/{made}", body, then=then)


def _add_item(world: World) -> Write:
    made, entity, item = world.one_made("list"), world.some(LISTED), world.new_id()
    body = {"id": item, "entityId": entity["id"]}
    then = partial(world.remember, "item", (made, item))
    return Write("POST", f"{world.root}/lists/{made}/items", body, then=then)


def _on_item(world: World, method: str) -> Write:
    found = world.one_made("item")
    if found[0] not in world.made["list"]:
        raise NothingThere
    path = f"{world.root}/lists/{found[0]}/items/{found[1]}"
    body = {"label": world.new_name("Item ")} if method == "PATCH" else None
    then = partial(world.forget, "item", found) if method == "DELETE" else None
    return Write(method, path, body, then=then)


def _list_attributes(world: World) -> Write:
    made, name = world.one_made("list"), world.new_name("attr")
    body = [{"name": name, "type": "string", "data": {"title": name, "type": "string"}}]
    return Write("PUT", f"{world.root}/lists/{made}/attributes", body)


def _list_folder(world: World) -> Write:
    folder = world.new_id()
    then = partial(world.remember, "list folder", folder)
    body = {"id": folder, "label": world.new_name("Lists ")}
    return Write("POST", f"{world.root}/entityListFolders", body, then=then)


ACTIVITIES = ("activities", "watchers", "reviewables")
LINKS = ("links of versions", "versions")
LISTS = ("lists", "entity lists")
PICTURES = (
    "thumbnail of a folder",
    "thumbnail of a task",
    "thumbnail of a version",
    "folder by id",
)

KINDS = (
    WriteKind("comment", _comment, 2, shown_in=ACTIVITIES),
    WriteKind("change a comment", _change_comment, shown_in=ACTIVITIES),
    WriteKind("delete a comment", _delete_comment, shown_in=ACTIVITIES),
    WriteKind("react", _react, shown_in=ACTIVITIES),
    WriteKind("stop reacting", _stop_reacting, shown_in=ACTIVITIES),
    WriteKind("watch", _watch, silent=True, shown_in=ACTIVITIES),
    *(
        WriteKind(
            f"thumbnail of a {each}", partial(_thumbnail, entity_type=each), shown_in=PICTURES
        )
        for each in ("folder", "task", "version")
    ),
    WriteKind("upload a reviewable", _reviewable, shown_in=ACTIVITIES),
    WriteKind("link", _link, shown_in=LINKS),
    WriteKind("link in bulk", _links, shown_in=LINKS),
    WriteKind("delete a link", _delete_link, shown_in=LINKS),
    WriteKind("make a list", _list, shown_in=LISTS),
    WriteKind("change a list", partial(_on_list, method="PATCH"), shown_in=LISTS),
    WriteKind("delete a list", partial(_on_list, method="DELETE"), shown_in=LISTS),
    WriteKind("put on a list", _add_item, shown_in=LISTS),
    WriteKind("change an item", partial(_on_item, method="PATCH"), shown_in=LISTS),
    WriteKind("take off a list", partial(_on_item, method="DELETE"), shown_in=LISTS),
    WriteKind("attributes of a list", _list_attributes, silent=True, shown_in=LISTS),
    WriteKind("make a list folder", _list_folder, silent=True),
)
