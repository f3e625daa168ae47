"""Attributes, secrets, configuration, presets, hosts, sites, restarts: mostly in silence."""

from __future__ import annotations

from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import no_content
from ayon_proxy.demo.asking import admin_of, body_of, caller_of, manager_of, studio_of
from ayon_proxy.demo.attribute_set import complete
from ayon_proxy.demo.catalogue import AttributeDefinition, StoredFile
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.studio import Studio

RESTART_TOPIC = "server.restart_required"
RESTART_REASON = "Server restart is required"
ATTRIBUTE_REASON = "Restart the server to apply the attribute changes."


def require_restart(studio: Studio, caller: Caller | None, reason: str) -> None:
    """Say so; the row of the last time is used again (server.md 1.1)."""
    studio.restart_required, studio.restart_reason = True, reason
    topic = "server.restart_required"
    user, sender_type = (caller.name, "api") if caller else (None, None)
    studio.events.dispatch(
        topic, user=user, sender_type=sender_type, description=reason, hash_=topic
    )


def _attribute_admin(request: Request) -> Caller:
    return admin_of(request, "Only administrators are allowed to modify attributes")


async def put_attributes(request: Request) -> Response:
    """`PUT /api/attributes`: all of them."""
    caller, studio = _attribute_admin(request), studio_of(request)
    sent = (await body_of(request))["attributes"]
    studio.attributes = [AttributeDefinition(**each) for each in sent]
    require_restart(studio, caller, RESTART_REASON)
    return no_content()


async def put_attribute(request: Request) -> Response:
    """`PUT /api/attributes/{name}`: creates or replaces."""
    caller, studio = _attribute_admin(request), studio_of(request)
    sent = await body_of(request)
    made = AttributeDefinition(
        name=request.path_params["attribute_name"],
        position=sent["position"],
        scope=sent["scope"],
        data=complete(sent["data"]),
        builtin=sent.get("builtin", False),
    )
    _without(studio, made.name)
    studio.attributes.append(made)
    studio.attributes.sort(key=lambda each: each.position)
    require_restart(studio, caller, ATTRIBUTE_REASON)
    return no_content()


async def change_attribute(request: Request) -> Response:
    """`PATCH /api/attributes/{name}`."""
    caller, studio = _attribute_admin(request), studio_of(request)
    sent, name = await body_of(request), request.path_params["attribute_name"]
    for each in studio.attributes:
        if each.name == name:
            each.data = {**each.data, **(sent.get("data") or {})}
            each.scope = sent.get("scope", each.scope)
            each.position = sent.get("position", each.position)
    require_restart(studio, caller, ATTRIBUTE_REASON)
    return no_content()


async def delete_attribute(request: Request) -> Response:
    """`DELETE /api/attributes/{name}`."""
    caller, studio = _attribute_admin(request), studio_of(request)
    _without(studio, request.path_params["attribute_name"])
    require_restart(studio, caller, ATTRIBUTE_REASON)
    return no_content()


def _without(studio: Studio, name: str) -> None:
    studio.attributes = [each for each in studio.attributes if each.name != name]


async def set_restart_required(request: Request) -> None:
    """`POST /api/system/restartRequired`: an event if it is, none any more if it is not."""
    caller, studio = admin_of(request), studio_of(request)
    if (await body_of(request))["required"]:  # the reason sent is lost (mutations/attributes)
        require_restart(studio, caller, RESTART_REASON)
        return
    studio.restart_required, studio.restart_reason = False, None
    for event in list(studio.events.stored.values()):
        if event.hash == RESTART_TOPIC:
            studio.events.forget(event)


async def restart(request: Request) -> Response:
    """`POST /api/system/restart`: sockets are told, then closed; the uptime begins anew."""
    caller = admin_of(request)
    task = BackgroundTask(_restart, studio_of(request), caller)
    return Response(status_code=204, background=task)


async def _restart(studio: Studio, caller: Caller) -> None:
    studio.events.dispatch("server.restart_requested", user=caller.name)
    studio.restart()


async def put_secret(request: Request) -> Response:
    """`PUT /api/secrets/{name}`."""
    admin_of(request)
    studio_of(request).secrets[request.path_params["name"]] = (await body_of(request))["value"]
    return no_content()


async def delete_secret(request: Request) -> Response:
    """`DELETE /api/secrets/{name}`."""
    admin_of(request)
    studio_of(request).secrets.pop(request.path_params["name"], None)
    return no_content()


async def change_config(request: Request) -> Response:
    """`PATCH /api/config`."""
    admin_of(request, "Only administrators can set server configuration values.")
    studio_of(request).config.update(await body_of(request))
    return no_content()


