"""TABLE: writes to folders, tasks, products, versions, representations, workfiles, thumbnails."""

from __future__ import annotations

from ayon_proxy.policy.writes.changes import TYPES, creating, operations, updating
from ayon_proxy.policy.writes.row import Write

_PROJECT = "/api/projects/{project}"

THUMBNAIL_ABOVE = (
    "cascade:{project}:folder",
    "cascade:{project}:task",
    "cascade:{project}:version",
)
"""The request does not tell whose `data.thumbnailHash` and `updatedAt` move with that of a version:
its folder's and its task's (1.5, thumbnail upload on version)."""


def _rows(entity_type: str) -> tuple[Write, ...]:
    """The three that each type has."""
    all_of_them = f"{_PROJECT}/{entity_type}s"
    one = f"{all_of_them}/{{{entity_type}_id}}"
    return (
        Write(
            "POST",
            all_of_them,
            (),
            f"{entity_type}s/create {entity_type}; CAUSES",
            reads=creating(entity_type),
        ),
        Write(
            "PATCH",
            one,
            (),
            f"{entity_type}s/update {entity_type}; CAUSES, EVENTLESS",
            reads=updating(entity_type),
        ),
        Write(
            "DELETE",
            one,
            (),
            f"{entity_type}s/delete {entity_type}; 1.5 delete",
            topics=(f"entity.{entity_type}.deleted",),
        ),
    )


ROWS = (
    *(row for entity_type in TYPES for row in _rows(entity_type)),
    Write(
        "POST",
        f"{_PROJECT}/tasks/{{task_id}}/assign",
        ("type:{project}:activity", "cascade:{project}:activity", "inbox"),
        "access/assign a task to the artist; 1.3 assign",
        topics=("entity.task.assignees_changed",),
    ),
    # Many at once, with partial failure. `/background` is done when its poll says so.
    Write(
        "POST",
        f"{_PROJECT}/operations",
        (),
        "operations/POST operations: creates one of each type",
        reads=operations,
    ),
    Write(
        "POST",
        f"{_PROJECT}/operations/background",
        (),
        "operations/POST operations/background + polls",
        reads=operations,
    ),
    Write(
        "GET",
        f"{_PROJECT}/operations/background/{{task_id}}",
        ("answers:{project}",),
        "the poll of a batch that nobody here has seen begin: before a restart, or elsewhere",
    ),
    # Thumbnails
    Write(
        "POST",
        f"{_PROJECT}/folders/{{folder_id}}/thumbnail",
        (),
        "thumbnails/POST folders/{id}/thumbnail",
        topics=("thumbnail.updated",),
    ),
    Write(
        "POST",
        f"{_PROJECT}/tasks/{{task_id}}/thumbnail",
        (),
        "thumbnails/POST tasks/{id}/thumbnail",
        topics=("thumbnail.updated",),
    ),
    Write(
        "POST",
        f"{_PROJECT}/workfiles/{{workfile_id}}/thumbnail",
        (),
        "thumbnails/POST workfiles/{id}/thumbnail",
        topics=("thumbnail.updated",),
    ),
    Write(
        "POST",
        f"{_PROJECT}/versions/{{version_id}}/thumbnail",
        THUMBNAIL_ABOVE,
        "thumbnails/POST versions/{id}/thumbnail: its folder and task, too",
        topics=("thumbnail.updated",),
    ),
    Write(
        "POST",
        f"{_PROJECT}/thumbnails",
        ("type:{project}:thumbnail",),
        "thumbnails/POST thumbnails: a new one, that a refused caller may have asked for",
    ),
    Write(
        "PUT",
        f"{_PROJECT}/thumbnails/{{thumbnail_id}}",
        (
            *THUMBNAIL_ABOVE,
            "cascade:{project}:workfile",
            "type:{project}:thumbnail",
            "cascade:{project}:thumbnail",
            "derived:{project}:folder",
            "derived:{project}:task",
            "type:{project}:folder",
        ),
        "thumbnails/replace the content of that thumbnail: of every entity that has it",
    ),
)
