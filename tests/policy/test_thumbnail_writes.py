"""Which pictures a write changes.

Broken once: PUT by id taken for one entity's, `thumbnailId: null` overlooked, the other spelling of
names, operations in the background, the body's length sent along with a question.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ayon_proxy.policy.message import Request
from ayon_proxy.policy.thumbnail_writes import Written, entity_above, written
from ayon_proxy.policy.thumbnails import Picture

V = "2709afc33d15524f8ac3852440a21a44"
VERSION = frozenset({Picture("film", "version", V)})
TASK = frozenset({Picture("film", "task", V)})


def operation(**changed: Any) -> dict[str, Any]:
    data = {"thumbnailId": "t"}
    return {"type": "update", "entityType": "version", "entityId": V, "data": data, **changed}


@pytest.mark.parametrize(
    ("method", "path", "body", "expected"),
    [
        ("POST", f"versions/{V}/thumbnail", None, Written("film", VERSION, above=True)),
        ("POST", f"versions/{V.upper()}/reviewables", None, Written("film", VERSION, above=True)),
        ("POST", f"tasks/{V}/thumbnail", None, Written("film", TASK)),
        ("PUT", f"thumbnails/{V}", None, Written("film", None)),
        ("PATCH", f"versions/{V}", {"thumbnailId": None}, Written("film", VERSION)),
        ("POST", "operations", {"operations": [operation(), 5]}, Written("film", VERSION)),
        (
            "POST",
            "operations/background",
            {"operations": [operation()]},
            Written("film", VERSION),
        ),
        (
            "POST",
            "operations",
            {
                "operations": [
                    {
                        "type": "update",
                        "entity_type": "version",
                        "entity_id": V,
                        "data": {"thumbnail_id": None},
                    }
                ]
            },
            Written("film", VERSION),
        ),
        ("POST", "operations/activities", {"operations": [operation()]}, None),
        ("PATCH", f"versions/{V}", {"status": "thumbnail"}, None),
        ("PATCH", f"versions/{V}", {"status": "x"}, None),
        ("PATCH", f"versions/{V}", None, None),
        ("PATCH", f"products/{V}", {"thumbnailId": None}, None),
        ("POST", "operations", {"operations": [operation(data={"status": "x"})]}, None),
        ("POST", "operations", {"operations": [operation(type="create")]}, None),
        ("POST", "operations", {"operations": [operation(entityId=5)]}, None),
        ("POST", "operations", {"operations": 5}, None),
        ("POST", "operations", [], None),
        ("POST", "operations", None, None),
        ("POST", "thumbnails", None, None),
        ("POST", f"products/{V}/thumbnail", None, None),
        ("GET", f"versions/{V}/thumbnail", None, None),
    ],
)
def test_a_write_changes_these_pictures(
    method: str, path: str, body: Any, expected: Written | None
) -> None:
    request = Request(method, f"/api/projects/Film/{path}".encode())
    assert written(request, None if body is None else json.dumps(body).encode()) == expected


@pytest.mark.parametrize("body", [b"thumbnail\xff", b"[" * 100_000 + b"thumbnail", b""])
def test_a_body_that_cannot_be_read_changes_none(body: bytes) -> None:
    assert written(Request("PATCH", f"/api/projects/film/versions/{V}".encode()), body) is None


def test_what_stands_above_is_asked_for_as_the_caller() -> None:
    path = f"/api/projects/Film/versions/{V}/thumbnail".encode()
    fields = ((b"x-api-key", b"k"), (b"content-length", b"9"), (b"content-type", b"image/png"))
    request = Request("POST", path, b"a=b&token=t", fields)
    assert entity_above(request, "versions", None) == Request(
        "GET", f"/api/projects/Film/versions/{V}".encode(), b"token=t", fields[:1]
    )
    assert entity_above(request, "products", "p/1") == Request(
        "GET", b"/api/projects/Film/products/p%2F1", b"token=t", fields[:1]
    )
