"""Projects: created, changed, renamed, deleted; their events name them and no more (server.md 1.2).

A change of anything is followed by `entity.project.changed`, a change of nothing as well. Roots
of sites, teams, access and project folders change in silence (server.md 1.4).
"""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer, no_content
from ayon_proxy.demo.asking import body_of, caller_of, project_of, studio_of
from ayon_proxy.demo.attribute_set import project_defaults
from ayon_proxy.demo.errors import AyonError, CrashedError
from ayon_proxy.demo.people import User
from ayon_proxy.demo.project import Anatomy, Project
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.vocabulary import anatomy as default_anatomy
from ayon_proxy.demo.writes.anatomies import anatomy_of, rename_words
from ayon_proxy.demo.writes.constraints import attribute_values
from ayon_proxy.demo.writes.edit import Edit
from ayon_proxy.demo.writes.entity_writes import edit_of
from ayon_proxy.demo.writes.saving import save

_LISTS = {
    "folderTypes": "folder_types",
    "taskTypes": "task_types",
    "statuses": "statuses",
    "tags": "tags",
    "linkTypes": "link_types",
}
_CONFIG = ("roots", "templates", "entity_naming", "product_base_types")


async def deploy(request: Request) -> Response:
    """`POST /api/projects`: a project with an anatomy; told after the answer."""
    sent = await body_of(request)
    anatomy = anatomy_of(sent.get("anatomy") or {}, default_anatomy())
    attributes = (sent.get("anatomy") or {}).get("attributes") or {}
    return _created(request, sent["name"], sent, anatomy, attributes)


async def put(request: Request) -> Response:
    """`PUT /api/projects/{project}`: as bare as it comes."""
    sent = await body_of(request)
    if not sent.get("folderTypes"):
        raise CrashedError("Project must have at least one folder type")
    anatomy = Anatomy(**{field: sent[key] for key, field in _LISTS.items() if key in sent})
    name = request.path_params["project_name"]
    return _created(request, name, sent, anatomy, sent.get("attrib") or {})


def _created(
    request: Request, name: str, sent: dict[str, Any], anatomy: Anatomy, attrib: dict[str, Any]
) -> Response:
    caller, studio = caller_of(request), studio_of(request)
    if not caller.is_manager:
        raise AyonError(403, "You are not allowed to access create_projects")
    for each in studio.projects.values():
        if each.name.casefold() == name.casefold() or each.code == sent["code"]:
            raise AyonError(409, f"Project {each.name} ({each.code}) already exists")
    given = {key: value for key, value in attrib.items() if value is not None}
    now = studio.clock()
    project = Project(
        name=name,
        code=sent["code"],
        label=sent.get("label"),
        library=bool(sent.get("library")),
        data=sent.get("data") or {},
        attrib={**project_defaults(), **given},
        anatomy=anatomy,
        created_at=now,
        updated_at=now,
    )
    studio.projects[name] = project
    edit = Edit(studio, project, caller)
    tell = BackgroundTask(
        _tell, edit, "created", f"Created project {name}", {"project": project.name}
    )
    return json_answer(None, 201, background=tell)


def _tell(edit: Edit, what: str, said: str, event: dict[str, Any] | None = None) -> None:
    edit.dispatch(f"entity.project.{what}", description=said, **(event or {}))


async def change(request: Request) -> Response:
    """`PATCH /api/projects/{project}`."""
    edit = managed_edit(request)
    sent = await body_of(request)
    if any("originalName" in each for each in sent.get("statuses") or ()):
        raise CrashedError(
            "asyncpg.exceptions.InFailedSQLTransactionError: current transaction is aborted, "
            "commands ignored until end of transaction block"
        )
    project = edit.project
    anatomy = replace(
        project.anatomy, **{field: sent[key] for key, field in _LISTS.items() if key in sent}
    )
    if isinstance(config := sent.get("config"), dict):
        anatomy = replace(anatomy, **{key: config[key] for key in _CONFIG if key in config})
    _apply(edit, sent, anatomy)
    return no_content()


async def set_anatomy(request: Request) -> Response:
    """`POST /api/projects/{project}/anatomy`: entities follow words that get another name."""
    edit = managed_edit(request)
    sent = await body_of(request)
    rename_words(edit.project, sent)
    given = {key: v for key, v in (sent.get("attributes") or {}).items() if v is not None}
    _apply(edit, {"attrib": given}, anatomy_of(sent, edit.project.anatomy))
    return no_content()


def _apply(edit: Edit, sent: dict[str, Any], anatomy: Anatomy) -> None:
    """Change the project and tell what has changed, in upstream's order."""
    project, changes = edit.project, _changes(edit, sent, anatomy)
    for field in ("attrib", "data"):
        if field in changes:
            setattr(project, field, {**getattr(project, field), **changes[field][1]})
    for field in ("label", "active", "library", "code"):
        if field in sent:
            setattr(project, field, sent[field])
    project.anatomy = anatomy
    project.updated_at = edit.now
    for field, (old, new) in changes.items():
        payload = {"oldValue": old, "newValue": new}
        _tell(edit, f"{field}_changed", _said(field, new), {"payload": payload})
    _tell(edit, "changed", f"Updated project {project.name}")


