"""TABLE: which version is the latest that is done, and which is featured for it.

A version is done when the anatomy says so of its status (upstream/server.md 1.5). So one version's
status moves the flags of others, and the state of a status those of versions that nobody touched.
In the film the first version is done, the second is not.
"""

from __future__ import annotations

from tests.scenarios.cause import Cause, gone, patched, statuses

FEATURED = (
    "g featured version, g featured done, g featured done or latest, g featured only, "
    "g first version flags"
)

BY_DONE = (
    Cause(
        "a status means done",
        statuses(done="Pending review"),
        f"{FEATURED}, g version flags, project, anatomy",
    ),
    Cause(
        "a status does not mean done any more",
        statuses(undone="Approved"),
        f"{FEATURED}, g version flags, project, anatomy",
    ),
    Cause(
        "a version is approved",
        patched("versions/<render_v002>", status="Approved"),
        f"{FEATURED}, g version flags, g latest version, versions by status, g task versions, "
        "task, g activities of the version",
    ),
    Cause(
        "the version that was done is not",
        patched("versions/<render_v001>", status="Pending review"),
        f"{FEATURED}, g version flags",
    ),
    Cause(
        "the version that was done is deleted",
        gone("versions/<render_v001>"),
        f"{FEATURED}, g version flags",
    ),
)
