"""`projects(…)`, `project(name)` and what a project says of itself."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ayon_proxy.demo import rights
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql.attributes import readable
from ayon_proxy.demo.graphql.json_text import json_text, json_text_or_null
from ayon_proxy.demo.graphql.paging import Connection, page
from ayon_proxy.demo.graphql.query_filter import like_pattern
from ayon_proxy.demo.graphql.question import Info, Resolver, question_of
from ayon_proxy.demo.graphql.tasks import TASKS, tasks
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.views import project_view

DEFAULT_LOOK = {"icon": "deployed_code", "color": "#cccccc"}


def projects(_: object, info: Info, **arguments: Any) -> Connection:
    """The projects the user may enter, by name; skeletons only if asked for."""
    question = question_of(info)
    rows = [
        project
        for project in question.studio.projects.values()
        if rights.may_enter(question.user, project)
        and _is_called(arguments.get("name"), project.name)
        and _is_called(arguments.get("code"), project.code)
        and (arguments.get("include_skeleton") or not project.data.get("isSkeleton"))
    ]
    return page(rows, (lambda project: project.name,), lambda project: project, arguments)


def _is_called(pattern: str | None, name: str) -> bool:
    return pattern is None or like_pattern(pattern).fullmatch(name) is not None


def project(_: object, info: Info, **arguments: Any) -> Project:
    """One project. Forbidden ones are not found, either (AyonError 404)."""
    if not (arguments.get("name") or arguments.get("code")):
        raise AyonError(400, "Either name or code must be provided.")
    found = projects(None, info, **arguments).edges
    if not found:
        raise AyonError(404, "Project not found")
    shown: Project = found[0].node
    return shown


def _attrib(shown: Project, info: Info) -> dict[str, Any]:
    return readable(question_of(info), "project", shown.attrib, shown)


def _bundle(shown: Project, _: Info) -> dict[str, Any]:
    return {name: shown.bundle.get(name) for name in ("production", "staging")}


def _config(shown: Project, info: Info) -> str | None:
    return _unless_guest(info, json_text(project_view(shown)["config"]))


def _data(shown: Project, info: Info) -> str | None:
    return _unless_guest(info, json_text_or_null(shown.data))


def _unless_guest(info: Info, text: str | None) -> str | None:
    """How a project is set up is not shown to guests."""
    return None if question_of(info).user.is_guest else text


def _vocabulary(name: str, used: str = "", key: str = "name") -> Resolver:
    """Words of the anatomy; with `activeOnly` only those that entities use."""

    def resolve(shown: Project, _: Info, **arguments: Any) -> list[dict[str, Any]]:
        words: list[dict[str, Any]] = getattr(shown.anatomy, name)
        if not arguments.get("active_only"):
            return words
        table, column = used.split(".")
        active = {getattr(each, column) for each in getattr(shown, table).values()}
        return [word for word in words if word[key] in active]

    return resolve


def _link_types(shown: Project, info: Info, **arguments: Any) -> list[dict[str, Any]]:
    """Link types by name, with their look."""
    words = _vocabulary("link_types", "links.type_name")(shown, info, **arguments)
    return sorted(
        (
            {
                **word,
                "color": word.get("data", {}).get("color"),
                "style": word.get("data", {}).get("style", "solid"),
            }
            for word in words
        ),
        key=lambda word: str(word["name"]),
    )


def _product_types(shown: Project, _: Info) -> list[dict[str, Any]]:
    """The product types in use; only their names are shown."""
    return _named({each.product_type for each in shown.products.values()})


def _product_base_types(shown: Project, _: Info) -> list[dict[str, Any]]:
    """The base types in use, with the look the anatomy gives them."""
    config = shown.anatomy.product_base_types
    looks = {each["name"]: each for each in config.get("definitions", [])}
    default = {**DEFAULT_LOOK, **config.get("default", {})}
    used = {each.product_base_type for each in shown.products.values() if each.product_base_type}
    return [
        {
            "name": name,
            "icon": looks.get(name, {}).get("icon") or default["icon"],
            "color": looks.get(name, {}).get("color") or default["color"],
        }
        for name in sorted(used)
    ]


def _studio_product_types(_: object, info: Info) -> list[dict[str, Any]]:
    """The product types of the studio: those it knows, and those any project uses."""
    studio = question_of(info).studio
    used = {
        each.product_type
        for project in studio.projects.values()
        for each in project.products.values()
    }
    return _named({*used, *(each["name"] for each in studio.product_types)})


def _named(names: Iterable[str]) -> list[dict[str, Any]]:
    return [{"name": name} for name in sorted(names)]


def _used_tags(shown: Project, _: Info) -> list[str]:
    tables = (shown.folders, shown.tasks, shown.products, shown.versions, shown.representations)
    tags = {tag for table in tables for each in table.values() for tag in each.tags}
    return sorted(tags)


FIELDS: dict[str, dict[str, Resolver]] = {
    "Query": {
        "projects": projects,
        "project": project,
        "productTypes": _studio_product_types,
    },
    "ProjectNode": {
        "projectName": lambda shown, _: shown.name,
        "color": lambda shown, _: shown.data.get("color"),
        "projectFolder": lambda shown, _: shown.data.get("projectFolder"),
        "skeleton": lambda shown, _: bool(shown.data.get("isSkeleton")),
        "data": _data,
        "config": _config,
        "thumbnail": lambda _, __: None,
        "bundle": _bundle,
        "attrib": _attrib,
        "allAttrib": lambda shown, info: json_text(_attrib(shown, info)),
        "tasks": tasks,
        "task": TASKS.resolve_one,
        "taskTypes": _vocabulary("task_types", "tasks.task_type"),
        "folderTypes": _vocabulary("folder_types", "folders.folder_type"),
        "linkTypes": _link_types,
        "productTypes": _product_types,
        "productBaseTypes": _product_base_types,
        "statuses": _vocabulary("statuses"),
        "tags": _vocabulary("tags"),
        "usedTags": _used_tags,
    },
}
