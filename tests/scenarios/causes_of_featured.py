"""TABLE: which version is the latest that is done, and which is featured for it.

A version is done when the anatomy says so of its status (upstream/server.md 1.5). So one version's
status moves the flags of others, and the state of a status those of versions that nobody touched.
In the film the first version is done, the second is not.

Broken once: without `derived:` tags in the row of a version's status, and in that of its deletion;
without those of versions, or with neither those of products nor `vocabulary:`, in the row of the
anatomy, where the event that follows must be silent, too, since it tells of the whole project.
"""

from __future__ import annotations

from tests.scenarios.cause import Cause, gone, patched, statuses

FEATURED = (
    "g featured version, g featured done, g featured done or latest, g featured only, "
    "g first version flags"
)

APPROVED = patched("versions/<render_v002>", status="Approved")

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
        APPROVED,
        f"{FEATURED}, g version flags, g latest version, versions by status, g task versions, "
        "task, g activities of the version",
    ),
    Cause(
        "a version is not approved any more",
        patched("versions/<render_v002>", status="Pending review"),
        f"{FEATURED}, g version flags",
        (APPROVED,),
    ),
    Cause(
        "the only version that was done is not",
        patched("versions/<render_v001>", status="Pending review"),
        f"{FEATURED}, g version flags",
    ),
    Cause(
        "the latest version that was done is deleted",
        gone("versions/<render_v002>"),
        f"{FEATURED}, g version flags",
        (APPROVED,),
    ),
)