async def put_config_file(request: Request) -> None:
    """`PUT /api/config/files/{type}`; the name is in `x-file-name`."""
    admin_of(request, "Only administrators can set server configuration values.")
    studio, kind = studio_of(request), request.path_params["file_type"]
    name = f"{kind}.{request.headers.get('x-file-name', 'file').rpartition('.')[2]}"
    studio.files[f"static/customization/{name}"] = StoredFile(
        filename=name,
        content=await request.body(),
        modified_at=studio.clock(),
        content_type=request.headers.get("content-type", "application/octet-stream"),
    )
    customization = {**studio.config.get("customization", {}), kind: name}
    studio.config["customization"] = customization


async def put_preset(request: Request) -> Response:
    """`PUT /api/anatomy/presets/{name}`."""
    presets, name = _presets(request)
    presets[name] = {"primary": False, "data": await body_of(request)}
    return no_content()


async def delete_preset(request: Request) -> Response:
    """`DELETE /api/anatomy/presets/{name}`."""
    presets, name = _presets(request)
    presets.pop(name, None)
    return no_content()


async def make_primary(request: Request) -> Response:
    """`POST /api/anatomy/presets/{name}/primary`."""
    presets, name = _presets(request)
    for each, preset in presets.items():
        preset["primary"] = each == name
    return no_content()


async def unset_primary(request: Request) -> Response:
    """`DELETE /api/anatomy/presets/{name}/primary`."""
    presets, name = _presets(request)
    presets[name]["primary"] = False
    return no_content()


async def rename_preset(request: Request) -> Response:
    """`POST /api/anatomy/presets/{name}/rename`."""
    presets, name = _presets(request)
    presets[(await body_of(request))["name"]] = presets.pop(name)
    return no_content()


def _presets(request: Request) -> tuple[dict[str, dict[str, Any]], str]:
    manager_of(request)
    presets, name = studio_of(request).anatomy_presets, request.path_params["preset_name"]
    if request.method != "PUT" and name not in presets:
        raise AyonError(404, f"Anatomy preset {name} not found.")
    return presets, name


async def heartbeat(request: Request) -> dict[str, Any]:
    """`POST /api/hosts/heartbeat`: which services the host should run (none)."""
    caller, studio = caller_of(request), studio_of(request)
    if not caller.is_service:
        raise AyonError(403, "Only services have access to this endpoint")
    name = (await body_of(request))["hostname"]
    seen = studio.clock().isoformat()
    studio.hosts[name] = {"name": name, "lastSeen": seen, "health": {"cpu": 0.0, "mem": 0.0}}
    return {"services": []}


async def delete_site(request: Request) -> Response:
    """`DELETE /api/system/sites/{site_id}`."""
    admin_of(request, "Only administrators can delete sites")
    studio_of(request).sites.pop(request.path_params["site_id"], None)
    return no_content()


def put_service(request: Request) -> None:
    """`PUT /api/services/{name}`: no addon here has any."""
    manager_of(request)
    raise AyonError(404, "This addon does not have this service")


def change_service(request: Request) -> None:
    """`PATCH /api/services/{name}`."""
    manager_of(request)
    raise AyonError(404, "Service not found")


def delete_service(request: Request) -> Response:
    """`DELETE /api/services/{name}`, known or not."""
    manager_of(request)
    return no_content()


_ATTRIBUTE = "/api/attributes/{attribute_name}"
_PRESET = "/api/anatomy/presets/{preset_name}"
routes: list[Route] = [
    route("PUT", "/api/attributes", put_attributes),
    route("PUT", _ATTRIBUTE, put_attribute),
    route("PATCH", _ATTRIBUTE, change_attribute),
    route("DELETE", _ATTRIBUTE, delete_attribute),
    route("POST", "/api/system/restartRequired", set_restart_required),
    route("POST", "/api/system/restart", restart),
    route("PUT", "/api/secrets/{name}", put_secret),
    route("DELETE", "/api/secrets/{name}", delete_secret),
    route("PATCH", "/api/config", change_config),
    route("PUT", "/api/config/files/{file_type}", put_config_file),
    route("PUT", _PRESET, put_preset),
    route("DELETE", _PRESET, delete_preset),
    route("POST", f"{_PRESET}/primary", make_primary),
    route("DELETE", f"{_PRESET}/primary", unset_primary),
    route("POST", f"{_PRESET}/rename", rename_preset),
    route("POST", "/api/hosts/heartbeat", heartbeat),
    route("DELETE", "/api/system/sites/{site_id}", delete_site),
    route("PUT", "/api/services/{name}", put_service),
    route("PATCH", "/api/services/{name}", change_service),
    route("DELETE", "/api/services/{name}", delete_service),
]
