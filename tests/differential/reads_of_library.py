"""TABLE: calls of the client library that ask by GraphQL, with arguments by chance."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from tests.clients.calls.call import Call, call
from tests.differential.world import STATUSES, TAGS, World
from tests.differential.writes_of_entities import FOLDER_TYPES, PRODUCT_TYPES, TASK_TYPES

Arguments = dict[str, Callable[[World], Any]]
"""Name → a value for it."""

FIELDS = {
    "folder": (
        *("id", "name", "path", "label", "parentId", "status", "tags", "active", "folderType"),
        *("hasProducts", "hasChildren", "hasTasks", "ownAttrib", "attrib.frameEnd", "updatedAt"),
        *("thumbnailId", "data", "links", "taskCount", "attrib.frameStart"),
    ),
    "task": (
        *("id", "name", "label", "taskType", "folderId", "assignees", "status", "tags", "active"),
        *("attrib.frameEnd", "updatedAt", "data", "links", "folder.path", "folder.name"),
    ),
    "product": (
        *("id", "name", "folderId", "productType", "status", "tags", "active", "updatedAt"),
        *("data", "folder.path", "folder.attrib.frameEnd", "productBaseType"),
    ),
    "version": (
        *("id", "version", "productId", "taskId", "author", "status", "tags", "updatedAt"),
        *("thumbnailId", "data", "attrib.comment", "product.name", "task.name", "links"),
        *("product.folder.path", "heroVersionId", "isLatest"),
    ),
    "representation": (
        *("id", "name", "versionId", "status", "tags", "files", "context", "data", "updatedAt"),
        *("version.version", "version.product.name"),
    ),
    "workfile": (*("id", "path", "taskId", "status", "data", "updatedAt", "updatedBy"),),
}

_STATUS: Arguments = {
    "statuses": lambda w: [w.random.choice(STATUSES)],
    "tags": lambda w: [w.random.choice(TAGS)],
    "active": lambda w: w.random.choice((True, None)),
}
FOLDERS: Arguments = {
    "folder_ids": lambda w: w.ids("folder"),
    "parent_ids": lambda w: w.having("folder", "folder"),
    "folder_paths": lambda w: [e["path"] for e in w.few("folder", 2)],
    "folder_names": lambda w: [e["name"] for e in w.few("folder", 2)],
    "folder_types": lambda w: [w.random.choice(FOLDER_TYPES)],
    "has_products": lambda w: w.random.choice((True, False)),
    "has_tasks": lambda w: w.random.choice((True, False)),
    "has_children": lambda w: w.random.choice((True, False)),
    "assignees_all": lambda w: [w.random.choice(w.people)],
    **_STATUS,
}
TASKS: Arguments = {
    "task_ids": lambda w: w.ids("task"),
    "folder_ids": lambda w: w.having("task", "folder"),
    "task_names": lambda w: [e["name"] for e in w.few("task", 2)],
    "task_types": lambda w: [w.random.choice(TASK_TYPES)],
    "assignees": lambda w: [w.random.choice(w.people)],
    **_STATUS,
}
PRODUCTS: Arguments = {
    "product_ids": lambda w: w.ids("product"),
    "folder_ids": lambda w: w.having("product", "folder"),
    "product_names": lambda w: [e["name"] for e in w.few("product", 2)],
    "product_types": lambda w: [w.random.choice(PRODUCT_TYPES)],
    **_STATUS,
}
VERSIONS: Arguments = {
    "version_ids": lambda w: w.ids("version"),
    "product_ids": lambda w: w.having("version", "product", 6),
    "task_ids": lambda w: w.having("version", "task"),
    "versions": lambda w: [w.random.randint(1, 3)],
    "hero": lambda w: w.random.choice((True, False)),
    "latest": lambda w: True,
    **_STATUS,
}
REPRESENTATIONS: Arguments = {
    "representation_ids": lambda w: w.ids("representation"),
    "version_ids": lambda w: w.having("representation", "version", 6),
    "representation_names": lambda w: [e["name"] for e in w.few("representation", 2)],
    **_STATUS,
}
WORKFILES: Arguments = {
    "workfile_ids": lambda w: w.ids("workfile"),
    "task_ids": lambda w: w.having("workfile", "task"),
    "statuses": _STATUS["statuses"],
}


def _asked(world: World, method: str, entity_type: str, arguments: Arguments) -> Call:
    """The first of the arguments most often; they name ids or parents."""
    names = list(arguments)
    chosen = {world.random.choice(names[:2] if world.random.random() < 0.6 else names)}
    chosen |= {name for name in names if world.random.random() < 0.1}
    kwargs = {name: arguments[name](world) for name in names if name in chosen}
    if world.random.random() < 0.7:
        fields = FIELDS[entity_type]
        kwargs["fields"] = set(world.random.sample(fields, world.random.randint(1, 5)))
    return call(method, world.project, **kwargs)


def _by_path(world: World) -> Call:
    folder = world.some("folder")
    return call("get_folder_by_path", world.project, folder["path"])


def _task_by_name(world: World) -> Call:
    task = world.some("task")
    return call("get_task_by_name", world.project, task["folderId"], task["name"])


def _ids(world: World, method: str, entity_type: str) -> Call:
    return call(method, world.project, world.ids(entity_type))


def _project(world: World) -> Call:
    fields = {"name", "attrib", "statuses", "taskTypes", "folderTypes", "data"}
    return world.random.choice(
        (
            call("get_project", world.project, fields=fields),
            call("get_projects", fields={"name", "active", "library", "code"}),
            call("get_users", world.project),
            call("get_users"),
        )
    )


def _lists(world: World) -> Call:
    made = world.one_made("list")
    return call("get_entity_lists", world.project, list_ids=[made] if made else None)


def _activities(world: World) -> Call:
    kind = world.random.choice(("folder", "task", "version"))
    of = {"entity_ids": world.ids(kind)} if world.random.random() < 0.7 else {}
    return call("get_activities", world.project, limit=20, **of)


CALLS: tuple[tuple[str, Callable[[World], Call], int], ...] = (
    ("folders", partial(_asked, method="get_folders", entity_type="folder", arguments=FOLDERS), 6),
    ("tasks", partial(_asked, method="get_tasks", entity_type="task", arguments=TASKS), 6),
    (
        "products",
        partial(_asked, method="get_products", entity_type="product", arguments=PRODUCTS),
        6,
    ),
    (
        "versions",
        partial(_asked, method="get_versions", entity_type="version", arguments=VERSIONS),
        8,
    ),
    (
        "representations",
        partial(
            _asked,
            method="get_representations",
            entity_type="representation",
            arguments=REPRESENTATIONS,
        ),
        6,
    ),
    (
        "workfiles",
        partial(_asked, method="get_workfiles_info", entity_type="workfile", arguments=WORKFILES),
        3,
    ),
    ("folder by path", _by_path, 3),
    ("task by name", _task_by_name, 3),
    (
        "parents",
        partial(_ids, method="get_representations_parents", entity_type="representation"),
        3,
    ),
    ("last versions", partial(_ids, method="get_last_versions", entity_type="product"), 2),
    ("links of folders", partial(_ids, method="get_folders_links", entity_type="folder"), 2),
    ("links of versions", partial(_ids, method="get_versions_links", entity_type="version"), 3),
    ("projects", _project, 3),
    ("entity lists", _lists, 3),
    ("activities", _activities, 4),
)
