"""Finds out what a server has to ask for, by asking it."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from ayon_api.exceptions import GraphQlQueryFailed, HTTPRequestError

from tests.clients.subjects import Subjects

SMALL = 2000
"""Folders, versions and so on that a project may have to be read as a whole."""
CHOICE = 5
"""Projects that are looked at."""


def subjects_of(connection: Any, project: str | None = None) -> Subjects:
    """Find them, with the rights of an admin; in that project, else in the richest of small ones.

    Raises ValueError when no project is small enough to be read as a whole.
    """
    names = list(connection.get_project_names())
    choice = [project] if project else [each for each in names if _is_small(connection, each)]
    found = {each: _of_the_project(connection, each) for each in choice[:CHOICE]}
    if not found:
        raise ValueError(f"no project has less than {SMALL} folders and versions")
    richest = max(found, key=lambda each: len(found[each]))
    others = [each for each in names if each != richest]
    return Subjects(
        project=richest,
        **({"other_project": others[-1]} if others else {}),
        **found[richest],
        **_of_the_studio(connection),
    )


def _is_small(connection: Any, project: str) -> bool:
    counted: dict[str, int] = connection.get(f"projects/{project}/dashboard/entities").data
    return sum(counted.values()) < SMALL


def _of_the_project(connection: Any, project: str) -> dict[str, Any]:
    return {
        **_published(connection, project),
        **_worked_on(connection, project),
        **_seen(connection, project),
    }


def _published(connection: Any, project: str) -> dict[str, Any]:
    """A representation and what it belongs to, up to the folder and its first task."""
    if (representation := _first(connection.get_representations(project))) is None:
        return {}
    version = connection.get_version_by_id(project, representation["versionId"])
    product = connection.get_product_by_id(project, version["productId"])
    folder = connection.get_folder_by_id(project, product["folderId"])
    found = {
        "folder": folder["id"],
        "folder_name": folder["name"],
        "folder_path": folder["path"],
        "product": product["id"],
        "product_name": product["name"],
        "product_folder": folder["id"],
        "product_type": product["productType"],
        "version": version["id"],
        "version_number": version["version"],
        "representation": representation["id"],
        "representation_name": representation["name"],
    }
    if user := next(iter(connection.get_project_users(project)), None):
        found["user"] = user
    if task := _first(connection.get_tasks(project, folder_ids=[folder["id"]])):
        found |= {"task": task["id"], "task_name": task["name"]}
    if hero := _first(connection.get_hero_versions(project)):
        found["hero_version"] = hero["id"]
    return found


def _worked_on(connection: Any, project: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if workfile := _first(connection.get_workfiles_info(project)):
        found |= {
            "workfile": workfile["id"],
            "workfile_path": workfile["path"],
            "workfile_task": workfile["taskId"],
        }
    if entity_list := _first(connection.get_entity_lists(project)):
        found["entity_list"] = entity_list["id"]
    if link_type := _first(connection.get_link_types(project)):
        parts = ("linkType", "inputType", "outputType")
        found["link_type"] = tuple(link_type[part] for part in parts)
    return found


def _seen(connection: Any, project: str) -> dict[str, Any]:
    """Pictures, reviewables, comments."""
    found: dict[str, Any] = {}
    folders = connection.get_folders(project, fields={"id", "thumbnailId"})
    if folder := _first(each for each in folders if each["thumbnailId"]):
        found |= {"pictured_folder": folder["id"], "folder_thumbnail": folder["thumbnailId"]}
    versions = connection.get_versions(project, fields={"id", "thumbnailId"})
    if version := _first(each for each in versions if each["thumbnailId"]):
        found["pictured_version"] = version["id"]
    if activity := _first(connection.get_activities(project)):
        found["activity"] = activity["activityId"]
    reviewables = connection.get_activities(project, activity_types=["reviewable"])
    for activity in reviewables:
        files = activity["activityData"].get("files") or [{}]
        if activity["entityType"] == "version" and "id" in files[0]:
            found |= {"reviewed_version": activity["entityId"], "file": files[0]["id"]}
            break
    return found


def _of_the_studio(connection: Any) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if bundle := _first(connection.get_bundles()["bundles"], "isProduction"):
        found["bundle"] = bundle["name"]
        addons = connection.get_addons_info()["addons"]
        for addon in addons:
            version = (bundle["addons"] or {}).get(addon["name"])
            if version and "clientSourceInfo" in addon["versions"].get(version, {}):
                found |= {"addon": addon["name"], "addon_version": version}
                break
    if package := _first(connection.get_dependency_packages()["packages"]):
        found["dependency_package"] = package["filename"]
    if installer := _first(connection.get_installers()["installers"]):
        found["installer"] = installer["filename"]
    with suppress(HTTPRequestError):
        if group := _first(connection.get_access_groups()):
            found["access_group"] = group["name"]
        if secret := _first(connection.get_secrets()):
            found["secret"] = secret["name"]
    with suppress(GraphQlQueryFailed):
        if event := _first(connection.get_events(limit=1)):
            found["event"] = event["id"]
    return found


def _first(items: Iterable[Any], flag: str = "") -> Any:
    return next((each for each in items if not flag or each[flag]), None)
