"""What guests may do: next to nothing (server.md 3.5).

A project knows its guests by their mail address. Of the REST API they are let into these endpoints
only, which then show them less than others.
"""

from __future__ import annotations

from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.people import User
from ayon_proxy.demo.project import Project

REFUSED = "Guest users are not allowed to access this endpoint"
NOT_INVITED = "You are not invited to this project"

_PROJECT = "/api/projects/{project_name}"
_PICTURED = ("folder", "task", "version", "workfile")
_REVIEWED = ("folder", "task", "version", "product")

OPEN = frozenset(
    {
        "POST /api/actions/list",
        "GET /api/addons",
        "GET /api/bundles",
        "GET /api/frontendModules",
        "GET /api/info",
        "GET /api/projects",
        "POST /api/resolve",
        "GET /api/users/me",
        "GET /api/users/{user_name}/avatar",
        f"GET {_PROJECT}",
        f"PATCH {_PROJECT}/activities/{{activity_id}}",
        f"DELETE {_PROJECT}/activities/{{activity_id}}",
        f"GET {_PROJECT}/activityCategories",
        f"GET {_PROJECT}/folders",
        f"POST {_PROJECT}/suggest",
        f"GET {_PROJECT}/thumbnail",
        f"GET {_PROJECT}/{{entity_type}}/{{entity_id}}/watchers",
        f"POST {_PROJECT}/{{entity_type}}/{{entity_id}}/watchers",
        f"POST {_PROJECT}/{{entity_type}}/{{entity_id}}/activities",
        *(f"GET {_PROJECT}/{each}s/{{{each}_id}}/thumbnail" for each in _PICTURED),
        *(f"GET {_PROJECT}/{each}s/{{{each}_id}}/reviewables" for each in _REVIEWED),
        f"POST {_PROJECT}/files",
        f"DELETE {_PROJECT}/files/{{file_id}}",
        *(
            f"{method} {_PROJECT}/files/{{file_id}}{what}"
            for method in ("GET", "HEAD")
            for what in ("", "/info", "/payload", "/still", "/thumbnail")
        ),
        # These ask nobody who he is.
        "GET /api/accessGroups/_schema",
        "POST /api/auth/login",
        "POST /api/auth/logout",
        "GET /api/auth/tokenauth",
        "GET /api/csv/export/{entity_type}/fields",
        "GET /api/system/restartRequired",
    }
)
"""Method and path of the routes of the REST API that are open to guests."""


def refuse_guest(user: User, route: str) -> None:
    """Raises AyonError 403 when a guest asks for what is not open to guests."""
    guarded = "/api/" in route or "/private/" in route
    if user.is_guest and guarded and route not in OPEN:
        raise AyonError(403, REFUSED)


def is_invited(user: User, project: Project) -> bool:
    """Whether a guest may enter a project."""
    return user.attrib.get("email") in project.data.get("guestUsers", {})
