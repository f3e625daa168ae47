"""TABLE: what an entity's thumbnail, as upstream gave it, may be stored for.

Upstream chooses a picture for an entity (its own, else one of a version or a reviewable below) and
remembers the choice for an hour. A request in the moment between `thumbnail.updated` and the commit
makes it remember the old one, for everybody (upstream/server.md 0.3 and 1.6). The entity itself is
read from the database, so it tells:

    `data.thumbnailHash`   the hash of the event: that change is committed
    `thumbnailId`          its own picture, whatever upstream remembers
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from enum import Enum
from typing import Any, NamedTuple
from urllib.parse import quote

from ayon_proxy.policy.fields import replaced, value, without
from ayon_proxy.policy.invalidation.event import entity_id, project_of
from ayon_proxy.policy.message import Fields, Head, Request
from ayon_proxy.policy.query import is_credential, pairs
from ayon_proxy.policy.segments import segments

ENTITY_TYPES = {"folders": "folder", "tasks": "task", "versions": "version"}
"""Path segment → entity type, where upstream has pictures; its workfiles' answer is always 500."""

_ANOTHER_QUESTIONS = (
    b"accept",
    b"cache-control",
    b"if-match",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"if-unmodified-since",
    b"pragma",
    b"range",
)


class Picture(NamedTuple):
    """Whose picture. The project in lower case, as AYON matches it; the id as AYON writes it."""

    project: str
    entity_type: str
    entity_id: str


class Keeping(Enum):
    """What a thumbnail may be stored for."""

    FRESH = "fresh"
    OFFLINE = "offline"
    """While upstream can't be reached: it may be wrong, and nothing would tell when."""
    NOT = "not"


def picture_at(path: bytes) -> Picture | None:
    """Whose thumbnail lies at a path; None for any other path."""
    if not path.endswith(b"/thumbnail"):
        return None
    match segments(path):
        case ["api", "projects", project, kind, identifier, "thumbnail"] if kind in ENTITY_TYPES:
            return Picture(project.lower(), ENTITY_TYPES[kind], entity_id(identifier))
        case _:
            return None


def told_by(event: Mapping[str, Any]) -> tuple[Picture, str] | None:
    """The picture that an event calls new, and the hash that its entity has when it is committed.

    None for other events, and for one that lacks some of it: its project falls then (`tags_of`).
    """
    project, summary = project_of(event), event.get("summary")
    if event.get("topic") != "thumbnail.updated" or not isinstance(summary, dict):
        return None
    match summary, project:
        case {
            "entityType": str(kind),
            "entityId": str(identifier),
            "thumbnailHash": str(expected),
        }, str():
            return Picture(project, kind, entity_id(identifier)), expected
        case _:
            return None


def keeping(head: Head, entity: Mapping[str, Any] | None) -> Keeping:
    """What the answer may be stored for. `entity` as asked after it came; None: it was not told.

    | the answer names               | the entity's thumbnailId | stored                           |
    |--------------------------------|--------------------------|----------------------------------|
    | a thumbnail                    | is that one              | as fresh                         |
    | a thumbnail                    | is another, or not told  | offline: upstream is behind      |
    | one of a version or reviewable | is not asked             | offline: upstream does not notice|
    |                                |                          | when its choice has changed      |
    | the file of a reviewable       | is not asked             | offline: the same                |
    | nothing: a placeholder         | is not asked             | not                              |
    """
    shown = value(head.fields, b"x-thumbnail-id")
    if shown is None:
        return Keeping.NOT if value(head.fields, b"x-file-id") is None else Keeping.OFFLINE
    return Keeping.FRESH if shown.decode("latin-1") == own_thumbnail(entity) else Keeping.OFFLINE


def entity_decides(head: Head, picture: Picture) -> bool:
    """Whether the answer names a thumbnail as the entity's own."""
    source = value(head.fields, b"x-thumbnail-source")
    return source == picture.entity_type.encode() and any(
        name == b"x-thumbnail-id" for name, _ in head.fields
    )


def own_thumbnail(entity: Mapping[str, Any] | None) -> str | None:
    """The id of the entity's own thumbnail; None where it has none, or it was not told."""
    own = None if entity is None else entity.get("thumbnailId")
    return own if isinstance(own, str) and own else None


def has_hash(entity: Mapping[str, Any], expected: str) -> bool:
    """Whether the change that an event announced with that hash is committed."""
    data = entity.get("data")
    return isinstance(data, dict) and data.get("thumbnailHash") == expected


def parsed_entity(body: bytes) -> Mapping[str, Any] | None:
    """An entity as REST gives it; None when it is none."""
    try:
        entity = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return entity if isinstance(entity, dict) else None


def entity_question(request: Request, *, anew: bool) -> Request:
    """Asks for the entity whose thumbnail `request` asks for, with its credential.

    `anew`: from upstream, whatever is stored.
    """
    fields = without(request.fields, _ANOTHER_QUESTIONS)
    if anew:
        fields = replaced(fields, b"cache-control", b"no-cache")
    return Request(
        "GET", request.path.removesuffix(b"/thumbnail"), _query(request, credential=True), fields
    )


def by_id_question(request: Request, thumbnail_id: str, service: Fields | None) -> Request:
    """Asks for a thumbnail by its id, which upstream reads from its database.

    Only managers may (server.md 5.1): `service` are the fields that name the proxy's own user,
    None where it has none. Its caller must have been shown the entity.
    """
    project = request.path.split(b"/")[3]
    path = b"/api/projects/%s/thumbnails/%s" % (project, _quoted(thumbnail_id))
    if service is not None:
        return Request("GET", path, _query(request, credential=False), service)
    return Request("GET", path, request.query, without(request.fields, _ANOTHER_QUESTIONS))


def _quoted(identifier: str) -> bytes:
    return quote(identifier, safe="", errors="replace").encode()


def _query(request: Request, *, credential: bool) -> bytes:
    """The pairs that name the caller, or all others."""
    return b"&".join(
        pair for name, pair in pairs(request.query) if is_credential(name) is credential
    )
