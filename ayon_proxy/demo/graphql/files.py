"""`project.representations(…)`, `project.workfiles(…)` and where they are nested."""

from __future__ import annotations

from ayon_proxy.demo.derivations import folder_path
from ayon_proxy.demo.graphql import columns
from ayon_proxy.demo.graphql.filters import (
    among,
    has_all,
    has_links,
    ids,
    matches,
    path_of_folder,
    query,
    search,
)
from ayon_proxy.demo.graphql.listing import Listing, by_column
from ayon_proxy.demo.graphql.question import Node


def representation_path(node: Node) -> str:
    """Folder, product, version and name; a hero's number is spelled as it is: `v-02`."""
    version = node.project.versions[node.entity.version_id]
    product = node.project.products[version.product_id]
    folder = folder_path(node.project, node.project.folders[product.folder_id])
    return f"{folder}/{product.name}/v{version.version:03d}/{node.entity.name}"


REPRESENTATIONS = Listing(
    entity_type="representation",
    filters={
        "ids": ids(),
        "version_ids": ids("version_id"),
        "names": among("name"),
        "statuses": among("status"),
        "tags": has_all("tags", empty=False),
        "has_links": has_links,
        "search": search(representation_path),
        "filter": query(columns.REPRESENTATION),
    },
    parents={"version": ("version_ids", "version_id")},
)

WORKFILES = Listing(
    entity_type="workfile",
    filters={
        "ids": ids(),
        "task_ids": ids("task_id"),
        "paths": among("path"),
        "path_ex": matches(lambda node: str(node.entity.path)),
        "statuses": among("status"),
        "tags": has_all("tags", empty=False),
        "has_links": has_links,
        "search": search(path_of_folder, lambda node: node.entity.path),
    },
    sorts={
        "name": by_column("name"),
        "status": by_column("status"),
        "createdAt": by_column("created_at"),
        "updatedAt": by_column("updated_at"),
    },
    parents={"task": ("task_ids", "task_id")},
)
