"""TABLE: writes to users, what they may do, how they sign in, their views."""

from __future__ import annotations

from ayon_proxy.policy.writes.row import Write

RIGHTS = ("answers",)
"""They change what is shown of everything; a name stands in every project."""

_SESSION = "users/deactivate user with live sessions; auth/login: the user's record may move"

ROWS = (
    Write("PUT", "/api/users/{user_name}", RIGHTS, "users/create user"),
    Write("PATCH", "/api/users/{user_name}", RIGHTS, "users/update user: no event"),
    Write("DELETE", "/api/users/{user_name}", RIGHTS, "users/delete user; 1.5 user delete"),
    Write("PATCH", "/api/users/{user_name}/accessGroups", RIGHTS, "access/groups: no event"),
    Write("POST PATCH", "/api/users/{user_name}/rename", RIGHTS, "users/rename user; 1.5"),
    Write("POST", "/api/access", RIGHTS, "access/POST access: no event"),
    Write("POST", "/api/users/acceptInvite", RIGHTS, "1.3 acceptInvite"),
    Write("POST", "/api/users/{user_name}/invite", ("users",), "1.3: no event"),
    Write("PATCH", "/api/users/{user_name}/frontendPreferences", ("users",), "1.3: no event"),
    Write("PUT DELETE", "/api/users/{user_name}/avatar", ("users",), "users/avatar: no event"),
    Write("PATCH", "/api/users/{user_name}/password", ("users",), "1.3: no event"),
    Write("POST", "/api/users/passwordReset", ("users",), "1.3: no event"),
    Write("POST", "/api/users/passwordResetRequest", ("users",), "1.3: no event"),
    Write("POST", "/api/users/{user_name}/checkPassword", (), "1.3: a read in the form of a POST"),
    Write(
        "PUT DELETE",
        "/api/accessGroups/{access_group_name}/{project}",
        RIGHTS,
        "access/edit access group; access/delete access group",
        topics=("access_group.updated",),
    ),
    # Signing in and out
    Write("POST", "/api/auth/login", ("users",), _SESSION),
    Write("POST", "/api/auth/sessions", ("users",), _SESSION),
    Write("POST", "/api/auth/logout", ("users",), _SESSION),
    Write("DELETE", "/api/users/{user_name}/sessions/{session_id}", ("users",), _SESSION),
    Write("POST", "/api/users/{user_name}/apikeys", ("users",), "users/apikeys: no event"),
    Write(
        "PATCH DELETE",
        "/api/users/{user_name}/apikeys/{entity_id}",
        ("users",),
        "users/apikeys: no event",
    ),
    # Views: the default one is kept elsewhere, and answered from there
    Write("POST", "/api/views/{view_type}", ("views",), "views/create: no event"),
    Write("POST", "/api/views/{view_type}/default", ("views",), "views/default: no event"),
    Write("PATCH DELETE", "/api/views/{view_type}/{view_id}", ("views",), "views: no event"),
)
