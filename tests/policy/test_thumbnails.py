"""The table of what a thumbnail may be stored for, and what is read around it.

Broken once: storing fresh without comparing the ids, taking a dashed id as it is, taking `data` for
an object, asking with the range of the thumbnail, giving the caller's token to the service.
"""

from __future__ import annotations

from typing import Any

import pytest

from ayon_proxy.policy import thumbnails
from ayon_proxy.policy.message import Fields, Head, Request
from ayon_proxy.policy.thumbnails import Keeping, Picture

ID = "2709afc33d15524f8ac3852440a21a44"
DASHED = "2709AFC3-3d15-524f-8ac3-852440a21a44"
OWN = ((b"x-thumbnail-source", b"version"), (b"x-thumbnail-id", b"t1"))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (f"/api/projects/Film/folders/{ID}/thumbnail", Picture("film", "folder", ID)),
        (f"/api/projects/film/tasks/{DASHED}/thumbnail", Picture("film", "task", ID)),
        (f"/api/projects/film/versions/{ID}/thumbnail", Picture("film", "version", ID)),
        (f"/api/projects/film/workfiles/{ID}/thumbnail", None),
        (f"/api/projects/film/files/{ID}/thumbnail", None),
        (f"/api/projects/film/thumbnails/{ID}", None),
        (f"/api/projects/film/versions/{ID}", None),
        (f"/api/projects/film/versions/{ID}/thumbnail/", None),
        ("/api/projects/film/thumbnail", None),
        ("/thumbnail", None),
        ("/api/projects/a%2Fb/folders/x/thumbnail", None),
    ],
)
def test_a_path_names_whose_picture_it_is(path: str, expected: Picture | None) -> None:
    assert thumbnails.picture_at(path.encode()) == expected


@pytest.mark.parametrize(
    ("fields", "entity", "expected"),
    [
        (OWN, {"thumbnailId": "t1"}, Keeping.FRESH),
        (OWN, {"thumbnailId": "t2"}, Keeping.OFFLINE),
        (OWN, {"thumbnailId": None}, Keeping.OFFLINE),
        (OWN, {"thumbnailId": ["t1"]}, Keeping.OFFLINE),
        (OWN, {}, Keeping.OFFLINE),
        (OWN, None, Keeping.OFFLINE),
        (((b"x-thumbnail-id", b""),), {"thumbnailId": ""}, Keeping.OFFLINE),
        (((b"x-file-id", b"f1"),), {"thumbnailId": None}, Keeping.OFFLINE),
        (((b"x-file-id", b"f1"),), None, Keeping.OFFLINE),
        ((), {"thumbnailId": None}, Keeping.NOT),
        ((), {"thumbnailId": "t1"}, Keeping.NOT),
        ((), None, Keeping.NOT),
    ],
)
def test_only_what_the_entity_confirms_is_fresh(
    fields: Fields, entity: dict[str, Any] | None, expected: Keeping
) -> None:
    assert thumbnails.keeping(Head(200, fields), entity) is expected


@pytest.mark.parametrize(
    ("fields", "decides"),
    [
        (OWN, True),
        (((b"x-thumbnail-source", b"reviewable"), (b"x-thumbnail-id", b"t1")), False),
        (((b"x-thumbnail-source", b"task"), (b"x-thumbnail-id", b"t1")), False),
        (((b"x-thumbnail-source", b"version"), (b"x-file-id", b"f1")), False),
        (((b"x-thumbnail-id", b"t1"),), False),
        ((), False),
    ],
)
def test_the_entity_is_asked_about_its_own_thumbnail_only(fields: Fields, *, decides: bool) -> None:
    picture = Picture("film", "version", ID)
    assert thumbnails.entity_decides(Head(200, fields), picture) is decides


SUMMARY: dict[str, Any] = {
    "entityType": "version",
    "entityId": DASHED,
    "thumbnailHash": "abc123",
}
TOLD = {"topic": "thumbnail.updated", "project": "Film", "summary": SUMMARY}


def test_an_event_tells_whose_picture_is_new_and_how_the_commit_will_show() -> None:
    assert thumbnails.told_by(TOLD) == (Picture("film", "version", ID), "abc123")


@pytest.mark.parametrize(
    "event",
    [
        {},
        {**TOLD, "topic": "entity.version.thumbnail_changed"},
        {**TOLD, "project": None},
        {**TOLD, "project": 5},
        {**TOLD, "summary": None},
        {**TOLD, "summary": "{}"},
        *({**TOLD, "summary": {**SUMMARY, key: 5}} for key in SUMMARY),
    ],
)
def test_an_event_that_lacks_something_tells_of_no_picture(event: dict[str, Any]) -> None:
    assert thumbnails.told_by(event) is None


@pytest.mark.parametrize(
    ("body", "committed"),
    [
        (b'{"data":{"thumbnailHash":"abc123"}}', True),
        (b'{"data":{"thumbnailHash":"abc124"}}', False),
        (b'{"data":{}}', False),
        (b'{"data":null}', False),
        (b'{"data":["thumbnailHash"]}', False),
        (b"{}", False),
    ],
)
def test_the_commit_shows_in_the_entitys_data(body: bytes, *, committed: bool) -> None:
    entity = thumbnails.parsed_entity(body)
    assert entity is not None
    assert thumbnails.has_hash(entity, "abc123") is committed


@pytest.mark.parametrize("body", [b"", b"[]", b"5", b"\xff", b"[" * 100_000])
def test_what_is_no_entity_is_none(body: bytes) -> None:
    assert thumbnails.parsed_entity(body) is None


CREDENTIALS = ((b"x-api-key", b"k"), (b"x-as-user", b"u"), (b"cookie", b"accessToken=c"))


def asked(query: bytes = b"token=t&original=true") -> Request:
    fields = (*CREDENTIALS, (b"range", b"bytes=0-1"), (b"if-none-match", b'"x"'))
    return Request("GET", f"/api/projects/Film/versions/{ID}/thumbnail".encode(), query, fields)


def test_the_entity_is_asked_for_as_the_caller() -> None:
    path = f"/api/projects/Film/versions/{ID}".encode()
    question = thumbnails.entity_question(asked(), anew=False)
    assert question == Request("GET", path, b"token=t", CREDENTIALS)
    anew = thumbnails.entity_question(asked(), anew=True)
    assert anew == Request("GET", path, b"token=t", (*CREDENTIALS, (b"cache-control", b"no-cache")))


def test_a_thumbnail_by_id_is_asked_for_with_one_credential() -> None:
    service = ((b"x-api-key", b"service"),)
    path = b"/api/projects/Film/thumbnails/t%2F1"
    question = thumbnails.by_id_question(asked(), "t/1", service)
    assert question == Request("GET", path, b"original=true", service)
    question = thumbnails.by_id_question(asked(), "t/1", None)
    assert question == Request("GET", path, b"token=t&original=true", CREDENTIALS)
