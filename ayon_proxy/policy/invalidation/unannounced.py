"""TABLE: what changes without an event that could be read: found by a scan, or dropped whole.

`{project}` is each project that stored answers belong to.
"""

from __future__ import annotations

from collections.abc import Collection

from ayon_proxy.policy.invalidation.entities import BY_VERSIONS, ITSELF, MEMBER, PATHS
from ayon_proxy.policy.invalidation.event import entity_id
from ayon_proxy.policy.invalidation.studio import RESTARTED
from ayon_proxy.policy.invalidation.table import unknown_reach
from ayon_proxy.policy.invalidation.topic import expanded

UNSTORED = (
    "cascade:{project}:activity",
    "cascade:{project}:thumbnail",
    "inbox",
    "type:{project}:activity",
)
"""Told of by messages that cannot be read back: images of thumbnails, reactions, activities of the
kinds that upstream does not store, inboxes (2.2). Who shows a thumbnail's id or hash is found by
the scan: uploading one moves `updatedAt` of its entity, and of the folder and task of a version
(1.5)."""

EVENTLESS = (
    "anatomy",
    "attributes",
    "bundles",
    "cascade:{project}:activity",
    "cascade:{project}:link",
    "cascade:{project}:list",
    "cascade:{project}:thumbnail",
    "cascade:{project}:workfile",
    "inbox",
    "installers",
    "packages",
    "projects",
    "restart",
    "services",
    "settings",
    "sites",
    "static",
    "type:{project}:link",
    "type:{project}:list",
    "users",
    "views",
)
"""What no event and no scan tells of (1.4). Nothing drops it: whatever carries one of these tags
lives shortly even while every event is seen (`lifetimes`), so that a gap makes it no older."""

SCHEMA = (*RESTARTED, "schema")
"""Another version of upstream, or other attributes."""

SCANNED = {
    "folder": ITSELF,
    "task": ITSELF,
    "product": ITSELF,
    "version": (*MEMBER, *BY_VERSIONS, PATHS),
    "representation": ITSELF,
    "workfile": MEMBER,
}
"""By type: what an entity with a newer `updatedAt` invalidates. Without an event it may have
another productBaseType, version number, files, traits, path, or nothing but the time (1.4)."""


def unstored(projects: Collection[str]) -> frozenset[str]:
    """Tags of UNSTORED."""
    return _of_projects(UNSTORED, projects)


def eventless(projects: Collection[str]) -> frozenset[str]:
    """Tags of EVENTLESS."""
    return _of_projects(EVENTLESS, projects)


def scanned(project: str, entity_type: str, changed: str, parent: str | None) -> frozenset[str]:
    """Tags for an entity that the change scan found. `parent` None: the project."""
    values = {
        "project": (project.lower(),),
        "type": (entity_type,),
        "id": (entity_id(changed),),
        "parent": (project.lower() if parent is None else entity_id(parent),),
    }
    found = expanded(SCANNED[entity_type], values) or frozenset()
    return found | unknown_reach((project,))


def _of_projects(templates: Collection[str], projects: Collection[str]) -> frozenset[str]:
    names = {"project": tuple(project.lower() for project in projects)}
    found = expanded(templates, names) or frozenset()
    return found | unknown_reach(projects)
