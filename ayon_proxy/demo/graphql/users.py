"""`users(…)`, `user(name)` and `me`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ayon_proxy.demo import rights
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql.attributes import readable
from ayon_proxy.demo.graphql.json_text import json_text
from ayon_proxy.demo.graphql.paging import Connection, page
from ayon_proxy.demo.graphql.query_filter import like_pattern
from ayon_proxy.demo.graphql.question import Info, Question, Resolver, question_of
from ayon_proxy.demo.graphql.tasks import TASKS
from ayon_proxy.demo.people import User


@dataclass(slots=True)
class ShownUser:
    """A user in the answer. `projects` limits the access groups that are shown."""

    user: User
    deleted: bool = False
    is_caller: bool = False
    projects: list[str] = field(default_factory=list)


def missing_user(name: str) -> ShownUser:
    """What stands for the author of an activity who was deleted since."""
    epoch = datetime(1970, 1, 1, tzinfo=UTC)
    user = User(
        name=name, created_at=epoch, updated_at=epoch, active=False, attrib={"fullName": name}
    )
    return ShownUser(user, deleted=True)


def users(_: object, info: Info, **arguments: Any) -> Connection:
    """Users by name. Without a project, only those may ask who may list all (AyonError 403)."""
    question = question_of(info)
    project, projects = arguments.get("project_name"), arguments.get("projects")
    if project is None and projects is None:
        _require_listing(question)
    if question.user.is_guest:
        return Connection()
    within = [*(projects or []), *([project] if project else [])]
    chosen = [
        user
        for user in question.studio.users.values()
        if _matches(user, arguments) and (not within or _is_in(user, within))
    ]
    return page(
        chosen,
        (lambda user: user.name,),
        lambda user: ShownUser(user, projects=within),
        arguments,
    )


def _require_listing(question: Question) -> None:
    permissions = rights.studio_permissions(question.studio, question.user)
    if not permissions["studio"]["list_all_users"]:
        raise AyonError(403, "You are not allowed to access list_all_users")


def _matches(user: User, arguments: dict[str, Any]) -> bool:
    name, names = arguments.get("name"), arguments.get("names")
    emails = arguments.get("emails")
    return (
        (name is None or like_pattern(name).fullmatch(user.name) is not None)
        and (names is None or user.name in names)
        and (
            emails is None
            or str(user.attrib.get("email", "")).lower() in {each.lower() for each in emails}
        )
    )


def _is_in(user: User, projects: Iterable[str]) -> bool:
    """In one of the projects; those flagged as admins and managers are in all."""
    flagged = user.data.get("isAdmin") or user.data.get("isManager")
    return bool(flagged) or any(name in user.access_groups for name in projects)


def user(_: object, info: Info, name: str) -> ShownUser:
    """One user. Raises AyonError 400, 403 or 404."""
    if not name:
        raise AyonError(400, "User name not specified")
    found = users(None, info, name=name).edges
    if not found:
        raise AyonError(404, "User not found")
    shown: ShownUser = found[0].node
    return shown


def me(_: object, info: Info) -> ShownUser:
    """Who asks."""
    return ShownUser(question_of(info).user, is_caller=True)


def _attrib(shown: ShownUser, info: Info) -> dict[str, Any]:
    """All attributes to managers and of oneself; of others, others see only the name."""
    question = question_of(info)
    values = shown.user.attrib
    if not (shown.is_caller or question.user.is_manager):
        values = {key: value for key, value in values.items() if key == "fullName"}
    return readable(question, "user", values)


def _access_groups(shown: ShownUser, _: Info) -> str:
    groups = shown.user.access_groups
    wanted = shown.projects or groups
    return json_text({name: each for name, each in groups.items() if name in wanted})


def _level(flag: str) -> Resolver:
    """A flag of the record; of oneself what it means, as services are admins are managers."""

    def resolve(shown: ShownUser, _: Info) -> bool:
        meant = {
            "isAdmin": shown.user.is_admin,
            "isManager": shown.user.is_manager,
            "isService": shown.user.is_service,
        }
        return meant[flag] if shown.is_caller else bool(shown.user.data.get(flag))

    return resolve


def _data(key: str, default: Any = None) -> Resolver:
    return lambda shown, _: shown.user.data.get(key, default)


def _column(name: str) -> Resolver:
    return lambda shown, _: getattr(shown.user, name)


def _tasks_of(shown: ShownUser, info: Info, project_name: str) -> Connection:
    project = question_of(info).studio.project(project_name)
    if project is None:
        raise AyonError(404, "Project not found")
    rights.require_entry(question_of(info).user, project)
    return TASKS.resolve(project, info, assignees=[shown.user.name])


FIELDS: dict[str, dict[str, Resolver]] = {
    "Query": {"users": users, "user": user, "me": me},
    "UserNode": {
        "name": _column("name"),
        "active": _column("active"),
        "createdAt": _column("created_at"),
        "updatedAt": _column("updated_at"),
        **{flag: _level(flag) for flag in ("isAdmin", "isManager", "isService")},
        **{flag: _data(flag, default=False) for flag in ("isGuest", "isDeveloper")},
        "accessGroups": _access_groups,
        "defaultAccessGroups": _data("defaultAccessGroups", ()),
        "isStagingAllowed": _data("isStagingEnabled", default=False),
        "disablePasswordLogin": _data("disablePasswordLogin", default=False),
        "hasPassword": lambda shown, _: shown.user.password is not None,
        "userPool": _data("userPool"),
        "apiKeyPreview": _data("apiKeyPreview"),
        "attrib": _attrib,
        "allAttrib": lambda shown, info: json_text(_attrib(shown, info)),
        "tasks": _tasks_of,
    },
}
