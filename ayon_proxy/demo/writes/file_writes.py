"""Uploads: project files, of which nobody is told, and reviewables, of which everybody is."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.answers import json_answer, no_content
from ayon_proxy.demo.asking import body_of, entity_id_of
from ayon_proxy.demo.entities import Version
from ayon_proxy.demo.errors import AyonError, DatabaseError
from ayon_proxy.demo.project import Activity, ProjectFile
from ayon_proxy.demo.rest.reviewables import reviewables_of
from ayon_proxy.demo.rest.routing import route
from ayon_proxy.demo.writes import activities
from ayon_proxy.demo.writes.edit import Edit
from ayon_proxy.demo.writes.entity_writes import edit_of
from ayon_proxy.demo.writes.thumbnail_writes import affected_by, picture, show

_PICTURES = ("image/png", "image/jpeg")


async def upload(request: Request) -> Response:
    """`POST …/files`; the name is in `x-file-name`."""
    edit = edit_of(request)
    return json_answer({"id": (await _stored(request, edit)).id}, 201)


async def delete(request: Request) -> Response:
    """`DELETE …/files/{file_id}`: 500 if a comment has it (corpus README)."""
    edit = edit_of(request)
    file_id = request.path_params["file_id"]
    file = edit.project.files.get(file_id)
    if file is None:
        raise AyonError(404, "File not found")
    if file.activity_id is not None:
        path = f"[DELETE] /projects/{edit.project.name}/files/{file_id}"
        said = "Missing required field: data"
        raise DatabaseError(path, said, error="not-null-violation", code=400)
    del edit.project.files[file_id]
    return no_content()


async def add_reviewable(request: Request) -> dict[str, Any]:
    """`POST …/versions/{version_id}/reviewables`: the first gives the version its picture."""
    edit = edit_of(request)
    version = edit.entity("version", entity_id_of(request, "version_id"))
    assert isinstance(version, Version)  # noqa: S101 - the table holds nothing else
    if request.headers.get("content-type", "").partition("/")[0] not in ("image", "video"):
        raise AyonError(400, "Only videos and images are supported for reviewables now")
    file = await _stored(request, edit)
    label = request.query_params.get("label")
    activity = _publish(edit, version, file, label)
    if version.thumbnail_id is None and file.content_type in _PICTURES:
        thumbnail = picture(edit.studio.new_id(), file.content, file.content_type, edit)
        affected = affected_by(edit, "version", version)
        await show(edit, thumbnail, affected, of=("version", version))
    edit.dispatch(
        "reviewable.created",
        description=f"Reviewable '{file.filename}' uploaded",
        summary={
            "fileId": file.id,
            "activityId": activity.id,
            "versionId": version.id,
            "productId": version.product_id,
            "filename": file.filename,
            "label": label,
            "mimetype": file.content_type,
            "size": file.size,
        },
    )
    shown = reviewables_of(edit.studio, edit.project, version)["reviewables"]
    answer: dict[str, Any] = next(each for each in shown if each["fileId"] == file.id)
    for key in ("createdAt", "updatedAt"):  # naive times here, others in the list
        answer[key] = answer[key].replace(tzinfo=None)
    return answer


def _publish(edit: Edit, version: Version, file: ProjectFile, label: str | None) -> Activity:
    body = f"Uploaded a reviewable '{file.filename}'"
    data = {"reviewableLabel": label, "reviewableOrder": None}
    activity = activities.add_activity(
        edit, "version", version, "reviewable", body, data=data, file_ids=[file.id]
    )
    file.activity_id = activity.id
    edit.project.versions[version.id] = replace(version, updated_at=edit.now)
    if not edit.caller.is_service:
        activities.watch(edit, "version", version, edit.caller.name)
    return activity


async def label_reviewable(request: Request) -> None:
    """`PATCH …/versions/{version_id}/reviewables/{activity_id}`: nobody is told."""
    edit = edit_of(request)
    activity = activities.activity_of(edit, request.path_params["activity_id"])
    label = (await body_of(request)).get("label")
    activity.data = {**activity.data, "reviewableLabel": label}


async def sort_reviewables(request: Request) -> None:
    """`PATCH …/versions/{version_id}/reviewables`: nobody is told."""
    edit = edit_of(request)
    for place, activity_id in enumerate((await body_of(request))["sort"]):
        activity = activities.activity_of(edit, activity_id)
        activity.data = {**activity.data, "reviewableOrder": place}


async def _stored(request: Request, edit: Edit) -> ProjectFile:
    file = ProjectFile(
        id=request.headers.get("x-file-id") or edit.studio.new_id(),
        filename=request.headers.get("x-file-name", "file"),
        content_type=request.headers.get("content-type", "application/octet-stream"),
        content=await request.body(),
        created_at=edit.now,
        author=edit.caller.name,
    )
    edit.project.files[file.id] = file
    return file


_PROJECT = "/api/projects/{project_name}"
_REVIEWABLES = f"{_PROJECT}/versions/{{version_id}}/reviewables"
routes: list[Route] = [
    route("POST", f"{_PROJECT}/files", upload),
    route("DELETE", f"{_PROJECT}/files/{{file_id}}", delete),
    route("POST", _REVIEWABLES, add_reviewable),
    route("PATCH", _REVIEWABLES, sort_reviewables),
    route("PATCH", f"{_REVIEWABLES}/{{activity_id}}", label_reviewable),
]
