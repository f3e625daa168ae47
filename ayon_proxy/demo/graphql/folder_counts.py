"""How many children, products and tasks folders have, as the server counts them.

Each table that it joins multiplies the counts of the others (corpus: `taskCount` 18 for a folder
of 3 tasks, 2 products and 3 reviewables), and it joins one only when a field that needs it is
selected or filtered by: for `childCount` it looks at `hasChildren` alone (server.md 6).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import TypeAlias

from ayon_proxy.demo.graphql.filters import Filter, Scope, Test, descendants_of
from ayon_proxy.demo.graphql.question import Node
from ayon_proxy.demo.project import Project

Counts: TypeAlias = Callable[[Project], Counter[str | None]]
"""Folder id → how many there are, for all folders of a project."""


@dataclass(frozen=True, slots=True)
class Join:
    """A table that is joined to the folders when it is needed."""

    counts: Counts
    selections: frozenset[str]
    argument: str


def child_counts(project: Project) -> Counter[str | None]:
    """Folders directly below."""
    return Counter(each.parent_id for each in project.folders.values())


def product_counts(project: Project) -> Counter[str | None]:
    """Products of the folder."""
    return Counter(each.folder_id for each in project.products.values())


def task_counts(project: Project) -> Counter[str | None]:
    """Tasks of the folder."""
    return Counter(each.folder_id for each in project.tasks.values())


def reviewable_counts(project: Project) -> Counter[str | None]:
    """Reviewables of all versions of the folder's products."""
    folders = {
        version.id: project.products[version.product_id].folder_id
        for version in project.versions.values()
    }
    return Counter(
        folders[reference.entity_id]
        for activity in project.activities.values()
        if activity.activity_type == "reviewable" and activity.active
        for reference in activity.references
        if reference.reference_type == "origin" and reference.entity_id in folders
    )


JOINS: Mapping[str, Join] = {
    "childCount": Join(child_counts, frozenset({"hasChildren"}), "has_children"),
    "productCount": Join(
        product_counts, frozenset({"productCount", "hasProducts"}), "has_products"
    ),
    "taskCount": Join(task_counts, frozenset({"taskCount", "hasTasks"}), "has_tasks"),
}


def add_counts(scope: Scope, fields: set[str], nodes: list[Node]) -> None:
    """Put into the nodes what is counted for all folders at once, and whether totals may be."""
    joined = {
        name: join.counts(scope.project)
        for name, join in JOINS.items()
        if join.selections & fields or scope.arguments.get(join.argument) is not None
    }
    reviews = reviewable_counts(scope.project)
    published = folders_with_versions(scope.project)
    for node in nodes:
        counts = {name: found[node.entity.id] for name, found in joined.items()}
        reviewed = reviews[node.entity.id]
        node.extra["hasReviewables"] = reviewed > 0
        for name, count in counts.items():
            others = [other for each, other in counts.items() if each != name]
            if "hasReviewables" in fields:
                others.append(reviewed)
            node.extra[name] = count * _rows(others)
        node.extra["totals"] = scope.arguments.get("ids") is not None
        node.extra["hasVersions"] = node.entity.id in published


def _rows(counts: Iterable[int]) -> int:
    """How many rows left joins with so many matches make of one."""
    return prod(max(count, 1) for count in counts)


def folders_with_versions(project: Project) -> set[str]:
    """Folders that have, or have below them, a published version."""
    found: set[str] = set()
    for version in project.versions.values():
        folder: str | None = project.products[version.product_id].folder_id
        while folder is not None and folder not in found:
            found.add(folder)
            folder = project.folders[folder].parent_id
    return found


def totals(node: Node) -> dict[str, int]:
    """Everything in the folder and below it: what a delete would take along.

    None where the folder was not asked for by id.
    """
    if not node.extra.get("totals"):
        return {}
    project = node.project
    below = descendants_of(project, {node.entity.id})
    within = {*below, node.entity.id}
    products = {each.id for each in project.products.values() if each.folder_id in within}
    return {
        "totalFolderCount": len(below),
        "totalTaskCount": sum(each.folder_id in within for each in project.tasks.values()),
        "totalProductCount": len(products),
        "totalVersionCount": sum(each.product_id in products for each in project.versions.values()),
    }


def has_some(counts: Counts) -> Filter:
    """The folder has any, or none."""

    def build(scope: Scope, value: bool) -> Test:
        found = counts(scope.project)
        return lambda node: (found[node.entity.id] > 0) is value

    return build
