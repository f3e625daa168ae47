"""Pictures: of entities, by id, of projects (server.md 5.1; corpus `thumbnails`).

An entity's URL is stable and its picture changes, although `Cache-Control` calls it immutable.
Without a picture there is a placeholder: 200 for entities, 203 by id and for projects.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.asking import entity_id_of, manager_of, project_of, studio_of
from ayon_proxy.demo.derivations import children, reviewables
from ayon_proxy.demo.entities import Entity, EntityType, Folder, Task, Version
from ayon_proxy.demo.errors import AyonError, CrashedError, InvalidRequestError
from ayon_proxy.demo.pictures import preview
from ayon_proxy.demo.project import Project, ProjectFile, Thumbnail
from ayon_proxy.demo.rest.entity_reads import require_reading
from ayon_proxy.demo.rest.reviewables import files_of
from ayon_proxy.demo.rest.routing import get

FOREVER = "public, max-age=31536000, immutable"
PLACEHOLDER = b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAQAAAC1HAwCAAAAC0lEQVR42mNkYAAAAAYAAjCB0C8AAAAASUVORK5CYII="
)
"""A transparent pixel."""
PROJECT_THUMBNAIL_ID = "0" * 32
BROKEN = "asyncpg.exceptions.UndefinedColumnError: column w.folder_id does not exist"


def placeholder_wanted(request: Request) -> bool:
    """Whether to answer a pixel rather than 404. Raises InvalidRequestError."""
    given = request.query_params.get("placeholder", "empty")
    permitted = ["empty", "none"]
    if given not in permitted:
        fault = {
            "loc": ["query", "placeholder"],
            "msg": f"unexpected value; permitted: {', '.join(map(repr, permitted))}",
            "type": "value_error.const",
            "ctx": {"given": given, "permitted": permitted},
        }
        raise InvalidRequestError(request.method, request.url.path, [fault])
    return given == "empty"


def _picture(request: Request, thumbnail: Thumbnail, headers: dict[str, str]) -> Response:
    original = request.query_params.get("original", "").lower() in {"true", "1"}
    content = thumbnail.original if original else thumbnail.small
    return Response(content, headers=headers, media_type=thumbnail.content_type)


def _of_entity(entity_type: EntityType) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        wanted = placeholder_wanted(request)
        entity_id = entity_id_of(request, f"{entity_type}_id")
        caller, project = project_of(request)
        entity = project.entity(entity_type, entity_id)
        if entity is None:
            raise AyonError(404, f"{entity_type.capitalize()} not found")
        require_reading(studio_of(request), caller, project, entity)
        source, picture = chosen(project, entity_type, entity)
        if isinstance(picture, Thumbnail):
            headers = {
                "cache-control": FOREVER,
                "x-thumbnail-source": source,
                "x-thumbnail-id": picture.id,
            }
            return _picture(request, picture, headers)
        if isinstance(picture, ProjectFile):
            headers = {
                "cache-control": FOREVER,
                "x-thumbnail-source": source,
                "x-file-id": picture.id,
            }
            return Response(preview(picture), headers=headers, media_type="image/jpeg")
        if not wanted:
            raise AyonError(404, "No thumbnail available")
        headers = {"cache-control": "public, max-age=3600"}
        return Response(PLACEHOLDER, headers=headers, media_type="image/png")

    return answer


def chosen(
    project: Project, entity_type: EntityType, entity: Entity
) -> tuple[str, Thumbnail | ProjectFile | None]:
    """Where an entity's picture comes from, and the picture.

    Its own one; else a task's newest version has one, else the newest reviewable.
    """
    own = _own(project, entity)
    if own is not None:
        return entity_type, own
    versions: list[Version] = []
    if isinstance(entity, Version):
        versions = [entity]
    elif isinstance(entity, Task):
        versions = [
            each
            for each in reversed(project.versions.values())
            if each.task_id == entity.id and each.version >= 0
        ]
    elif isinstance(entity, Folder):
        versions = [
            version
            for product in children(project, "product", entity.id)
            for version in children(project, "version", product.id)
        ]
    for version in versions:
        for activity in reversed(reviewables(project, version.id)):
            for file_id in files_of(activity):
                if file_id in project.files:
                    return "reviewable", project.files[file_id]
    return "", None


def _own(project: Project, entity: Entity) -> Thumbnail | None:
    return project.thumbnails.get(getattr(entity, "thumbnail_id", None) or "")


def of_workfile(request: Request) -> Response:
    """`GET …/workfiles/{id}/thumbnail`: always crashes."""
    placeholder_wanted(request)
    project_of(request)
    raise CrashedError(BROKEN)


def by_id(request: Request) -> Response:
    """`GET …/thumbnails/{id}`: for managers."""
    wanted = placeholder_wanted(request)
    thumbnail_id = entity_id_of(request, "thumbnail_id")
    _, project = project_of(request)
    manager_of(request, "Only managers can access arbitrary thumbnails")
    return _by_id(request, project.thumbnails.get(thumbnail_id), wanted=wanted)


def of_project(request: Request) -> Response:
    """`GET …/thumbnail`: the project's own picture."""
    wanted = placeholder_wanted(request)
    _, project = project_of(request)
    return _by_id(request, project.thumbnail, wanted=wanted)


def _by_id(request: Request, thumbnail: Thumbnail | None, *, wanted: bool) -> Response:
    cached = {"cache-control": "max-age=3600"}
    if thumbnail is not None:
        headers = {
            "x-thumbnail-id": thumbnail.id,
            "x-thumbnail-time": str(thumbnail.created_at),
            **cached,
        }
        return _picture(request, thumbnail, headers)
    if not wanted:
        raise AyonError(404, "Thumbnail not found")
    return Response(PLACEHOLDER, 203, cached, media_type="image/png")


_PROJECT = "/api/projects/{project_name}"
_WITH_PICTURES: tuple[EntityType, ...] = ("folder", "task", "version")
routes: list[Route] = [
    *(
        get(f"{_PROJECT}/{kind}s/{{{kind}_id}}/thumbnail", _of_entity(kind))
        for kind in _WITH_PICTURES
    ),
    get(f"{_PROJECT}/workfiles/{{workfile_id}}/thumbnail", of_workfile),
    get(f"{_PROJECT}/thumbnails/{{thumbnail_id}}", by_id),
    get(f"{_PROJECT}/thumbnail", of_project),
]
