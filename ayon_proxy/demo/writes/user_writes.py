"""Users and API keys: nearly all of it changes in silence (server.md 1.4)."""

from __future__ import annotations

import re
from urllib.parse import unquote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo import views
from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import body_of, caller_of, manager_of, pattern_fault, studio_of
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.errors import AyonError, InvalidRequestError
from ayon_proxy.demo.people import ApiKey, User, stored_hash
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.sessions import end_session
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.writes.saving import log_out_everywhere, save

NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9_\.\-]*[a-zA-Z0-9]")


async def put(request: Request) -> Response:
    """`PUT /api/users/{user}`: the event names the caller, not the new user (server.md 1.2)."""
    caller, studio = manager_of(request), studio_of(request)
    name, sent = request.path_params["user_name"], await body_of(request)
    if not NAME.fullmatch(name):
        fault = pattern_fault(("path", "user_name"), NAME)
        raise InvalidRequestError(request.method, request.url.path, [fault])
    now = studio.clock()
    studio.users[name] = User(
        name=name,
        created_at=now,
        updated_at=now,
        active=sent.get("active", True),
        attrib=sent.get("attrib") or {},
        data={**(sent.get("data") or {}), "createdBy": caller.name},
        password=sent.get("password"),
    )
    studio.events.dispatch(
        "entity.user.created",
        user=caller.name,
        description=f"User {name} created",
        summary={"entityName": caller.name},
    )
    return no_content()


async def change(request: Request) -> Response:
    """`PATCH /api/users/{user}`."""
    caller, studio, user = _asked(request)
    sent = await body_of(request)
    user.attrib = {**user.attrib, **(sent.get("attrib") or {})}
    user.data = {**user.data, **(sent.get("data") or {})}
    user.active = sent.get("active", user.active)
    save(studio, caller, user)
    return no_content()


async def set_password(request: Request) -> Response:
    """`PATCH /api/users/{user}/password`: sessions live on."""
    _, _, user = _asked(request)
    user.password = (await body_of(request))["password"]
    return no_content()


async def set_preferences(request: Request) -> Response:
    """`PATCH /api/users/{user}/frontendPreferences`."""
    caller, studio, user = _asked(request)
    before = user.data.get("frontendPreferences") or {}
    user.data["frontendPreferences"] = {**before, **await body_of(request)}
    save(studio, caller, user)
    return no_content()


async def set_access_groups(request: Request) -> Response:
    """`PATCH /api/users/{user}/accessGroups`."""
    caller, studio, user = _asked(request)
    for each in (await body_of(request))["accessGroups"]:
        groups = {**user.access_groups, each["project"]: each["accessGroups"]}
        user.data["accessGroups"] = groups
    save(studio, caller, user)
    return no_content()


async def set_access(request: Request) -> Response:
    """`POST /api/access`: users → projects → groups."""
    caller, studio = manager_of(request), studio_of(request)
    for name, groups in (await body_of(request)).items():
        user = _user(studio, name)
        user.data["accessGroups"] = {**user.access_groups, **groups}
        save(studio, caller, user)
    return no_content()


async def delete(request: Request) -> Response:
    """`DELETE /api/users/{user}`: the whole record is in the event's payload (observed.md)."""
    caller, studio = manager_of(request), studio_of(request)
    user = _user(studio, request.path_params["user_name"])
    log_out_everywhere(studio, user.name, f"User {user.name} logged out from all sessions")
    del studio.users[user.name]
    studio.events.dispatch(
        "entity.user.deleted",
        user=caller.name,
        description=f"User {user.name} deleted",
        summary={"entityName": user.name},
        payload={"entityData": views.user_view(user)},
    )
    return no_content()


