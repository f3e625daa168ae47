"""TABLE: users, what they may do, how they sign in, their views."""

from __future__ import annotations

from dataclasses import replace

from ayon_proxy.policy.lifetimes import IDENTITY, PICTURE, STUDIO_CONFIG
from ayon_proxy.policy.routes.carrying import carries
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.routes.rows import passed, picture, stored, write

_FORM = carries("settings forms")
"""What permissions there are: addons may bring their own (upstream/server.md 1.6, enums)."""

_SECRETS = ("data.password", "data.apiKey*", "data.passwordResetRequest", "data.supportToken")
"""Hashes and one-time tokens that upstream sends along (upstream/observed.md)."""

_CREDENTIAL = "a credential is made, shown or ended"
_ARRANGED = "somebody's own arrangement, looked at right after it was made; it has no event"

_SITE = ("x-ayon-site-id", "x-ayon-platform", "x-ayon-hostname", "x-ayon-version")

ROUTES = (
    # Asked by every process when it starts, with and without a credential. With all of these fields
    # upstream writes the record of the site (server.md 3.3): see `cache.registrations`.
    stored(
        "/api/info",
        IDENTITY,
        *carries("users", "settings forms"),
        "sites",
        vary=_SITE,
        redact=tuple(f"user.{each}" for each in (*_SECRETS, "password", "apiKey*")),
    ),
    # Users
    stored("/api/users/me", IDENTITY, "users", redact=_SECRETS),
    stored("/api/users/{user_name}", IDENTITY, "users", redact=_SECRETS),
    picture("/api/users/{user_name}/avatar", "users", lifetimes=PICTURE, share=Share.SIGNED_IN),
    stored("/api/share", IDENTITY, *carries("users", "projects")),
    write("PUT", "/api/users/{user_name}"),
    write("PATCH DELETE", "/api/users/{user_name}"),
    write("PATCH", "/api/users/{user_name}/accessGroups"),
    write("POST PATCH", "/api/users/{user_name}/rename"),
    write("POST", "/api/access"),
    write("POST", "/api/users/acceptInvite"),
    write("POST", "/api/users/{user_name}/invite"),
    write("PATCH", "/api/users/{user_name}/frontendPreferences"),
    write("PUT DELETE", "/api/users/{user_name}/avatar"),
    write("PATCH", "/api/users/{user_name}/password"),
    write("POST", "/api/users/passwordReset"),
    write("POST", "/api/users/passwordResetRequest"),
    passed("POST", "/api/users/{user_name}/checkPassword", "holds a password"),
    # Permissions and the groups they come from
    stored("/api/users/me/permissions", IDENTITY, "users"),
    stored("/api/users/me/permissions/{project}", IDENTITY, "users"),
    stored("/api/users/{user_name}/permissions", IDENTITY, "users"),
    stored("/api/users/{user_name}/permissions/{project}", IDENTITY, "users"),
    stored("/api/accessGroups/_schema", STUDIO_CONFIG, *_FORM, share=Share.SIGNED_IN),
    stored("/api/accessGroups/{project}", IDENTITY, "users"),
    stored("/api/accessGroups/{access_group_name}/{project}", IDENTITY, "users"),
    write("PUT DELETE", "/api/accessGroups/{access_group_name}/{project}"),
    # Signing in and out
    passed("POST", "/api/auth/login", _CREDENTIAL),
    passed("GET", "/api/auth/tokenauth", _CREDENTIAL, safe=False),
    passed("GET", "/api/auth/pools", "users of the licence at this moment"),
    passed("GET POST", "/api/auth/sessions", _CREDENTIAL),
    replace(passed("POST", "/api/auth/logout", _CREDENTIAL), ends_session=True),
    passed("GET", "/api/users/{user_name}/sessions", "session ids are the tokens themselves"),
    passed("DELETE", "/api/users/{user_name}/sessions/{session_id}", _CREDENTIAL),
    passed("GET", "/api/users/{user_name}/apikeys", _CREDENTIAL),
    passed("POST", "/api/users/{user_name}/apikeys", _CREDENTIAL),
    passed("PATCH DELETE", "/api/users/{user_name}/apikeys/{entity_id}", _CREDENTIAL),
    # Views: how a person has arranged tables
    passed("GET", "/api/views/{view_type}", _ARRANGED),
    passed("GET", "/api/views/{view_type}/base", _ARRANGED),
    passed("GET", "/api/views/{view_type}/default", _ARRANGED),
    passed("GET", "/api/views/{view_type}/working", _ARRANGED),
    passed("GET", "/api/views/{view_type}/{view_id}", _ARRANGED),
    write("POST", "/api/views/{view_type}"),
    write("POST", "/api/views/{view_type}/default"),
    write("PATCH DELETE", "/api/views/{view_type}/{view_id}"),
)
