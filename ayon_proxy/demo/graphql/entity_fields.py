"""What folders, tasks, products, versions, representations and workfiles say of themselves.

Fields that are not in these tables are columns of the entity (`schema.column`).
"""

from __future__ import annotations

from typing import Any, Protocol

from ayon_proxy.demo.derivations import (
    entity_path,
    folder_of,
    folder_path,
    reviewables,
    versions_of,
)
from ayon_proxy.demo.entities import Entity
from ayon_proxy.demo.graphql.activities import activities_of, latest_comments
from ayon_proxy.demo.graphql.attributes import shown
from ayon_proxy.demo.graphql.featured import featured_version
from ayon_proxy.demo.graphql.files import REPRESENTATIONS, WORKFILES, representation_path
from ayon_proxy.demo.graphql.folder_counts import reviewable_counts, totals
from ayon_proxy.demo.graphql.folders import FOLDERS
from ayon_proxy.demo.graphql.json_text import json_text, json_text_or_null
from ayon_proxy.demo.graphql.links import links_of
from ayon_proxy.demo.graphql.products import PRODUCTS, task_of
from ayon_proxy.demo.graphql.question import Info, Node, Resolver, question_of
from ayon_proxy.demo.graphql.selection import path_is_selected
from ayon_proxy.demo.graphql.tasks import tasks
from ayon_proxy.demo.graphql.versions import VERSIONS, has_reviewables, hero_version_id


class Pictured(Protocol):
    """What stands for an entity that may have a picture: a node, a card."""

    @property
    def entity(self) -> Entity:
        """The entity."""


def _all_attrib(node: Node, info: Info) -> str:
    return json_text(shown(question_of(info), node))


def _attrib(node: Node, info: Info) -> dict[str, Any]:
    return shown(question_of(info), node)


def _data(node: Node, _: Info) -> str | None:
    return json_text_or_null(node.entity.data)


def _thumbnail(node: Node, _: Info) -> dict[str, Any] | None:
    if not node.entity.thumbnail_id:
        return None
    return {**node.entity.data.get("thumbnailInfo", {}), "id": node.entity.thumbnail_id}


def thumbnail_hash(node: Pictured, _: Info) -> str:
    """What busts the URL of an entity's picture; without one, the end of its id."""
    return str(node.entity.data.get("thumbnailHash") or node.entity.id[-6:])


def _path(node: Node, _: Info) -> str:
    if node.entity_type == "representation":
        return representation_path(node)
    return entity_path(node.project, node.entity)


def _parents(node: Node, info: Info) -> list[str]:
    return _path(node, info).strip("/").split("/")[:-1]


def _workfile_parents(node: Node, _: Info) -> list[str]:
    """The folders above that of the task, after an empty one, and the task (a quirk)."""
    task, folder = task_of(node), folder_of(node.project, node.entity)
    if task is None or folder is None:
        return []
    return [*folder_path(node.project, folder).split("/")[:-1], task.entity.name]


def _folder(node: Node, info: Info) -> Node:
    folder = node.project.folders[node.entity.folder_id]
    bare = node.entity_type == "product" and node.listed and not path_is_selected(info, "attrib")
    return Node(node.project, "folder", folder, inherits=not bare)


def _parent_folder(node: Node, _: Info) -> Node | None:
    if node.entity.parent_id is None:
        return None
    return Node(node.project, "folder", node.project.folders[node.entity.parent_id])


def _folder_has_reviewables(node: Node, _: Info) -> bool:
    if node.in_list:
        return reviewable_counts(node.project)[node.entity.id] > 0
    return bool(node.extra.get("hasReviewables"))


def _task_has_reviewables(node: Node, _: Info) -> bool:
    return node.detailed and any(
        reviewables(node.project, version.id)
        for version in node.project.versions.values()
        if version.task_id == node.entity.id
    )


def _subtasks(node: Node, _: Info) -> list[dict[str, Any]]:
    return [
        {**each, "startDate": each.get("start_date"), "endDate": each.get("end_date")}
        | {"isDone": each.get("is_done", False), "assignees": each.get("assignees", [])}
        for each in node.entity.data.get("subtasks", [])
    ]


def _version_list(node: Node, _: Info) -> list[Any]:
    return [*versions_of(node.project, node.entity.id)] if node.listed else []


def _latest_version(node: Node, _: Info) -> Node | None:
    """The last of the product's versions by number: a hero only where there is nothing else."""
    versions = versions_of(node.project, node.entity.id)
    return Node(node.project, "version", versions[-1]) if versions else None