async def rename(request: Request) -> Response:
    """`PATCH /api/users/{user}/rename`: assignees and authors everywhere follow (server.md 1.5)."""
    caller, studio = manager_of(request), studio_of(request)
    user = _user(studio, request.path_params["user_name"])
    old, new = user.name, (await body_of(request))["newName"]
    log_out_everywhere(studio, old, "User has been logged out after renaming.")
    del studio.users[old]
    user.name = new
    studio.users[new] = user
    for key in studio.api_keys.values():
        key.user_name = new if key.user_name == old else key.user_name
    _rename_everywhere(studio, old, new)
    studio.events.dispatch(
        "entity.user.renamed",
        user=caller.name,
        description=f"Renamed user {old} to {new}",
        summary={"entityName": old},
        payload={"oldValue": old, "newValue": new},
    )
    return no_content()


def _rename_everywhere(studio: Studio, old: str, new: str) -> None:
    for project in studio.projects.values():
        for task in project.tasks.values():
            task.assignees = [new if each == old else each for each in task.assignees]
        for version in project.versions.values():
            version.author = new if version.author == old else version.author


async def set_avatar(request: Request) -> None:
    """`PUT /api/users/{user}/avatar`."""
    _, _, user = _asked(request)
    user.avatar = await request.body()


async def delete_avatar(request: Request) -> None:
    """`DELETE /api/users/{user}/avatar`."""
    _, _, user = _asked(request)
    user.avatar = None


async def add_key(request: Request) -> None:
    """`POST /api/users/{user}/apikeys`."""
    _, studio, user = _asked(request)
    sent = await body_of(request)
    key = sent["key"]
    made = ApiKey(
        key=key,
        user_name=user.name,
        id=studio.new_id(),
        label=sent.get("label", ""),
        preview=f"{key[:4]}*****{key[-4:]}",
        created=studio.clock().timestamp(),
        expires=sent.get("expires"),
    )
    studio.api_keys[key] = made
    shown = {"id": made.id, "key": stored_hash(key), "label": made.label, "created": made.created}
    user.data["apiKeys"] = [*user.data.get("apiKeys", ()), {**shown, "preview": made.preview}]


async def delete_key(request: Request) -> None:
    """`DELETE /api/users/{user}/apikeys/{key_id}`: it works on while its session lives."""
    _, studio, user = _asked(request)
    key_id = request.path_params["key_id"]
    for key in [each for each in studio.api_keys.values() if each.id == key_id]:
        del studio.api_keys[key.key]
    keys = user.data.get("apiKeys", ())
    user.data["apiKeys"] = [each for each in keys if each["id"] != key_id]


async def delete_session(request: Request) -> Response:
    """`DELETE /api/users/{user}/sessions/{session_id}`."""
    caller, studio, _ = _asked(request)
    token = unquote(request.path_params["session_id"])
    end_session(studio, token, f"Logged out by {caller.name}")
    return no_content()


def _asked(request: Request) -> tuple[Caller, Studio, User]:
    caller, studio = caller_of(request), studio_of(request)
    name = request.path_params["user_name"]
    if not caller.is_manager and caller.name != name:
        raise AyonError(403, "Only managers can modify other users")
    return caller, studio, _user(studio, name)


def _user(studio: Studio, name: str) -> User:
    user = studio.users.get(name)
    if user is None:
        raise AyonError(404, f"User {name} not found")
    return user


_USER = "/api/users/{user_name}"
routes: list[Route] = [
    route("PUT", _USER, put),
    route("PATCH", _USER, change),
    route("DELETE", _USER, delete),
    route("PATCH", f"{_USER}/rename", rename),
    route("PATCH", f"{_USER}/password", set_password),
    route("PATCH", f"{_USER}/frontendPreferences", set_preferences),
    route("PATCH", f"{_USER}/accessGroups", set_access_groups),
    route("PUT", f"{_USER}/avatar", set_avatar),
    route("DELETE", f"{_USER}/avatar", delete_avatar),
    route("POST", f"{_USER}/apikeys", add_key),
    route("DELETE", f"{_USER}/apikeys/{{key_id}}", delete_key),
    route("DELETE", f"{_USER}/sessions/{{session_id}}", delete_session),
    route("POST", "/api/access", set_access),
]
