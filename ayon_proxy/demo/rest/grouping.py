"""How many entities there are of each status, type, assignee or tag; and the dashboard."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import project_of, studio_of
from ayon_proxy.demo.derivations import is_done
from ayon_proxy.demo.entities import ENTITY_TYPES
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.project_reads import counts
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.views import present

_COLUMNS = {
    "status": "status",
    "folderType": "folder_type",
    "taskType": "task_type",
    "productType": "product_type",
    "assignees": "assignees",
    "tags": "tags",
}


def grouping(request: Request) -> dict[str, Any]:
    """`GET …/grouping/{type}/{key}`: in the order of the anatomy; `empty=true` keeps zeros."""
    _, project = project_of(request)
    kind, key = request.path_params["entity_type"], request.path_params["grouping_key"]
    column = _COLUMNS.get(key)
    if column is None or kind not in ENTITY_TYPES:
        raise AyonError(400, f"Invalid grouping key: {key}")
    number: Counter[str] = Counter()
    for entity in project.table(kind).values():
        value = getattr(entity, column)
        number.update(value if isinstance(value, list) else [value])
    empty = request.query_params.get("empty", "").lower() in {"true", "1"}
    known = _known(studio_of(request), project, key, number)
    groups = [each for each in known if number[each["value"]] or empty]
    return {
        "groups": [{**each, "count": number[each["value"]]} for each in groups],
        "key": key,
        "entityType": kind,
    }


def _known(studio: Studio, project: Project, key: str, used: Iterable[str]) -> list[dict[str, Any]]:
    anatomy = project.anatomy
    rows: dict[str, list[dict[str, Any]]] = {
        "status": anatomy.statuses,
        "folderType": anatomy.folder_types,
        "taskType": anatomy.task_types,
        "tags": anatomy.tags,
    }
    if key == "assignees":
        return [
            {"value": name, "label": studio.users[name].attrib.get("fullName") or name}
            for name in sorted(used)
            if name in studio.users
        ]
    if key == "productType":
        looks = {each["name"]: each for each in anatomy.product_base_types.get("definitions", [])}
        return [_group({"name": name, **looks.get(name, {})}) for name in used]
    return [_group(each) for each in rows[key]]


def _group(row: dict[str, Any]) -> dict[str, Any]:
    return present(
        {
            "value": row["name"],
            "label": row["name"],
            "icon": row.get("icon"),
            "color": row.get("color"),
        }
    )


def entities(request: Request) -> dict[str, int]:
    """`GET …/dashboard/entities`."""
    _, project = project_of(request)
    return counts(project, *(f"{kind}s" for kind in ENTITY_TYPES))


def health(request: Request) -> dict[str, Any]:
    """`GET …/dashboard/health`: tasks by status, storage."""
    _, project = project_of(request)
    statuses = Counter(task.status for task in project.tasks.values())
    total = len(project.tasks)
    done = sum(number for name, number in statuses.items() if is_done(project, name))
    return {
        "completion": {
            "percentage": 100 * done // total if total else 0,
            "behind": 0,
            "ahead": 0,
        },
        "storageUsage": {
            "quota": 20 * 1024**3,
            "used": sum(file.size for file in project.files.values()),
        },
        "tasks": {"total": total, "completed": done, "overdue": 0},
        "statuses": dict(statuses),
    }


def team(request: Request) -> dict[str, Any]:
    """`GET …/dashboard/users`."""
    _, project = project_of(request)
    users = [
        each for each in studio_of(request).users.values() if each.access_groups.get(project.name)
    ]
    active = sum(each.active for each in users)
    return {
        "teamSizeActive": active,
        "teamSizeTotal": len(users),
        "usersWithAccessActive": active,
        "usersWithAccessTotal": len(users),
        "roles": {},
    }


def activity(request: Request) -> dict[str, Any]:
    """`GET …/dashboard/activity?days=`: only the last day has any here."""
    project_of(request)
    days = int(request.query_params.get("days", 50))
    return {"activity": [*[0] * (days - 1), 100]}


_PROJECT = "/api/projects/{project_name}"
routes: list[Route] = [
    get(f"{_PROJECT}/grouping/{{entity_type}}/{{grouping_key}}", grouping),
    get(f"{_PROJECT}/dashboard/entities", entities),
    get(f"{_PROJECT}/dashboard/health", health),
    get(f"{_PROJECT}/dashboard/users", team),
    get(f"{_PROJECT}/dashboard/activity", activity),
]
