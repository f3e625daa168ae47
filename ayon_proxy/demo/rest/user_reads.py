"""Users, their permissions, sessions and API keys."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo import rights
from ayon_proxy.demo.asking import caller_of, manager_of, project_of, studio_of
from ayon_proxy.demo.errors import AyonError, CrashedError
from ayon_proxy.demo.people import Session, User, permissions
from ayon_proxy.demo.rest.routing import get, post
from ayon_proxy.demo.views import exposure_level, user_record, user_view

NOT_YOURS = "You do not have permission to view this user's permissions"


def user_of(request: Request) -> User:
    """The user the path names. Raises AyonError 404."""
    name = request.path_params["user_name"]
    found = studio_of(request).users.get(name)
    if found is None:
        raise AyonError(404, f"User {name} not found")
    return found


def me(request: Request) -> dict[str, Any]:
    """`GET /api/users/me`: the session's snapshot."""
    caller = caller_of(request)
    return user_view(caller.user, own=not caller.acts_as_other) | {
        "uiExposureLevel": exposure_level(caller.user)
    }


def user(request: Request) -> dict[str, Any]:
    """`GET /api/users/{name}`: others see little of a user, and times of their own asking."""
    caller = caller_of(request)
    found = user_of(request)
    if found.name == caller.name and not caller.acts_as_other:
        own = user_view(caller.user, own=True)
        del own["uiExposureLevel"]
        return own
    if caller.is_manager or found.name == caller.name:
        return user_view(found)
    now = studio_of(request).clock().replace(tzinfo=None)
    attrib = {key: value for key, value in found.attrib.items() if key == "fullName"}
    return {
        "name": found.name,
        "attrib": attrib,
        "data": {},
        "active": found.active,
        "createdAt": now,
        "updatedAt": now,
    }


def my_permissions(request: Request) -> dict[str, Any]:
    """`GET /api/users/me/permissions`: of all projects; nothing in detail for managers."""
    caller, studio = caller_of(request), studio_of(request)
    if caller.is_manager:
        level = "admin" if caller.is_admin else "manager"
        return {"user_level": level, "studio": None, "projects": None}
    projects = [each for each in studio.projects.values() if rights.may_enter(caller.user, each)]
    return {
        "user_level": "user",
        "studio": rights.studio_permissions(studio, caller.user)["studio"],
        "projects": {
            each.name: rights.project_permissions(studio, caller.user, each) for each in projects
        },
    }


def my_project_permissions(request: Request) -> dict[str, Any]:
    """`GET /api/users/me/permissions/{project}`."""
    caller, project = project_of(request)
    return rights.project_permissions(studio_of(request), caller.user, project)


def user_permissions(request: Request) -> dict[str, Any]:
    """`GET /api/users/{name}/permissions`: those of no project, so of no group."""
    manager_of(request, NOT_YOURS)
    return permissions(unrestricted=user_of(request).is_manager)


def user_project_permissions(request: Request) -> dict[str, Any]:
    """`GET /api/users/{name}/permissions/{project}`."""
    manager_of(request, NOT_YOURS)
    _, project = project_of(request)
    return rights.project_permissions(studio_of(request), user_of(request), project)


def sessions(request: Request) -> dict[str, Any]:
    """`GET /api/users/{name}/sessions`: one's own, or anybody's for managers."""
    caller = caller_of(request)
    name = request.path_params["user_name"]
    if not (caller.is_manager or caller.name == name):
        raise AyonError(403, "Forbidden")
    return {
        "sessions": [
            {
                "token": each.token,
                "isService": each.is_service,
                "lastUsed": each.last_used,
                "clientInfo": each.client_info,
            }
            for each in studio_of(request).sessions.values()
            if each.user.name == name
        ]
    }


def all_sessions(request: Request) -> list[dict[str, Any]]:
    """`GET /api/auth/sessions`: everybody's, for managers, with their tokens."""
    manager_of(request)
    return [_session_view(each) for each in studio_of(request).sessions.values()]


def _session_view(session: Session) -> dict[str, Any]:
    return {
        "user": user_record(session.user),
        "token": session.token,
        "created": session.created,
        "lastUsed": session.last_used,
        "isService": session.is_service,
        # A service's session is not counted as that of an API key, although it is one.
        "isApiKey": session.is_api_key and not session.is_service,
        "clientInfo": session.client_info or None,
    }


def pools(request: Request) -> list[Any]:
    """`GET /api/auth/pools`."""
    manager_of(request, "Only managers can access this endpoint")
    return []


def api_keys(request: Request) -> list[dict[str, Any]]:
    """`GET /api/users/{name}/apikeys`: crashes for a user who never had one."""
    caller = caller_of(request)
    name = request.path_params["user_name"]
    if not (caller.is_admin or caller.name == name):
        raise AyonError(403, "You don't have permission to access this user's API keys")
    studio = studio_of(request)
    keys = [each for each in studio.api_keys.values() if each.user_name == name]
    if not keys and "apiKeys" not in studio.users[name].data:
        raise CrashedError("TypeError: 'NoneType' object is not iterable")
    return [
        {
            "id": each.id,
            "label": each.label,
            "preview": each.preview,
            "created": each.created,
            "expires": each.expires,
        }
        for each in keys
    ]


def avatar(request: Request) -> Response:
    """`GET /api/users/{name}/avatar`: a picture, or initials, for names that don't exist too."""
    caller_of(request)
    name = request.path_params["user_name"]
    found = studio_of(request).users.get(name)
    headers = {"cache-control": "max-age=3600"}
    if found is not None and found.avatar is not None:
        return Response(found.avatar, headers=headers, media_type="image/jpeg")
    words = str((found.attrib.get("fullName") if found else None) or name).split()
    letters = "".join(word[0] for word in words[:2]).upper()
    svg = f'<svg xmlns="http://www.w3.org/2000/svg"><text x="50%" y="50%">{letters}</text></svg>'
    return Response(svg, headers=headers, media_type="image/svg+xml")


async def check_password(request: Request) -> dict[str, Any]:
    """`POST /api/users/{name}/checkPassword`: whether a new password would do."""
    caller_of(request)
    if len(str((await request.json()).get("password", ""))) < 8:
        raise AyonError(400, "Password must be at least 8 characters.")
    return {}


routes: list[Route] = [
    get("/api/users/me", me),
    get("/api/users/me/permissions", my_permissions),
    get("/api/users/me/permissions/{project_name}", my_project_permissions),
    get("/api/users/{user_name}", user),
    get("/api/users/{user_name}/permissions", user_permissions),
    get("/api/users/{user_name}/permissions/{project_name}", user_project_permissions),
    get("/api/users/{user_name}/sessions", sessions),
    get("/api/users/{user_name}/apikeys", api_keys),
    get("/api/users/{user_name}/avatar", avatar),
    post("/api/users/{user_name}/checkPassword", check_password),
    get("/api/auth/sessions", all_sessions),
    get("/api/auth/pools", pools),
]
