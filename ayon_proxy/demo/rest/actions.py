"""Actions of addons: what is offered for an entity, how it is configured, and doing it.

A launcher action leaves a pending event behind and gives out its hash as a one-time token;
taking or aborting it changes that row, and nobody is told (server.md 1.3).
"""

from __future__ import annotations

from secrets import token_hex
from typing import Any
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo import rights
from ayon_proxy.demo.asking import admin_of, body_of, caller_of, studio_of
from ayon_proxy.demo.catalogue import Action, Addon
from ayon_proxy.demo.credentials import Caller
from ayon_proxy.demo.errors import AyonError, CrashedError
from ayon_proxy.demo.events import Event
from ayon_proxy.demo.rest.bundles import bundle_of
from ayon_proxy.demo.rest.routing import get, post
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.views import present

LAUNCHER = "action.launcher"
NO_REFERER = "http://localhost:5000"


async def _context(request: Request) -> tuple[Caller, Studio, dict[str, Any]]:
    """Who asks, and what about. Raises AyonError 403 for a project the caller may not enter."""
    caller, studio = caller_of(request), studio_of(request)
    context = await body_of(request) if await request.body() else {}
    project = studio.project(context.get("projectName") or "")
    if project is not None:
        rights.require_entry(caller.user, project)
    return caller, studio, context


async def offered(request: Request) -> dict[str, Any]:
    """`POST /api/actions/list`: those of the variant's bundle that suit the one entity chosen."""
    caller, studio, context = await _context(request)
    variant = request.query_params.get("variant", "production")
    bundle = bundle_of(studio, variant)
    ids = context.get("entityIds") or []
    if bundle is None or len(ids) != 1 or request.query_params.get("mode") == "dynamic":
        return {"actions": []}
    return {
        "actions": [
            _view(addon, action, variant)
            for name, version in bundle.addons.items()
            if (addon := studio.addons.get((name, version or ""))) is not None
            for action in addon.actions
            if action.entity_type == context.get("entityType")
            and (caller.is_admin or not action.admin_only)
        ]
    }


def _view(addon: Addon, action: Action, variant: str) -> dict[str, Any]:
    return present(
        {
            "identifier": action.identifier,
            "label": action.label,
            "category": action.category,
            "order": action.order,
            "icon": action.icon,
            "adminOnly": action.admin_only,
            "managerOnly": False,
            "configFields": action.config_fields,
            "featured": False,
            "addonName": addon.name,
            "addonVersion": addon.version,
            "variant": variant,
        }
    )


async def configure(request: Request) -> dict[str, Any]:
    """`POST /api/actions/config`: a write with a `value`, else a read; each user's own."""
    caller, studio, context = await _context(request)
    query = request.query_params
    names = ("addonName", "addonVersion", "identifier")
    key = (caller.name, *(query.get(name, "") for name in names))
    if "value" in context:
        studio.action_configs[key] = context["value"]
    return studio.action_configs.get(key, {})


async def execute(request: Request) -> dict[str, Any]:
    """`POST /api/actions/execute`. Only with an `Authorization` field: API keys are refused."""
    caller, studio, context = await _context(request)
    if "authorization" not in request.headers:
        raise AyonError(403, "Authorization header is missing")
    query = request.query_params
    identifier = query.get("identifier", "")
    addon = studio.addons.get((query.get("addonName", ""), query.get("addonVersion", "")))
    actions = addon.actions if addon else []
    action = next((each for each in actions if each.identifier == identifier), None)
    if addon is None or action is None:
        raise AyonError(400, f"Unknown action: {identifier}")
    if action.failure is not None:
        raise CrashedError(action.failure)
    message = action.message.format(user=caller.name)
    if action.args is None:
        return {"type": "simple", "success": True, "message": message, "payload": {}}
    event = _leave_for_launcher(caller, studio, addon, action, context, query)
    referer = urlsplit(request.headers.get("referer", NO_REFERER))
    server_url = f"{referer.scheme}://{referer.netloc}"
    parameters = urlencode({"server_url": server_url, "token": event.hash})
    return {
        "type": "launcher",
        "success": True,
        "message": message,
        "payload": {"uri": f"ayon-launcher://action?{parameters}"},
    }


def _leave_for_launcher(
    caller: Caller, studio: Studio, addon: Addon, action: Action, context: Any, query: Any
) -> Event:
    return studio.events.dispatch(
        LAUNCHER,
        hash_=token_hex(32),
        project=context.get("projectName"),
        user=caller.name,
        sender=caller.sender,
        sender_type=caller.sender_type,
        description=action.message,
        summary={
            "addon_name": addon.name,
            "addon_version": addon.version,
            "variant": query.get("variant", "production"),
            "action_identifier": action.identifier,
        },
        payload={
            "args": action.args,
            "context": {
                "project_name": context.get("projectName"),
                "entity_type": context.get("entityType"),
                "entity_ids": context.get("entityIds"),
                "entity_subtypes": context.get("entitySubtypes"),
                "form_data": context.get("formData"),
            },
        },
        status="pending",
        progress=0.0,
    )


def _left(request: Request, *states: str) -> Event:
    token = request.path_params["token"]
    for event in studio_of(request).events.stored.values():
        if event.hash == token and event.topic == LAUNCHER and event.status in states:
            return event
    raise AyonError(404, "Invalid token")


def take(request: Request) -> dict[str, Any]:
    """`GET /api/actions/take/{token}`: for anyone, once."""
    event = _left(request, "pending")
    event.status = "in_progress"
    context = event.payload["context"]
    return {
        "eventId": event.id,
        "actionIdentifier": event.summary["action_identifier"],
        "args": event.payload["args"],
        "context": {
            "projectName": context["project_name"],
            "entityType": context["entity_type"],
            "entitySubtypes": context["entity_subtypes"],
            "entityIds": context["entity_ids"],
            "formData": context["form_data"],
        },
        "addonName": event.summary["addon_name"],
        "addonVersion": event.summary["addon_version"],
        "variant": event.summary["variant"],
        "userName": event.user,
    }


async def abort(request: Request) -> None:
    """`POST /api/actions/abort/{token}`: for anyone."""
    event = _left(request, "pending", "in_progress")
    event.status = "aborted"
    event.description = (await body_of(request)).get("message", event.description)


def manage(request: Request) -> list[Any]:
    """`GET /api/actions/manage`."""
    admin_of(request, "Only admins can manage actions")
    return []


routes: list[Route] = [
    post("/api/actions/list", offered),
    post("/api/actions/config", configure),
    post("/api/actions/execute", execute),
    get("/api/actions/take/{token}", take),
    post("/api/actions/abort/{token}", abort),
    get("/api/actions/manage", manage),
]
