"""One film again and again: a project with ids of its own for each row of a table.

What an event of one of them invalidates, at once or when upstream has settled, is nothing of
another's: so rows do not get into each other's way, in whichever order they run.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from copy import deepcopy
from dataclasses import fields, is_dataclass, replace
from itertools import count
from typing import Any

from ayon_proxy.demo.film import FILM, busy_film, film_id
from ayon_proxy.demo.people import User
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.studio import Studio

_ID = re.compile(r"\b[0-9a-f]{32}\b")
_NAME = re.compile(r"<(\w+)>")


def copied(film: Project, name: str) -> Project:
    """The same project under another name, every id another one; bytes are shared."""

    def again(value: Any) -> Any:
        if isinstance(value, str):
            return _ID.sub(lambda each: film_id(name, each[0]), value).replace(FILM, name)
        if isinstance(value, dict):
            return {again(key): again(each) for key, each in value.items()}
        if isinstance(value, list | tuple):
            return type(value)(map(again, value))
        if isinstance(value, count):
            return count(1)
        if is_dataclass(value) and not isinstance(value, type):
            parts = {each.name: again(getattr(value, each.name)) for each in fields(value)}
            return type(value)(**parts)
        return value

    made: Project = again(film)
    made.code = name
    return made


def studio_of_copies(names: list[str]) -> Studio:
    """A film's studio with a copy for each name; `artist` and `lighter` may enter all."""
    studio = busy_film(2)
    film = studio.projects[FILM]
    for name in names:
        studio.projects[name] = copied(film, name)
    for user, group in (("artist", "artist"), ("lighter", "freelancer")):
        studio.users[user].data["accessGroups"] = {each: [group] for each in (FILM, *names)}
    for user in ("walker", "leaver", "idler"):
        begun = studio.users["admin"].created_at
        studio.users[user] = User(name=user, created_at=begun, updated_at=begun, data={})
    for version in ("1.0.0", "1.1.0"):
        spare = deepcopy(studio.addons["film_tools", version])
        studio.addons["spare", version] = replace(spare, name="spare")
    return studio


def without_pictures(project: Project) -> None:
    """Take all thumbnails from it."""
    project.thumbnails.clear()
    project.thumbnail = None
    for folder in project.folders.values():
        folder.thumbnail_id = None
    for version in project.versions.values():
        version.thumbnail_id = None


def place_names(project: Project) -> dict[str, str]:
    """What `<name>` stands for in the paths, questions and bodies of the tables: ids, mostly."""
    folders = {each.name: each for each in project.folders.values()}
    shot, other = (each.id for each in project.folders.values() if each.folder_type == "Shot")
    names = {
        "p": project.name,
        "shot": shot,
        "other": other,
        "sequence": folders["sq010"].id,
        "root": folders["shots"].id,
        "assets": folders["assets"].id,
        "props": folders["props"].id,
        "characters": folders["characters"].id,
        "fox": folders["fox"].id,
        "owl": folders["owl"].id,
        "list": next(iter(project.lists)),
        "link": next(each.id for each in project.links.values() if each.output_id == shot),
    }
    for number in range(1, 10):
        names[f"new{number}"] = film_id(project.name, "new", number)
    for task in project.tasks.values():
        if task.folder_id == shot:
            names[task.name] = task.id
        if task.folder_id == other:
            names[f"other_{task.name}"] = task.id
    for product in project.products.values():
        if product.folder_id == shot:
            names[product.name.removesuffix("Main")] = product.id
    for version in project.versions.values():
        product = project.products[version.product_id]
        if product.folder_id == shot:
            names[f"{product.name.removesuffix('Main')}_{version.name}"] = version.id
    at = {each.version_id: each.id for each in project.representations.values()}
    names["representation"] = at[names["render_v002"]]
    names["representation_v001"] = at[names["render_v001"]]
    names["workfile"] = next(
        each.id for each in project.workfiles.values() if each.task_id == names["animation"]
    )
    items = next(iter(project.lists.values())).items
    names["item"], names["item2"] = items[0].id, items[1].id
    for activity in project.activities.values():
        if activity.references[0].entity_id == names["review_v002"]:
            names.setdefault("activity", activity.id)
            names["activity2"] = activity.id
            names.setdefault("file", activity.file_ids[0])
    for name in ("shot", "other"):
        names[f"{name}_thumbnail"] = project.folders[names[name]].thumbnail_id or ""
    names["version_thumbnail"] = project.versions[names["render_v002"]].thumbnail_id or ""
    return names


def filled(template: Any, names: Mapping[str, str]) -> Any:
    """The template with what the names stand for, in all its texts. Raises KeyError."""
    if isinstance(template, str):
        return _NAME.sub(lambda each: names[each[1]], template)
    if isinstance(template, dict):
        return {filled(key, names): filled(each, names) for key, each in template.items()}
    if isinstance(template, list | tuple):
        return [filled(each, names) for each in template]
    return template
