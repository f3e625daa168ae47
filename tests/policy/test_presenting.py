"""The head a client is given. Mutations that must each fail: no own entity tag; one beside
upstream's; an Age line beside another; `public` let through; `private` on a row that is passed; no
Accept-Ranges on files; some on their errors; one hash for all bodies; the sentence of a write for a
read."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy import presenting
from ayon_proxy.policy.conditional import Outcome, outcome
from ayon_proxy.policy.fields import value
from ayon_proxy.policy.lifetimes import ENTITY
from ayon_proxy.policy.message import Fields, Head, Request
from ayon_proxy.policy.routes.route import Route
from ayon_proxy.policy.routes.rows import file, passed, stored
from tests.support.builders import stored_response

FOLDER = stored("/api/projects/{project}/folders/{folder_id}", ENTITY)
ADDON = file("/addons/{addon_name}/{rest:path}")
PASSED = passed("GET", "/api/info", "why not")

PUBLIC = (b"cache-control", b"public, max-age=31536000, immutable")
HOUR = (b"cache-control", b"max-age=3600")
PRIVATE = (b"cache-control", b"private, no-cache")
ALONE = "The AYON server could not be reached for this request "
AWAY = "The AYON server can't be reached "
RANGES = (b"accept-ranges", b"bytes")


@pytest.mark.parametrize(
    ("route", "fields", "expected"),
    [
        (FOLDER, (PUBLIC,), (PRIVATE,)),
        (FOLDER, ((b"cache-control", b"Immutable"),), (PRIVATE,)),
        (FOLDER, ((b"cache-control", b"PUBLIC"),), (PRIVATE,)),
        (FOLDER, (HOUR,), (HOUR,)),
        (FOLDER, (), ()),
        (ADDON, (PUBLIC,), (PRIVATE, RANGES)),
        (ADDON, ((b"accept-ranges", b"none"),), (RANGES,)),
        (PASSED, (PUBLIC,), (PUBLIC,)),
    ],
)
def test_what_would_mislead_a_shared_cache_is_altered_and_nothing_else(
    route: Route, fields: Fields, expected: Fields
) -> None:
    other = (b"x-thumbnail-id", b"1")
    head = Head(200, (other, *fields))
    assert presenting.forwarded_fields(route, head) == (other, *expected)


@pytest.mark.parametrize("status", [301, 302, 303, 304, 307, 400, 401, 404, 416, 429, 500, 503])
@pytest.mark.parametrize("fields", [(), ((b"accept-ranges", b"none"),)])
def test_ranges_are_offered_only_of_a_file_that_is_there(status: int, fields: Fields) -> None:
    assert presenting.forwarded_fields(ADDON, Head(status, fields)) == fields
    assert presenting.forwarded_fields(ADDON, Head(206, fields)) == (RANGES,)


def test_a_stored_answer_tells_its_age_in_whole_seconds() -> None:
    one = stored_response(fields=((b"age", b"99"),))
    head = presenting.stored_answer(FOLDER, one, 3.9)
    assert [line for line in head.fields if line[0] == b"age"] == [(b"age", b"3")]


def test_a_stored_answer_has_upstreams_entity_tag_or_ours() -> None:
    theirs = stored_response(fields=((b"etag", b'W/"theirs"'),))
    ours = stored_response()
    tags = [
        [line for name, line in presenting.stored_answer(FOLDER, one, 0).fields if name == b"etag"]
        for one in (theirs, ours)
    ]
    assert tags == [[b'W/"theirs"'], [presenting.own_etag(ours)]]


def test_a_stored_answer_keeps_its_status_and_other_fields() -> None:
    head = presenting.stored_answer(FOLDER, stored_response(status=203), 0)
    assert head.status == 203
    assert value(head.fields, b"content-type") == b"application/json"


def test_our_entity_tag_is_one_for_one_body() -> None:
    one, same = stored_response(b"1", body=b"x"), stored_response(b"2", body=b"x", begun_seq=9)
    other, filed = stored_response(body=b"y"), stored_response(body=b"x", in_blob=True)
    tags = [presenting.own_etag(it) for it in (one, same, other, filed)]
    assert tags[0] == tags[1]
    assert len({*tags}) == 3
    assert tags[3] == b'"%s"' % (filed.digest or b"").hex().encode()
    assert presenting.own_etag(replace(filed, digest=None)) == b'""'


@given(st.binary(max_size=100))
def test_our_entity_tag_is_understood_when_it_comes_back(body: bytes) -> None:
    head = presenting.stored_answer(FOLDER, stored_response(body=body), 0)
    etag = value(head.fields, b"etag") or b""
    asked = Request("GET", b"/", b"", ((b"if-none-match", etag),))
    assert outcome(asked, Head(200, head.fields)) is Outcome.NOT_MODIFIED


@pytest.mark.parametrize(
    ("since", "method", "words"),
    [
        (
            None,
            "GET",
            ALONE + "and this answer is not stored here.",
        ),
        (
            0.0,
            "GET",
            AWAY + "(since 1970-01-01 00:00:00 UTC) and this answer is not stored here.",
        ),
        (
            1_700_000_000.9,
            "HEAD",
            AWAY + "(since 2023-11-14 22:13:20 UTC) and this answer is not stored here.",
        ),
        (
            0.0,
            "POST",
            AWAY
            + "(since 1970-01-01 00:00:00 UTC), so this request could not be sent."
            + " Nothing was changed.",
        ),
    ],
)
def test_what_someone_reads_who_gets_nothing(since: float | None, method: str, words: str) -> None:
    assert presenting.offline_sentence(since, method) == words
