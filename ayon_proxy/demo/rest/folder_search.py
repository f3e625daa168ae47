"""The two searches for folders: by what they are, and by the tasks they have."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection
from dataclasses import fields
from typing import Any, TypeAlias

from starlette.requests import Request
from starlette.routing import Route

from ayon_proxy.demo.asking import body_of, project_of, studio_of
from ayon_proxy.demo.entities import Entity, Folder, Task
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.graphql.query_filter import query_filter
from ayon_proxy.demo.project import Project
from ayon_proxy.demo.rest.hierarchy import readable_folders
from ayon_proxy.demo.rest.routing import post

Test: TypeAlias = Callable[[Entity], bool]


def filter_test(query: dict[str, Any] | None, kind: type[Entity]) -> Test:
    """A filter as a test of entities. Raises AyonError 400 for what is no filter."""
    try:
        condition = query_filter(json.dumps(query or {}), [each.name for each in fields(kind)])
    except (TypeError, ValueError) as error:
        raise AyonError(400, str(error)) from error
    return lambda entity: condition(lambda column: getattr(entity, column))


def text_test(text: str | None, *columns: str) -> Test:
    """Every word of the text is somewhere in one of the columns."""
    words = (text or "").lower().split()
    return lambda entity: all(
        any(word in str(getattr(entity, column) or "").lower() for column in columns)
        for word in words
    )


async def search_folders(request: Request) -> dict[str, Any]:
    """`POST …/folders/search`: ids of folders that match, or whose tasks do."""
    caller, project = project_of(request)
    asked = await body_of(request)
    tests = (
        filter_test(asked.get("folderFilter"), Folder),
        text_test(asked.get("folderSearch"), "name", "label"),
    )
    folders = readable_folders(studio_of(request), caller, project)
    found = [each.id for each in folders if all(test(each) for test in tests)]
    if asked.get("taskFilter") or asked.get("taskSearch"):
        having = _having_tasks(project, asked.get("taskFilter"), asked.get("taskSearch"))
        found = [each for each in found if each in having]
    return {"folderIds": found}


async def folders_of_tasks(request: Request) -> dict[str, Any]:
    """`POST …/tasksFolders`: ids of the folders that have a matching task."""
    caller, project = project_of(request)
    asked = await body_of(request)
    readable = {each.id for each in readable_folders(studio_of(request), caller, project)}
    having = _having_tasks(project, asked.get("filter"), asked.get("search"))
    return {"folderIds": [each for each in having if each in readable]}


def _having_tasks(
    project: Project, query: dict[str, Any] | None, search: str | None
) -> Collection[str]:
    tests = (filter_test(query, Task), text_test(search, "name", "label", "task_type"))
    return dict.fromkeys(
        task.folder_id for task in project.tasks.values() if all(test(task) for test in tests)
    )


routes: list[Route] = [
    post("/api/projects/{project_name}/folders/search", search_folders),
    post("/api/projects/{project_name}/tasksFolders", folders_of_tasks),
]
