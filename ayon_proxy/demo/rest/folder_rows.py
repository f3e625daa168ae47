"""The rows of the folder list, all at once, and as upstream remembers them (server.md 1.6)."""

from __future__ import annotations

from typing import Any

from ayon_proxy.demo.derivations import (
    ancestors,
    attrib,
    folder_path,
    thumbnail_hash,
)
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.upstream_caches import REMEMBERED
from ayon_proxy.demo.watching import origin


def folder_rows(studio: Studio, project: Project) -> list[dict[str, Any]]:
    """Every folder with its attributes, whoever may see it; perhaps as remembered."""
    caches = studio.upstream_caches
    if caches is not None:
        rows, until = caches.folders.get(project.name, ([], studio.clock()))
        if until > studio.clock():
            return rows
        rebuild(studio, project)
        return caches.folders[project.name][0]
    return _rows(studio, project)


def rebuild(studio: Studio, project: Project) -> None:
    """Remember the rows as they are now, if anything is remembered at all."""
    if studio.upstream_caches is not None:
        rows = _rows(studio, project)
        studio.upstream_caches.folders[project.name] = (rows, studio.clock() + REMEMBERED)


def _rows(studio: Studio, project: Project) -> list[dict[str, Any]]:
    tasks: dict[str, list[str]] = {}
    for task in project.tasks.values():
        tasks.setdefault(task.folder_id, []).append(task.name)
    parents = {each.parent_id for each in project.folders.values()}
    reviewed, published = _published(project)
    return [
        {
            "createdAt": folder.created_at,
            "folderType": folder.folder_type,
            "hasChildren": folder.id in parents,
            "hasReviewables": folder.id in reviewed,
            "hasTasks": folder.id in tasks,
            "hasVersions": folder.id in published,
            "id": folder.id,
            "label": folder.label,
            "name": folder.name,
            "parentId": folder.parent_id,
            "parents": [each.name for each in ancestors(project, folder)],
            "path": folder_path(project, folder).removeprefix("/"),
            "status": folder.status,
            "tags": folder.tags,
            "taskNames": tasks.get(folder.id, []),
            "thumbnailHash": thumbnail_hash(folder),
            "updatedAt": folder.updated_at,
            "attrib": attrib(studio.attributes, project, folder),
            "ownAttrib": list(folder.attrib),
        }
        for folder in project.folders.values()
    ]


def _published(project: Project) -> tuple[set[str], set[str]]:
    """Folders with a reviewable of their own, and folders with a version in or below them."""
    reviewed: set[str] = set()
    for activity in project.activities.values():
        version = project.versions.get(origin(activity) or "")
        if activity.activity_type == "reviewable" and activity.active and version is not None:
            reviewed.add(project.products[version.product_id].folder_id)
    published: set[str] = set()
    for version in project.versions.values():
        folder = project.folders[project.products[version.product_id].folder_id]
        if folder.id not in published:
            published.update(each.id for each in (*ancestors(project, folder), folder))
    return reviewed, published
