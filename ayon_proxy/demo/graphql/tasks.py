"""`project.tasks(…)` and `folder.tasks(…)`."""

from __future__ import annotations

from typing import Any

from ayon_proxy.demo import rights
from ayon_proxy.demo.graphql import columns
from ayon_proxy.demo.graphql.filters import (
    Scope,
    among,
    attribute_values,
    below_folders,
    has_all,
    has_any,
    has_links,
    ids,
    path_of_folder,
    query,
    search,
)
from ayon_proxy.demo.graphql.listing import (
    Listing,
    by_anatomy,
    by_column,
    by_text,
    folder_path_key,
)
from ayon_proxy.demo.graphql.paging import Connection
from ayon_proxy.demo.graphql.question import Info, Node
from ayon_proxy.demo.project import Project


def folder_node(node: Node) -> Node:
    """The folder of a task or product."""
    return Node(node.project, "folder", node.project.folders[node.entity.folder_id])


def _sees(scope: Scope, node: Node) -> bool:
    """Whether the folder may be read. Without `show_sibling_tasks` an assignment opens one's own
    task alone, not the others of its folder (server.md 4.1)."""
    user = scope.question.user
    permissions = rights.project_permissions(scope.question.studio, user, scope.project)
    if permissions["advanced"]["show_sibling_tasks"]:
        return scope.question.sees(scope.project, node.entity)
    read = permissions["read"]
    if not read["enabled"]:
        return True
    listed = [rule for rule in read["access_list"] if rule["access_type"] != "assigned"]
    assigned = len(listed) < len(read["access_list"])
    path = path_of_folder(node)
    tops = [f"/{rule['path'].strip('/')}/" for rule in listed]
    return (assigned and user.name in node.entity.assignees) or any(
        f"{path}/".startswith(top) or top.startswith(f"{path}/") for top in tops
    )


TASKS = Listing(
    entity_type="task",
    filters={
        "ids": ids(),
        "folder_ids": below_folders("folder_id"),
        "names": among("name"),
        "task_types": among("task_type"),
        "statuses": among("status"),
        "tags": has_all("tags", empty=None),
        "tags_any": has_any("tags"),
        "assignees": has_all("assignees", empty=None),
        "assignees_any": has_any("assignees"),
        "has_links": has_links,
        "attributes": attribute_values,
        "filter": query(columns.TASK),
        "folder_filter": query(columns.FOLDER, of=folder_node),
        "search": search(
            lambda node: node.entity.name,
            lambda node: node.entity.label,
            lambda node: node.entity.task_type,
            path_of_folder,
            alternatives=True,
        ),
    },
    sorts={
        "name": by_column("name"),
        "taskType": by_anatomy("task_type", "task_types"),
        "assignees": by_text(lambda node: "".join(node.entity.assignees)),
        "status": by_anatomy("status", "statuses"),
        "createdAt": by_column("created_at"),
        "updatedAt": by_column("updated_at"),
        "createdBy": by_column("created_by"),
        "updatedBy": by_column("updated_by"),
    },
    ties=(by_text(folder_path_key), by_column("name")),
    path_order=(by_text(folder_path_key), by_column("name")),
    parents={"folder": ("folder_ids", "folder_id")},
    sees=_sees,
)


def tasks(source: Project | Node, info: Info, **arguments: Any) -> Connection:
    """The tasks; asked for those of the `root`, none, as a project has none itself."""
    if arguments.get("folder_ids") == ["root"]:
        return Connection()
    return TASKS.resolve(source, info, **arguments)
