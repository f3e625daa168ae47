"""TABLE: many changes at once. Their events come after the answer (upstream/server.md 1.1)."""

from __future__ import annotations

from functools import partial
from typing import Any

from tests.differential.world import TYPES, Entity, NothingThere, World
from tests.differential.writes import Write, WriteKind
from tests.differential.writes_of_entities import below, changed, made, moved


def _operations(world: World, how: str) -> Write:
    """A batch. Its last operation is one whose event is known to come, and comes last."""
    last = world.some("folder")
    operations = [_operation(world) for _ in range(world.random.randint(1, 5))]
    gone = {each["entityId"] for each in operations if each["type"] == "delete"}
    ids = [last["id"], *(each["entityId"] for each in operations)]
    if len(set(ids)) < len(ids):  # upstream refuses two operations on one thing
        raise NothingThere
    if any(_inside(world, last, each) for each in gone):
        raise NothingThere
    label = {"label": world.new_name("Last ")}
    update: dict[str, Any] = {
        "type": "update",
        "entityType": "folder",
        "entityId": last["id"],
        "data": label,
    }
    can_fail = world.random.random() < 0.5
    body: dict[str, Any] = {"operations": [*operations, update], "canFail": can_fail}
    path, awaits = f"{world.root}/operations", ("entity.folder.label_changed", str(last["id"]))
    if how == "background":
        return Write("POST", f"{path}/background", body, then=moved(world), polled=True)
    if how == "waiting":
        return Write("POST", path, {**body, "waitForEvents": True}, then=moved(world))
    return Write("POST", path, body, then=moved(world), awaits=awaits)


def _inside(world: World, folder: Entity, above: str) -> bool:
    by_id = {each["id"]: each for each in world.entities["folder"]}
    place: Entity | None = folder
    while place is not None:
        if place["id"] == above:
            return True
        place = by_id.get(place["parentId"])
    return False


def _operation(world: World) -> dict[str, Any]:
    entity_type = world.random.choice(TYPES)
    kind = world.random.choice(("create", "update", "update", "update", "delete"))
    if kind == "create":
        data = made(world, entity_type)
        return {
            "type": kind,
            "entityType": entity_type,
            "entityId": data.pop("id"),
            "data": data,
        }
    entity = world.some(entity_type)
    if kind == "delete" and len(world.entities[entity_type]) < 8:
        raise NothingThere
    if kind == "delete" and entity_type == "folder" and below(world, str(entity["id"])):
        raise NothingThere
    operation: dict[str, Any] = {"type": kind, "entityType": entity_type, "entityId": entity["id"]}
    if kind == "delete":
        return operation
    return {**operation, "data": changed(world, entity_type, entity)}


KINDS = (
    WriteKind("a batch", partial(_operations, how="late"), 2),
    WriteKind("a batch that waits for its events", partial(_operations, how="waiting")),
    WriteKind("a batch in the background", partial(_operations, how="background"), 2),
)
