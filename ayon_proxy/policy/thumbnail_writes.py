"""TABLE: which pictures a write is about to change.

While such a write is under way upstream's choice of a picture is not to be asked: between purge and
commit it would remember the old one (upstream/server.md 0.3).

    POST {type}/{id}/thumbnail      that entity's; of a version its folder's and its task's as well
    POST versions/{id}/reviewables  the same, where the version has none
    PUT  thumbnails/{id}            whoever has it: any of the project
    PATCH {type}/{id}, operations   those of the entities that are given another `thumbnailId`

Operations in the background are under way until a poll says that they have ended.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from ayon_proxy.policy.fields import without
from ayon_proxy.policy.invalidation.event import entity_id
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.query import is_credential, pairs
from ayon_proxy.policy.segments import segments
from ayon_proxy.policy.thumbnails import ENTITY_TYPES, Picture
from ayon_proxy.policy.writes.changes import field_of

_OF_THE_BODY = (
    b"content-encoding",
    b"content-length",
    b"content-type",
    b"expect",
    b"transfer-encoding",
    b"x-file-name",
)


@dataclass(frozen=True, slots=True)
class Written:
    """What a write changes. `pictures` is None where it may be any of the project.

    `above`: the folder's and the task's of the version among them, too.
    """

    project: str
    pictures: frozenset[Picture] | None
    above: bool = False


def written(request: Request, body: bytes | None) -> Written | None:
    """The pictures that a request changes; None for one that changes none.

    `body` is None where it was not read: an upload, or a batch of so many operations that to hold
    all pictures of the project for it would cost more than one that is wrong for a while.
    """
    match request.method, segments(request.path):
        case "POST", ["api", "projects", project, kind, identifier, "thumbnail" | "reviewables"]:
            pictures = _of(project, kind, identifier)
            return Written(project.lower(), pictures, kind == "versions") if pictures else None
        case "PUT", ["api", "projects", project, "thumbnails", _]:
            return Written(project.lower(), None)
        case "PATCH", ["api", "projects", project, kind, identifier]:
            pictures = _of(project, kind, identifier) if _names_one(_parsed(body)) else frozenset()
        case "POST", ["api", "projects", project, "operations", *rest] if rest in _IN_OPERATIONS:
            pictures = frozenset(_of_operations(project, _parsed(body)))
        case _:
            return None
    return Written(project.lower(), pictures) if pictures else None


def _of(project: str, kind: str, identifier: str) -> frozenset[Picture]:
    if kind not in ENTITY_TYPES:
        return frozenset()
    return frozenset({Picture(project.lower(), ENTITY_TYPES[kind], entity_id(identifier))})


_IN_OPERATIONS: tuple[list[str], ...] = ([], ["background"])


def _of_operations(project: str, body: Mapping[str, Any]) -> Iterable[Picture]:
    operations = body.get("operations")
    for operation in operations if isinstance(operations, list) else ():
        match operation:
            case {"type": "update", "data": dict(data)} if _names_one(data):
                kind, identifier = (
                    field_of(operation, name) for name in ("entityType", "entityId")
                )
                if isinstance(kind, str) and isinstance(identifier, str):
                    yield Picture(project.lower(), kind, entity_id(identifier))


def _names_one(data: Mapping[str, Any]) -> bool:
    return "thumbnailId" in data or "thumbnail_id" in data


def _parsed(body: bytes | None) -> Mapping[str, Any]:
    if body is None or b"thumbnail" not in body:
        return {}  # most: not parsed in vain, which takes long for a batch
    try:
        content = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return content if isinstance(content, dict) else {}


def entity_above(request: Request, kind: str, identifier: str | None) -> Request:
    """Asks for an entity of the project that `request` writes to, with its credential.

    `kind` is a path segment ("products"); without an id it is the one that is written to.
    """
    parts = request.path.split(b"/")
    name = parts[5] if identifier is None else quote(identifier, safe="", errors="replace").encode()
    path = b"/".join((*parts[:4], kind.encode(), name))
    caller = b"&".join(pair for name, pair in pairs(request.query) if is_credential(name))
    return Request("GET", path, caller, without(request.fields, _OF_THE_BODY))
