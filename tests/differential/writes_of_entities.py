"""TABLE: folders, tasks, products, versions, representations, workfiles: one by one.

Nothing is written twice with the same value: that moves `updatedAt` and tells nobody
(upstream/observed.md).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.differential.world import PARENT, STATUSES, TAGS, TYPES, Entity, NothingThere, World
from tests.differential.writes import Write, WriteKind

FOLDER_TYPES = ("Folder", "Shot", "Sequence", "Asset")
TASK_TYPES = ("Animation", "Layout", "Lighting", "Compositing", "Rigging")
PRODUCT_TYPES = ("render", "plate", "model", "look", "review")
ATTRIB = {
    "folder": "frameEnd",
    "task": "frameEnd",
    "product": "description",
    "version": "comment",
    "representation": "description",
    "workfile": "description",
}
"""By type: an attribute to change."""


def _other(world: World, entity: Entity, name: str, values: tuple[Any, ...]) -> Any:
    """A value that it has not."""
    return world.any_of([each for each in values if each != entity.get(name)])


def changed(world: World, entity_type: str, entity: Entity) -> dict[str, Any]:
    """A PATCH body that changes one column that upstream tells of."""
    number = world.random.randrange(10**6)
    attrib = ATTRIB[entity_type]
    words: list[Callable[[], dict[str, Any]]] = [
        lambda: {"status": _other(world, entity, "status", STATUSES)},
        lambda: {"tags": [world.random.choice(TAGS), f"t{number}"]},
        lambda: {"attrib": {attrib: number if attrib == "frameEnd" else f"d{number}"}},
        lambda: {"data": {"counted": number}},
        lambda: {"active": not entity.get("active", True)},
    ]
    if entity_type in ("folder", "task"):
        words.append(lambda: {"label": world.new_name("Label ")})
    if entity_type == "folder":
        words.append(lambda: {"folderType": _other(world, entity, "folderType", FOLDER_TYPES)})
    if entity_type == "task":
        words.append(lambda: {"taskType": _other(world, entity, "taskType", TASK_TYPES)})
        words.append(lambda: {"assignees": _assignees(world, entity)})
    if entity_type == "product":
        words.append(lambda: {"productType": _other(world, entity, "productType", PRODUCT_TYPES)})
    if entity_type == "version":
        words.append(lambda: {"author": _other(world, entity, "author", tuple(world.people))})
    return world.random.choice(words)()


def _assignees(world: World, task: Entity) -> list[str]:
    people = [each for each in world.people if each not in (task.get("assignees") or [])]
    return [world.any_of(people)]


def made(world: World, entity_type: str) -> dict[str, Any]:
    """What is sent to create one, its id included. Raises NothingThere."""
    body: dict[str, Any] = {"id": world.new_id()}
    if entity_type == "folder":
        parent = world.some("folder")
        name = world.new_name("f")
        under = parent["id"] if parent and world.random.random() < 0.85 else None
        return {**body, "name": name, "folderType": "Shot", "parentId": under}
    if entity_type == "task":
        owner = world.some("folder")
        name = world.new_name("t")
        return {**body, "name": name, "taskType": "Layout", "folderId": owner["id"]}
    if entity_type == "product":
        owner = world.some("folder")
        name = world.new_name("p")
        return {**body, "name": name, "productType": "render", "folderId": owner["id"]}
    if entity_type == "version":
        owner, task = world.some("product"), world.some("task")
        taken = [e["version"] for e in world.entities["version"] if e["productId"] == owner["id"]]
        hero = not any(each < 0 for each in taken) and world.random.random() < 0.15 and taken
        number = -abs(max(taken)) if hero else max([0, *map(abs, taken)]) + 1
        with_task = {"taskId": task["id"]} if task and world.random.random() < 0.5 else {}
        return {**body, "version": number, "productId": owner["id"], "author": "admin", **with_task}
    if entity_type == "representation":
        owner = world.some("version")
        return {**body, "name": world.new_name("r"), "versionId": owner["id"]}
    owner = world.some("task")
    return {**body, "path": f"/{world.new_name('w')}.ma", "taskId": owner["id"]}


def _patch(world: World, entity_type: str) -> Write:
    entity = world.some(entity_type)
    body = changed(world, entity_type, entity)
    path = f"{world.root}/{entity_type}s/{entity['id']}"
    return Write("PATCH", path, body, then=lambda: entity.update(body))


def _create(world: World, entity_type: str) -> Write:
    body = made(world, entity_type)
    return Write("POST", f"{world.root}/{entity_type}s", body, then=moved(world))


def _delete(world: World, entity_type: str) -> Write:
    if len(world.entities[entity_type]) < 8:
        raise NothingThere
    entity = world.some(entity_type)
    if entity_type == "folder" and below(world, str(entity["id"])) > 6:
        raise NothingThere  # else soon nothing would be left
    force = "?force=true" if entity_type == "folder" and world.random.random() < 0.8 else ""
    path = f"{world.root}/{entity_type}s/{entity['id']}{force}"
    return Write("DELETE", path, then=moved(world))


def below(world: World, folder: str) -> int:
    """How many folders and products are in it."""
    inside = [str(each["id"]) for each in world.entities["folder"] if each["parentId"] == folder]
    products = [each for each in world.entities["product"] if each["folderId"] == folder]
    return len(inside) + len(products) + sum(below(world, each) for each in inside)


def _without_products(world: World) -> list[Entity]:
    """Folders that may be renamed and moved: upstream refuses it above versions (observed.md)."""
    taken = {each["folderId"] for each in world.entities["product"]}
    paths = [str(each["path"]) for each in world.entities["folder"] if each["id"] in taken]
    return [
        each
        for each in world.entities["folder"]
        if not any(f"{path}/".startswith(f"{each['path']}/") for path in paths)
    ]


def _placed(world: World, entity_type: str) -> Entity:
    """One that may be put elsewhere."""
    folders = _without_products(world) if entity_type == "folder" else []
    if not folders:
        return world.some(entity_type)
    above = [each for each in folders if _inside_of(world, each)]
    folder = world.any_of(above or folders)
    _note_inside(world, folder)
    return folder


def _inside_of(world: World, folder: Entity) -> list[tuple[str, Entity]]:
    """Folders and tasks right in it, with their types."""
    return [
        (entity_type, each)
        for entity_type in ("folder", "task")
        for each in world.entities[entity_type]
        if each[PARENT[entity_type]] == folder["id"]
    ]


def _note_inside(world: World, folder: Entity) -> None:
    """What happens to a folder shows in what is inside of it."""
    world.note("folder", folder)
    inside = _inside_of(world, folder)
    if inside:
        world.note(*world.any_of(inside))


def _attributes(world: World) -> Write:
    """Of a folder that has something in it: what is inside inherits them."""
    folders = [each for each in world.there("folder") if _inside_of(world, each)]
    folder = world.any_of(folders)
    _note_inside(world, folder)
    body = {"attrib": {"frameEnd": world.random.randrange(10**6)}}
    return Write("PATCH", f"{world.root}/folders/{folder['id']}", body)


def _create_inside(world: World, entity_type: str) -> Write:
    """In a folder that may be renamed."""
    parent = world.any_of(_without_products(world))
    body = {"id": world.new_id(), "name": world.new_name("e")}
    if entity_type == "folder":
        body |= {"parentId": parent["id"], "folderType": "Shot"}
    else:
        body |= {"folderId": parent["id"], "taskType": "Layout"}
    return Write("POST", f"{world.root}/{entity_type}s", body, then=moved(world))


def _rename(world: World, entity_type: str) -> Write:
    entity = _placed(world, entity_type)
    path = f"{world.root}/{entity_type}s/{entity['id']}"
    name = {"name": world.new_name("n")}
    return Write("PATCH", path, name, then=moved(world))


def _move(world: World, entity_type: str, parent_type: str, column: str) -> Write:
    """To another parent."""
    entity, parent = _placed(world, entity_type), world.some(parent_type)
    if entity[column] == parent["id"]:
        raise NothingThere
    if entity_type == "folder" and str(parent["path"] + "/").startswith(entity["path"] + "/"):
        raise NothingThere
    path = f"{world.root}/{entity_type}s/{entity['id']}"
    return Write("PATCH", path, {column: parent["id"]}, then=moved(world))


def _two_columns(world: World) -> Write:
    """Their events share one summary, whose value is wrong in one of them (server.md 1.1)."""
    folder, parent = _placed(world, "folder"), world.some("folder")
    if parent["id"] in (folder["parentId"], folder["id"]):
        raise NothingThere
    if str(parent["path"]).startswith(folder["path"]):
        raise NothingThere
    body = {"label": world.new_name("Label "), "parentId": parent["id"]}
    return Write("PATCH", f"{world.root}/folders/{folder['id']}", body, then=moved(world))


def _assign(world: World) -> Write:
    task = world.some("task")
    users = _assignees(world, task)
    path = f"{world.root}/tasks/{task['id']}/assign"
    then = partial(task.update, {"assignees": users})
    return Write("POST", path, {"mode": "set", "users": users}, then=then)


def _silent(world: World, entity_type: str) -> Write:
    """A column that upstream tells nobody of (server.md 1.4)."""
    entity = world.some(entity_type)
    bodies: dict[str, Any] = {
        "product": {"productBaseType": world.random.choice(PRODUCT_TYPES)},
        "representation": {"files": [_file(world)]},
        "workfile": {"path": f"/{world.new_name('w')}.ma"},
    }
    path = f"{world.root}/{entity_type}s/{entity['id']}"
    return Write("PATCH", path, bodies[entity_type], then=moved(world))


def _file(world: World) -> dict[str, Any]:
    name = world.new_name("file") + ".exr"
    path = f"{{root[work]}}/{name}"
    return {"id": world.new_id(), "name": name, "path": path, "size": 7, "hash": "0" * 32}


def moved(world: World) -> Callable[[], None]:
    """Something was made, deleted or put elsewhere."""

    def look_again() -> None:
        world.stale = True

    return look_again


INHERITED = ("folders", "tasks", "one", "nested", "folder by id", "task by id")
PATHS = ("folder by path", "nested", "parents", "resolve", "folders", "versions")


def lists(entity_type: str) -> tuple[str, ...]:
    """Reads that show entities of the type."""
    return f"{entity_type}s", f"{entity_type}s", f"{entity_type} by id", "pages", "nested"


KINDS = (
    *(
        WriteKind(f"change a {each}", partial(_patch, entity_type=each), 2, shown_in=lists(each))
        for each in TYPES
    ),
    *(
        WriteKind(f"create a {each}", partial(_create, entity_type=each), shown_in=lists(each))
        for each in TYPES
    ),
    *(
        WriteKind(f"create a {each} in an empty folder", partial(_create_inside, entity_type=each))
        for each in ("folder", "task")
    ),
    WriteKind("attributes of a folder", _attributes, 2, shown_in=INHERITED),
    WriteKind("create another version", partial(_create, entity_type="version")),
    *(
        WriteKind(f"delete a {each}", partial(_delete, entity_type=each), shown_in=lists(each))
        for each in TYPES
    ),
    *(
        WriteKind(f"rename a {each}", partial(_rename, entity_type=each), shown_in=PATHS)
        for each in ("folder", "task", "product", "representation")
    ),
    *(
        WriteKind(
            f"move a {each}",
            partial(_move, entity_type=each, parent_type=parent, column=PARENT[each]),
            shown_in=lists(each),
        )
        for each, parent in (
            ("folder", "folder"),
            ("task", "folder"),
            ("product", "folder"),
            ("workfile", "task"),
        )
    ),
    WriteKind(
        "give a version to a task",
        partial(_move, entity_type="version", parent_type="task", column="taskId"),
    ),
    WriteKind("move and relabel a folder", _two_columns, shown_in=PATHS),
    WriteKind("assign a task", _assign),
    *(
        WriteKind(f"change a {each} in silence", partial(_silent, entity_type=each), silent=True)
        for each in ("product", "representation", "workfile")
    ),
)
