"""How many children, products and tasks folders have, as the server counts them.

Each table that it joins multiplies the counts of the others (corpus: `taskCount` 18 for a folder
of 3 tasks, 2 products and 3 reviewables), and it joins one only when a field that needs it is
selected or filtered by: for `childCount` it looks at `hasChildren` alone (server.md 6).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from math import prod
from typing import Any

from ayon_proxy.demo.derivations import children, reviewables
from ayon_proxy.demo.graphql.filters import Filter, Scope, Test, descendants_of
from ayon_proxy.demo.graphql.question import Node
from ayon_proxy.demo.project import Project


@dataclass(frozen=True, slots=True)
class Join:
    """A table that is joined to the folders when it is needed."""

    count: Callable[[Project, str], int]
    selections: frozenset[str]
    argument: str


def child_count(project: Project, folder_id: str) -> int:
    """Folders directly below."""
    return len(children(project, "folder", folder_id))


def product_count(project: Project, folder_id: str) -> int:
    """Products of the folder."""
    return len(children(project, "product", folder_id))


def task_count(project: Project, folder_id: str) -> int:
    """Tasks of the folder."""
    return len(children(project, "task", folder_id))


def reviewable_count(project: Project, folder_id: str) -> int:
    """Reviewables of all versions of the folder's products."""
    return sum(
        len(reviewables(project, version.id))
        for product in children(project, "product", folder_id)
        for version in children(project, "version", product.id)
    )


JOINS: Mapping[str, Join] = {
    "childCount": Join(child_count, frozenset({"hasChildren"}), "has_children"),
    "productCount": Join(product_count, frozenset({"productCount", "hasProducts"}), "has_products"),
    "taskCount": Join(task_count, frozenset({"taskCount", "hasTasks"}), "has_tasks"),
}


def add_counts(scope: Scope, fields: set[str], nodes: list[Node]) -> None:
    """Put the counts into the nodes; the totals only where folders are asked for by id."""
    joined = {
        name: join
        for name, join in JOINS.items()
        if join.selections & fields or scope.arguments.get(join.argument) is not None
    }
    for node in nodes:
        counts = {name: join.count(node.project, node.entity.id) for name, join in joined.items()}
        reviews = (
            reviewable_count(node.project, node.entity.id)
            if joined and "hasReviewables" in fields
            else 1
        )
        for name, count in counts.items():
            others = [other for each, other in counts.items() if each != name]
            node.extra[name] = count * _rows((*others, reviews))
        if scope.arguments.get("ids") is not None:
            node.extra.update(_totals(node))


def _rows(counts: Iterable[int]) -> int:
    """How many rows left joins with so many matches make of one."""
    return prod(max(count, 1) for count in counts)


def _totals(node: Node) -> dict[str, Any]:
    """Everything in the folder and below it: what a delete would take along."""
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


def has_some(count: Callable[[Project, str], int]) -> Filter:
    """The folder has any, or none."""

    def build(_: Scope, value: bool) -> Test:
        return lambda node: (count(node.project, node.entity.id) > 0) is value

    return build