def _product(node: Node, _: Info) -> Node:
    return Node(node.project, "product", node.project.products[node.entity.product_id])


def _task(node: Node, _: Info) -> Node | None:
    return task_of(node)


def _version(node: Node, _: Info) -> Node:
    return Node(node.project, "version", node.project.versions[node.entity.version_id])


def _version_has_reviewables(node: Node, _: Info) -> bool:
    return has_reviewables(node.project, node.entity.id)


def _hero_version_id(node: Node, _: Info) -> str | None:
    if node.extra.get("featuredVersionType", "hero") != "hero":
        return None
    return hero_version_id(node.project, node.entity)


def _files(node: Node, _: Info) -> list[dict[str, Any]]:
    return [{**each, "size": str(each.get("size", 0))} for each in node.entity.files]


COMMON: dict[str, Resolver] = {
    "projectName": lambda node, _: node.project.name,
    "allAttrib": _all_attrib,
    "attrib": _attrib,
    "links": links_of,
    "activities": activities_of,
    "parents": _parents,
    "path": _path,
    "data": _data,
}
INHERITING: dict[str, Resolver] = {"ownAttrib": lambda node, _: [*node.own_attrib]}
PICTURED: dict[str, Resolver] = {"thumbnail": _thumbnail, "thumbnailHash": thumbnail_hash}


def _extra(name: str, default: Any) -> Resolver:
    return lambda node, _: node.extra.get(name, default)


def _total(name: str) -> Resolver:
    return lambda node, _: totals(node).get(f"total{name}Count", 0)


FIELDS: dict[str, dict[str, Resolver]] = {
    "FolderNode": {
        **COMMON,
        **INHERITING,
        **PICTURED,
        "type": lambda node, _: node.entity.folder_type,
        "latestComments": latest_comments,
        "hasVersions": _extra("hasVersions", default=False),
        "hasReviewables": _folder_has_reviewables,
        "products": PRODUCTS.resolve,
        "tasks": tasks,
        "parent": _parent_folder,
        "hasChildren": lambda node, _: bool(node.extra.get("childCount")),
        "hasProducts": lambda node, _: bool(node.extra.get("productCount")),
        "hasTasks": lambda node, _: bool(node.extra.get("taskCount")),
        **{f"{name}Count": _extra(f"{name}Count", 0) for name in ("child", "product", "task")},
        **{f"total{name}Count": _total(name) for name in ("Folder", "Task", "Product", "Version")},
    },
    "TaskNode": {
        **COMMON,
        **INHERITING,
        **PICTURED,
        "type": lambda node, _: node.entity.task_type,
        "folder": _folder,
        "hasReviewables": _task_has_reviewables,
        "subtasks": _subtasks,
        "latestComments": latest_comments,
        "versions": VERSIONS.resolve,
        "workfiles": WORKFILES.resolve,
    },
    "ProductNode": {
        **COMMON,
        "type": lambda node, _: node.entity.product_type,
        "folder": _folder,
        "versions": VERSIONS.resolve,
        "versionList": _version_list,
        "latestVersion": _latest_version,
        "featuredVersion": featured_version,
    },
    "VersionNode": {
        **COMMON,
        **PICTURED,
        "product": _product,
        "task": _task,
        "hasReviewables": _version_has_reviewables,
        "heroVersionId": _hero_version_id,
        "featuredVersionType": _extra("featuredVersionType", None),
        "isLatest": _extra("isLatest", default=False),
        "isLatestDone": _extra("isLatestDone", default=False),
        "latestComments": latest_comments,
        "representations": REPRESENTATIONS.resolve,
    },
    "RepresentationNode": {
        **COMMON,
        "files": _files,
        "fileCount": lambda node, _: len(node.entity.files),
        "context": lambda node, _: json_text(node.entity.data.get("context", {})),
        "traits": lambda node, _: json_text_or_null(node.entity.traits),
        "version": _version,
    },
    "WorkfileNode": {
        **COMMON,
        **PICTURED,
        "path": lambda node, _: node.entity.path,
        "parents": _workfile_parents,
        "task": _task,
    },
    "ProjectNode": {
        "folders": FOLDERS.resolve,
        "folder": FOLDERS.resolve_one,
        "products": PRODUCTS.resolve,
        "product": PRODUCTS.resolve_one,
        "versions": VERSIONS.resolve,
        "version": VERSIONS.resolve_one,
        "representations": REPRESENTATIONS.resolve,
        "representation": REPRESENTATIONS.resolve_one,
        "workfiles": WORKFILES.resolve,
        "workfile": WORKFILES.resolve_one,
    },
}
