"""May it be stored. Mutations that must each fail: drop any one of the reasons; `!= 200` to
`>= 300`; `>` to `>=` of the bound; thumbnails by one of the two fields only; a placeholder looked
for on every row; drop any one of OF_ONE_EXCHANGE; a media type's parameters or letter case not
ignored; one that only begins like the wanted one taken."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.lifetimes import ENTITY
from ayon_proxy.policy.message import Fields, Head
from ayon_proxy.policy.routes import rows
from ayon_proxy.policy.routes.route import Route
from ayon_proxy.policy.routes.rows import file, picture, stored
from ayon_proxy.policy.storing import (
    GATEWAY,
    GONE,
    OF_ONE_EXCHANGE,
    TRANSIENT,
    is_page_instead,
    reason_not_to_store,
    speaks_against,
    stored_head,
)

FOLDER = stored("/api/projects/{project}/folders/{folder_id}", ENTITY)
THUMBNAIL = picture("/api/projects/{project}/folders/{folder_id}/thumbnail")
ADDON = file("/addons/{addon_name}/{rest:path}")
PAGE = stored("/", ENTITY, media=rows.HTML)
BOUND = 1000

JSON = (b"content-type", b"application/json")
PNG = (b"content-type", b"image/png")
HTML = (b"content-type", b"text/html; charset=utf-8")


@pytest.mark.parametrize("status", [201, 202, 203, 204, 206, 301, 304, 401, 404, 429, 500, 503])
def test_only_200_is_stored(status: int) -> None:
    assert reason_not_to_store(FOLDER, Head(status), BOUND) == f"status {status}"


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ((), None),
        (((b"set-cookie", b"a=1"),), "set-cookie"),
        (((b"cache-control", b"max-age=1, no-store"),), "no-store"),
        (((b"cache-control", b"public, max-age=0, no-cache, private"),), None),
        (((b"pragma", b"no-cache"),), None),
        (((b"content-encoding", b"identity"),), None),
        (((b"content-encoding", b"br"),), "content-encoding"),
        (((b"content-length", b"1000"),), None),
        (((b"content-length", b"1001"),), "too large"),
        (((b"content-length", b"-1"),), "too large"),
        (((b"content-length", b"9" * 5000),), "too large"),
        (((b"content-length", b"0"),), None),
        (((b"vary", b"*"), (b"expires", b"0")), None),
    ],
)
def test_what_the_fields_speak_against_is_not(fields: Fields, reason: str | None) -> None:
    for route in (FOLDER, ADDON):
        assert reason_not_to_store(route, Head(200, (JSON, *fields)), BOUND) == reason


@pytest.mark.parametrize(
    ("route", "media", "stored"),
    [
        (FOLDER, b"application/json", True),
        (FOLDER, b"Application/JSON ; charset=utf-8", True),
        (FOLDER, b"application/json-seq", False),
        (FOLDER, b"text/html", False),
        (FOLDER, b"", False),
        (FOLDER, None, False),
        (THUMBNAIL, b"image/png", True),
        (THUMBNAIL, b"Image/JPEG", True),
        (THUMBNAIL, b"application/json", False),
        (THUMBNAIL, b"text/html", False),
        (THUMBNAIL, None, False),
        (PAGE, b"text/html; charset=utf-8", True),
        (PAGE, b"application/json", False),
        (ADDON, b"application/zip", True),
        (ADDON, None, True),
    ],
)
def test_only_what_is_of_the_rows_media_type_is_stored(
    route: Route, media: bytes | None, stored: bool
) -> None:
    fields: Fields = ((b"x-thumbnail-id", b"1"),)
    if media is not None:
        fields = (*fields, (b"content-type", media))
    reason = None if stored else "content-type"
    assert reason_not_to_store(route, Head(200, fields), BOUND) == reason


@pytest.mark.parametrize(
    ("path", "instead"),
    [
        (b"/addons/core/1.0.0/private/client.zip", True),
        (b"/addons/core/1.0.0/public/icon.PNG", True),
        (b"/static/a.html.js", True),
        (b"/static/a.html/icon.png", True),
        (b"/static/.html", False),
        (b"/static/a.html", False),
        (b"/static/a.HTM", False),
        (b"/static/a%2ehtml", False),
        (b"/static/a%2epng", True),
        (b"/static/a.b/page", False),
        (b"/static/", False),
    ],
)
def test_a_page_takes_the_place_of_a_file_only_by_its_name(path: bytes, instead: bool) -> None:
    page, other = Head(200, (HTML,)), Head(200, (JSON,))
    assert is_page_instead(ADDON, page, path) is instead
    assert not is_page_instead(ADDON, other, path)
    assert not is_page_instead(PAGE, page, path)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ((), "placeholder"),
        (((b"x-thumbnail-id", b"1"),), None),
        (((b"x-file-id", b"1"),), None),
    ],
)
def test_a_thumbnail_that_names_nothing_is_a_stand_in(fields: Fields, reason: str | None) -> None:
    assert reason_not_to_store(THUMBNAIL, Head(200, (PNG, *fields)), BOUND) == reason


@pytest.mark.parametrize(
    "name",
    [
        b"age",
        b"cache-status",
        b"content-length",
        b"content-range",
        b"date",
        b"server",
        b"x-request-id",
    ],
)
def test_what_belongs_to_one_exchange_is_not_in_what_is_stored(name: bytes) -> None:
    head = Head(200, ((name, b"x"), (b"content-type", b"a/b"), (b"etag", b'"e"')))
    assert stored_head(head) == Head(200, ((b"content-type", b"a/b"), (b"etag", b'"e"')))


def test_a_status_is_gone_or_transient_and_never_stored_or_both() -> None:
    assert not GONE & TRANSIENT
    assert 200 not in GONE | TRANSIENT
    assert {401, 403, 404} <= GONE
    assert {429, 502, 503, 504, 520, 522, 527, 530} <= TRANSIENT
    assert not {500, 501, 505, 519, 528, 529, 531} & TRANSIENT
    assert {429} == TRANSIENT - GATEWAY


@pytest.mark.parametrize(
    ("route", "status", "media", "expected"),
    [
        *((FOLDER, status, b"application/json", True) for status in GONE),
        (FOLDER, 404, b"Application/JSON; charset=utf-8", True),
        (FOLDER, 404, b"application/jsonx", False),
        (FOLDER, 404, b"text/html; charset=utf-8", False),
        (FOLDER, 404, None, False),
        (FOLDER, 200, b"application/json", False),
        (FOLDER, 500, b"application/json", False),
        (THUMBNAIL, 404, b"text/html", True),
        (THUMBNAIL, 404, None, True),
        (ADDON, 403, b"text/plain", True),
        (ADDON, 503, b"text/plain", False),
    ],
)
def test_only_upstream_itself_speaks_against_what_is_stored(
    route: Route, status: int, media: bytes | None, expected: bool
) -> None:
    fields = () if media is None else ((b"content-type", media),)
    assert speaks_against(route, Head(status, fields)) is expected


NAMES = st.sampled_from([*sorted(OF_ONE_EXCHANGE), b"set-cookie", b"cache-control", b"x", b"etag"])


@given(
    st.sampled_from([FOLDER, THUMBNAIL, ADDON]),
    st.integers(100, 599),
    st.lists(st.tuples(NAMES, st.binary(max_size=10))).map(tuple),
)
def test_no_head_makes_it_raise(route: object, status: int, fields: Fields) -> None:
    assert route in (FOLDER, THUMBNAIL, ADDON)
    for one in (FOLDER, THUMBNAIL, ADDON):
        if reason_not_to_store(one, Head(status, fields), BOUND) is None:
            assert status == 200
            assert b"set-cookie" not in dict(fields)
    kept = stored_head(Head(status, fields))
    assert not OF_ONE_EXCHANGE & {name for name, _ in kept.fields}
