"""TABLE: writes to projects themselves, who may see them, and imports into them."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from ayon_proxy.policy.writes.row import Change, Write

_PROJECT = "/api/projects/{project}"

ALL_OF_IT = ("answers:{project}", "projects", "bundles", "sites")
"""`entity.project.changed` does not say what changed, nor does the table of events (1.4)."""

RIGHTS = ("answers",)
"""What somebody may see decides what is shown of everything."""


def _new(_names: Mapping[str, str], body: Any, _: Collection[str]) -> Sequence[Change] | None:
    name = body.get("name") if isinstance(body, dict) else None
    if not isinstance(name, str) or not name:
        return None
    return (Change(("entity.project.created",), {"project": (name.lower(),)}),)


ROWS = (
    Write(
        "POST",
        "/api/projects",
        ("studio",),
        "projects/create project; its maker and the default users get access",
        reads=_new,
        otherwise=("answers",),
    ),
    Write(
        "PUT DELETE",
        _PROJECT,
        ("project:{project}", "studio"),
        "projects/delete project: everybody's access groups name it",
    ),
    Write(
        "POST",
        f"{_PROJECT}/rename",
        ("project:{project}", "answers"),
        "projects/rename project",
    ),
    Write("PATCH", _PROJECT, ALL_OF_IT, "projects/update project"),
    Write("POST", f"{_PROJECT}/anatomy", ALL_OF_IT, "projects/rename a status (POST anatomy)"),
    Write(
        "POST",
        f"{_PROJECT}/thumbnail",
        ("answers:{project}", "projects"),
        "thumbnails/project thumbnail: no event",
    ),
    Write(
        "PUT",
        f"{_PROJECT}/roots/{{site_id}}",
        ("answers:{project}", "projects", "sites"),
        "projects/set roots of a site: no event; paths that were resolved hold them",
    ),
    Write(
        "POST DELETE",
        f"{_PROJECT}/bundle",
        ("answers:{project}", "projects", "bundles", "settings", "addons"),
        "addons/project bundle freeze: no event of its own",
    ),
    Write(
        "POST",
        f"{_PROJECT}/bundles",
        ("answers:{project}", "projects", "bundles", "settings", "addons"),
        "1.3: no event",
    ),
    Write(
        "PATCH",
        f"{_PROJECT}/users/{{user_name}}",
        RIGHTS,
        "access/project users: no event",
    ),
    Write("POST", f"{_PROJECT}/guests", RIGHTS, "1.3: no event"),
    Write("DELETE", f"{_PROJECT}/guests/{{email}}", RIGHTS, "1.3: no event"),
    Write("PATCH", f"{_PROJECT}/teams", ("users", "projects"), "projects/teams: no event"),
    Write(
        "PUT DELETE",
        f"{_PROJECT}/teams/{{team_name}}",
        ("users", "projects"),
        "projects/teams: no event",
    ),
    Write(
        "PUT DELETE",
        f"{_PROJECT}/teams/{{team_name}}/members/{{member_name}}",
        ("users", "projects"),
        "projects/teams: no event",
    ),
    # Folders that projects are sorted into: `data` of the projects
    Write("POST", "/api/projectFolders", ("projects",), "1.3: no event"),
    Write("POST", "/api/projectFolders/assign", ("projects",), "1.3: no event"),
    Write("POST", "/api/projectFolders/order", ("projects",), "1.3: no event"),
    Write("PATCH DELETE", "/api/projectFolders/{folder_id}", ("projects",), "1.3: no event"),
    # Table files
    Write("PUT", "/api/csv/import/upload", (), "parked for an import: nothing shows it"),
    Write(
        "POST",
        "/api/csv/import/{import_type}",
        ("answers",),
        "1.3 csv/import: users, too; the project is named in the query",
    ),
    # What the table does not know
    Write(
        "*",
        f"{_PROJECT}/{{rest:path}}",
        ("project:{project}", "answers"),
        "not listed",
    ),
)
