"""`project.folders(…)`."""

from __future__ import annotations

from ayon_proxy.demo.graphql import columns
from ayon_proxy.demo.graphql.filters import (
    Scope,
    Test,
    among,
    attribute_values,
    descendants_of,
    entity_id,
    has_all,
    has_links,
    matches,
    path_of_folder,
    query,
    search,
)
from ayon_proxy.demo.graphql.folder_counts import (
    add_counts,
    child_counts,
    has_some,
    product_counts,
    task_counts,
)
from ayon_proxy.demo.graphql.listing import (
    Listing,
    by_anatomy,
    by_column,
    by_text,
    folder_path_key,
)
from ayon_proxy.demo.graphql.query_filter import like_pattern
from ayon_proxy.demo.graphql.question import Node


def _ids(scope: Scope, value: list[str]) -> Test:
    wanted = {entity_id(each) for each in value}
    if scope.arguments.get("include_folder_children"):
        wanted |= descendants_of(scope.project, wanted)
    return lambda node: node.entity.id in wanted


def _parent_ids(scope: Scope, value: list[str]) -> Test:
    wanted = {None if each == "root" else entity_id(each) for each in value}
    if scope.arguments.get("include_folder_children"):
        below = descendants_of(scope.project, {each for each in wanted if each})
        return lambda node: node.entity.id in below
    return lambda node: node.entity.parent_id in wanted


def _parent_id(scope: Scope, value: str) -> Test:
    return _parent_ids(Scope(scope.question, scope.project, {}), [value])


def _paths(_: Scope, value: list[str]) -> Test:
    wanted = {"/" + each.strip("/") for each in value}
    return lambda node: path_of_folder(node) in wanted


def _name(_: Scope, value: str) -> Test:
    pattern = like_pattern(value)
    return lambda node: pattern.fullmatch(node.entity.name) is not None


def _assignees(scope: Scope, value: list[str]) -> Test:
    """A task of the folder is assigned to all of them."""
    wanted = set(value)
    folders = {
        task.folder_id for task in scope.project.tasks.values() if wanted <= set(task.assignees)
    }
    return lambda node: node.entity.id in folders


def _task_filter(scope: Scope, value: str) -> Test:
    test = query(columns.TASK_OF_OTHERS)(scope, value)
    folders = {
        task.folder_id
        for task in scope.project.tasks.values()
        if test(Node(scope.project, "task", task))
    }
    return lambda node: not value or node.entity.id in folders


FOLDERS = Listing(
    entity_type="folder",
    filters={
        "ids": _ids,
        "parent_id": _parent_id,
        "parent_ids": _parent_ids,
        "attributes": attribute_values,
        "folder_types": among("folder_type"),
        "statuses": among("status"),
        "tags": has_all("tags", empty=True),
        "paths": _paths,
        "path_ex": matches(path_of_folder),
        "name": _name,
        "names": among("name"),
        "assignees": _assignees,
        "has_children": has_some(child_counts),
        "has_products": has_some(product_counts),
        "has_tasks": has_some(task_counts),
        "has_links": has_links,
        "search": search(
            lambda node: node.entity.name,
            lambda node: node.entity.label,
            path_of_folder,
            alternatives=True,
        ),
        "filter": query(columns.FOLDER),
        "task_filter": _task_filter,
    },
    sorts={
        "name": by_column("name"),
        "createdAt": by_column("created_at"),
        "updatedAt": by_column("updated_at"),
        "createdBy": by_column("created_by"),
        "updatedBy": by_column("updated_by"),
        "folderType": by_anatomy("folder_type", "folder_types"),
        "status": by_anatomy("status", "statuses"),
    },
    ties=(by_text(folder_path_key),),
    complete=add_counts,
)