def _changes(edit: Edit, sent: dict[str, Any], anatomy: Anatomy) -> dict[str, tuple[Any, Any]]:
    project = edit.project
    changes: dict[str, tuple[Any, Any]] = {}
    if "active" in sent and sent["active"] != project.active:
        changes["active"] = (project.active, sent["active"])
    given, _ = attribute_values(edit.studio, "project", sent.get("attrib") or {})
    moved = {key: value for key, value in given.items() if project.attrib.get(key) != value}
    if moved:
        changes["attrib"] = ({key: project.attrib.get(key) for key in moved}, moved)
    data = sent.get("data") or {}
    if {**project.data, **data} != project.data:
        changes["data"] = (project.data, data)
    if "label" in sent and sent["label"] != project.label:
        changes["label"] = (project.label, sent["label"])
    for field in (each.name for each in fields(Anatomy)):
        old, new = getattr(project.anatomy, field), getattr(anatomy, field)
        if old != new and field in _CONFIG:
            changes["config"] = (_config(project.anatomy), _config(anatomy))
        elif old != new and field != "link_types":
            changes[field] = (old, new)
    return changes


def _config(anatomy: Anatomy) -> dict[str, Any]:
    return {
        "entityNaming": anatomy.entity_naming,
        "productBaseTypes": anatomy.product_base_types,
        "roots": anatomy.roots,
        "templates": anatomy.templates,
    }


def _said(field: str, new: Any) -> str:
    if field == "active":
        return f"Project {'activated' if new else 'deactivated'}"
    return f"Changed project {'attributes' if field == 'attrib' else field}"


async def delete(request: Request) -> Response:
    """`DELETE /api/projects/{project}`."""
    caller, studio = caller_of(request), studio_of(request)
    if not caller.is_manager:
        raise AyonError(403, "You need to be a manager in order to delete projects")
    _, project = project_of(request)
    del studio.projects[project.name]
    if studio.upstream_caches is not None:
        studio.upstream_caches.folders.pop(project.name, None)
    _rename_access(studio.users.values(), project.name, None)
    _tell(Edit(studio, project, caller), "deleted", f"Deleted project {project.name}")
    return no_content()


async def rename(request: Request) -> Response:
    """`POST /api/projects/{project}/rename`: the event has no project, only the old name."""
    edit = managed_edit(request)
    new, old = (await body_of(request))["name"], edit.project.name
    if edit.project.thumbnail or edit.project.thumbnails:
        raise AyonError(400, f"Project {old} has thumbnails, cannot rename.")
    edit.studio.projects[new] = edit.studio.projects.pop(old)
    edit.project.name = new
    _rename_access(edit.studio.users.values(), old, new)
    _tell(
        edit,
        "renamed",
        f"Renamed project {old} to {new}",
        {
            "project": None,
            "summary": {"entityName": old},
            "payload": {"oldValue": old, "newValue": new},
        },
    )
    return no_content()


def _rename_access(users: Any, old: str, new: str | None) -> None:
    user: User
    for user in users:
        groups = user.access_groups.pop(old, None)
        if groups is not None and new is not None:
            user.access_groups[new] = groups


async def set_roots(request: Request) -> Response:
    """`PUT …/roots/{site_id}`: the caller's own roots on a site; nobody is told."""
    edit = edit_of(request)
    key = (request.path_params["site_id"], edit.caller.name)
    edit.project.site_roots[key] = await body_of(request)
    return no_content()


async def set_access(request: Request) -> dict[str, Any]:
    """`PATCH …/users/{user_name}`: the user's access groups here; nobody is told."""
    edit = managed_edit(request)
    name, groups = request.path_params["user_name"], await body_of(request)
    user = edit.studio.users.get(name)
    if user is None:
        raise AyonError(404, f"User {name} not found")
    user.data["accessGroups"] = {**user.access_groups, edit.project.name: groups}
    save(edit.studio, edit.caller, user)
    return {name: groups}


def managed_edit(request: Request) -> Edit:
    """An edit of the project in the path, by a manager. Raises AyonError 401, 403, 404."""
    edit = edit_of(request)
    if not edit.caller.is_manager:
        raise AyonError(403, f"You are not allowed to access {edit.project.name} anatomy")
    return edit


_PROJECT = "/api/projects/{project_name}"
routes: list[Route] = [
    route("POST", "/api/projects", deploy),
    route("PUT", _PROJECT, put),
    route("PATCH", _PROJECT, change),
    route("DELETE", _PROJECT, delete),
    route("POST", f"{_PROJECT}/anatomy", set_anatomy),
    route("POST", f"{_PROJECT}/rename", rename),
    route("PUT", f"{_PROJECT}/roots/{{site_id}}", set_roots),
    route("PATCH", f"{_PROJECT}/users/{{user_name}}", set_access),
]
