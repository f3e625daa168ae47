"""Files of a project: reviewables and attachments (server.md 5.2; corpus `files`).

`GET …/files/{id}` redirects to `…/payload`. Only access to the project counts, no folder rules.
"""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.asking import entity_id_of, project_of
from ayon_proxy.demo.errors import AyonError
from ayon_proxy.demo.pictures import preview
from ayon_proxy.demo.project import ProjectFile
from ayon_proxy.demo.ranges import FileAnswer
from ayon_proxy.demo.rest.routing import get, route
from ayon_proxy.demo.video import video_answer

NOT_FOUND = "File not found"


def file_of(request: Request, missing: str = NOT_FOUND) -> ProjectFile:
    """The file the path names. Raises AyonError 401, 403, 404."""
    file_id = entity_id_of(request, "file_id")
    _, project = project_of(request)
    found = project.files.get(file_id)
    if found is None:
        raise AyonError(404, missing.format(file_id=file_id, project=project.name))
    return found


def _disposition(file: ProjectFile) -> dict[str, str]:
    return {"content-disposition": f'inline; filename="{file.filename}"'}


def redirect(request: Request) -> Response:
    """`GET …/files/{id}`: 302 to the payload, relative."""
    file_of(request)
    return Response(status_code=302, headers={"location": f"{request.url.path}/payload"})


def head(request: Request) -> Response:
    """`HEAD …/files/{id}`: size, type and name; the only HEAD of the API that works."""
    file = file_of(request)
    return Response(
        headers={
            "content-length": str(file.size),
            "content-type": file.content_type,
            **_disposition(file),
        }
    )


def payload(request: Request) -> Response:
    """`GET …/files/{id}/payload`: the bytes; video by rules of its own."""
    file = file_of(request)
    if file.content_type.startswith("video/"):
        return video_answer(request, file.content, file.content_type)
    return FileAnswer(
        file.content,
        content_type=file.content_type,
        modified_at=file.created_at,
        headers=_disposition(file),
    )


def info(request: Request) -> dict[str, Any]:
    """`GET …/files/{id}/info`."""
    file = file_of(request, "File {file_id} not found on {project} local storage")
    return {"size": file.size, "filename": file.filename, "contentType": file.content_type}


def thumbnail(request: Request) -> Response:
    """`GET …/files/{id}/thumbnail`: a preview, made when first asked for. Crashes for text."""
    file_id = entity_id_of(request, "file_id")
    _, project = project_of(request)
    file = project.files.get(file_id)
    place = f"({project.name}/{file_id})"
    if file is None:
        raise AyonError(500, f"Error getting file preview: File not found {place}")
    try:
        picture = preview(file)
    except ValueError as error:
        raise AyonError(500, f"Error getting file preview: {error} {place}") from error
    headers = {"cache-control": "max-age=3600", "x-file-id": file.id}
    return Response(picture, headers=headers, media_type="image/jpeg")


def still(request: Request) -> Response:
    """`GET …/files/{id}/still?t=`: one picture of a video; `t` in seconds."""
    file = file_of(request)
    return Response(preview(file, float(request.query_params.get("t", 0))), media_type="image/jpeg")


_FILE = "/api/projects/{project_name}/files/{file_id}"
routes: list[Route] = [
    get(_FILE, redirect),
    route("HEAD", _FILE, head),
    get(f"{_FILE}/payload", payload),
    get(f"{_FILE}/info", info),
    get(f"{_FILE}/thumbnail", thumbnail),
    get(f"{_FILE}/still", still),
]
