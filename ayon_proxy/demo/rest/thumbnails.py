"""Pictures: of entities, by id, of projects (server.md 5.1; corpus `thumbnails`).

An entity's URL is stable and its picture changes, although `Cache-Control` calls it immutable.
Without a picture there is a placeholder: 200 for entities, 203 by id and for projects.
"""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Callable, Iterable

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ayon_proxy.demo.asking import entity_id_of, manager_of, project_of, studio_of
from ayon_proxy.demo.derivations import children, reviewables
from ayon_proxy.demo.entities import Entity, EntityType, Folder, Task, Version
from ayon_proxy.demo.errors import AyonError, CrashedError, InvalidRequestError
from ayon_proxy.demo.pictures import preview
from ayon_proxy.demo.project import Activity, Project, ProjectFile, Thumbnail
from ayon_proxy.demo.rest.entity_reads import require_reading
from ayon_proxy.demo.rest.reviewables import files_of
from ayon_proxy.demo.rest.routing import get
from ayon_proxy.demo.studio import Studio
from ayon_proxy.demo.upstream_caches import REMEMBERED, ShownPicture

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
        source, picture = shown(studio_of(request), project, entity_type, entity)
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

    Its own one; else, for folders and tasks, that of the version with the newest reviewable; else
    the newest reviewable itself.
    """
    own = _own(project, entity)
    if own is not None:
        return entity_type, own
    newest: tuple[Activity, Version] | None = None
    for version in _versions(project, entity):
        for activity in reviewables(project, version.id):
            if any(each in project.files for each in files_of(activity)) and (
                newest is None or activity.created_at > newest[0].created_at
            ):
                newest = activity, version
    if newest is None:
        return "", None
    activity, version = newest
    picture = _own(project, version)
    if picture is not None:
        return "version", picture
    return "reviewable", next(
        project.files[each] for each in files_of(activity) if each in project.files
    )


def _versions(project: Project, entity: Entity) -> Iterable[Version]:
    """The versions whose reviewables stand for the entity."""
    match entity:
        case Version():
            return [entity]
        case Task():
            return [each for each in project.versions.values() if each.task_id == entity.id]
        case Folder():
            products = {each.id for each in children(project, "product", entity.id)}
            return [each for each in project.versions.values() if each.product_id in products]
    return []


def shown(
    studio: Studio, project: Project, entity_type: EntityType, entity: Entity
) -> tuple[str, Thumbnail | ProjectFile | None]:
    """What is `chosen`, perhaps as remembered from an earlier choice (server.md 1.6)."""
    caches, key, now = studio.upstream_caches, (project.name, entity.id), studio.clock()
    known = caches.thumbnails.get(key) if caches else None
    if known is not None and known.until > now:
        picture = project.thumbnails.get(known.thumbnail_id or "")
        return known.source, picture or project.files.get(known.file_id or "")
    source, found = chosen(project, entity_type, entity)
    if caches:
        caches.thumbnails[key] = ShownPicture(
            source,
            found.id if isinstance(found, Thumbnail) else None,
            found.id if isinstance(found, ProjectFile) else None,
            now + REMEMBERED,
        )
    return source, found


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
