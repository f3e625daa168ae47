"""TABLE: whose pictures change with somebody else's, and which vanish.

A thumbnail's row can belong to many entities. When it is deleted, the database takes it from all of
them (upstream/server.md 1.5, delete); but no request does that, so it is no row here: upstream's
upkeep deletes only those that nothing shows. What a request can do is to take the picture from one.

Broken once: with nothing invalidated by `thumbnail_changed` of one type after the other.
"""

from __future__ import annotations

from tests.scenarios.cause import Cause, patched
from tests.support.side_by_side import Change

_P = "/api/projects/<p>"

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108020000009077"
    "53de0000000c4944415408d763f8cfc000000301010018dd8db00000000049454e44ae426082"
)

SHARED = tuple(
    patched(each, thumbnailId="<shot_thumbnail>")
    for each in ("tasks/<compositing>", "versions/<plate_v002>", "workfiles/<workfile>")
)
"""One picture for the shot and for something of each other type that has pictures."""

PICTURES = (
    Cause(
        "a picture of a version",
        Change(
            "POST",
            f"{_P}/versions/<render_v002>/thumbnail",
            None,
            PNG,
            {"content-type": "image/png"},
        ),
        "folder, task, folders, folders with attrib, g folder thumbnails, g task updated, "
        "g task thumbnails, version thumbnail",
    ),
    Cause(
        "a reviewable",
        Change(
            "POST",
            f"{_P}/versions/<plate_v002>/reviewables?label=Still",
            None,
            PNG,
            {"content-type": "image/png", "x-file-name": "still.png"},
        ),
        "folder reviewables, task reviewables, g reviewed, g activities",
    ),
    Cause(
        "a folder loses its picture",
        patched("folders/<shot>", thumbnailId=None),
        "folder, folders, g folder thumbnails, folder thumbnail",
    ),
    Cause(
        "a task loses its picture",
        patched("tasks/<compositing>", thumbnailId=None),
        "task, g task thumbnails",
        SHARED,
    ),
    Cause(
        "a version loses its picture",
        patched("versions/<render_v002>", thumbnailId=None),
        "version, version thumbnail, g version thumbnails, task, g task updated",
    ),
    Cause(
        "a workfile loses its picture",
        patched("workfiles/<workfile>", thumbnailId=None),
        "workfile, g workfile thumbnails",
        SHARED,
    ),
)
