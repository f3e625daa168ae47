"""Validating and resuming. Mutations that must each fail: `> 0` to `>= 0` in `possible`; no strong
tag wanted of files; no If-Range, or no Range, in `conditional`; 206 confirms whatever its tag, its
range, or without either; 416 not undecided; `remainder` with a weak tag, of nothing, or beyond the
end; `continues` without its tag or its range; a condition kept by `unconditional`; no identity."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy import validation
from ayon_proxy.policy.lifetimes import ENTITY
from ayon_proxy.policy.message import Fields, Head, Request
from ayon_proxy.policy.routes.route import Route
from ayon_proxy.policy.routes.rows import file, stored
from tests.support.builders import stored_response

FOLDER = stored("/api/projects/{project}/folders/{folder_id}", ENTITY)
ADDON = file("/addons/{addon_name}/{rest:path}")
VIDEO = file("/api/projects/{project}/files/{file_id}/payload", named_by_id=True)
ONE, WEAK = (b"etag", b'"one"'), (b"etag", b'W/"one"')
CURRENT = stored_response(body=bytes(1000), fields=(ONE,))
ASKED = Request("GET", b"/a", b"q=1", ((b"x-api-key", b"k"),))


@pytest.mark.parametrize(
    ("route", "fields", "size", "expected"),
    [
        (FOLDER, (), 10, False),
        (FOLDER, (ONE,), 10, True),
        (FOLDER, (WEAK,), 10, True),
        (FOLDER, (ONE,), 0, True),
        (ADDON, (), 10, False),
        (ADDON, (ONE,), 10, True),
        (ADDON, (WEAK,), 10, False),
        (ADDON, (ONE,), 1, True),
        (ADDON, (ONE,), 0, False),
        (VIDEO, (), 10, True),
        (VIDEO, (ONE,), 10, True),
    ],
)
def test_whether_upstream_can_be_asked(
    route: Route, fields: Fields, size: int, expected: bool
) -> None:
    current = stored_response(body=bytes(size), fields=fields)
    assert validation.possible(route, current) is expected


def test_a_file_is_asked_about_with_both_conditions_and_one_byte() -> None:
    asked = validation.conditional(ASKED, ADDON, CURRENT)
    assert (asked.method, asked.target) == ("GET", b"/a?q=1")
    assert asked.fields == (
        (b"x-api-key", b"k"),
        (b"if-none-match", b'"one"'),
        (b"if-range", b'"one"'),
        (b"range", b"bytes=0-0"),
    )


def test_anything_else_with_its_entity_tag() -> None:
    asked = validation.conditional(ASKED, FOLDER, stored_response(fields=(WEAK,)))
    assert asked.fields == ((b"x-api-key", b"k"), (b"if-none-match", b'W/"one"'))


RIGHT = (b"content-range", b"bytes 0-0/1000")


@pytest.mark.parametrize(
    ("head", "confirmed", "undecided"),
    [
        (Head(304), True, False),
        (Head(206, (ONE, RIGHT)), True, False),
        (Head(206, (RIGHT,)), False, True),
        (Head(206, (ONE,)), False, True),
        (Head(206, ((b"etag", b'"two"'), RIGHT)), False, True),
        (Head(206, (WEAK, RIGHT)), False, True),
        (Head(206, (ONE, (b"content-range", b"bytes 0-0/1001"))), False, True),
        (Head(206, (ONE, (b"content-range", b"bytes 0-1/1000"))), False, True),
        (Head(416, (ONE, RIGHT)), False, True),
        (Head(200, (ONE, RIGHT)), False, False),
        (Head(404), False, False),
        (Head(503), False, False),
    ],
)
def test_what_upstreams_answer_says(head: Head, confirmed: bool, undecided: bool) -> None:
    assert validation.confirmed(ASKED, head, CURRENT) is confirmed
    assert validation.undecided(ASKED, head, CURRENT) is undecided


@pytest.mark.parametrize("fields", [(), (WEAK,)], ids=["untagged", "weak"])
@pytest.mark.parametrize("path", [b"/api/projects/p/files/f", b"/api/projects/p/files/f/payload"])
def test_a_video_is_asked_about_by_its_id(path: bytes, fields: Fields) -> None:
    current = stored_response(body=bytes(1000), fields=fields)
    request = Request("GET", path, b"token=t", ASKED.fields)
    asked = validation.conditional(request, VIDEO, current)
    assert asked == Request("HEAD", b"/api/projects/p/files/f", b"token=t", ASKED.fields)
    assert validation.conditional(ASKED, VIDEO, CURRENT).method == "GET"


@pytest.mark.parametrize(
    ("head", "confirmed"),
    [
        (Head(200, ((b"content-length", b"1000"),)), True),
        (Head(200, ((b"content-length", b"999"),)), False),
        (Head(200), False),
        (Head(304, ((b"content-length", b"1000"),)), False),
        (Head(403, ((b"content-length", b"1000"),)), False),
        (Head(404), False),
    ],
)
def test_a_head_confirms_a_file_of_that_length_or_decides_nothing(
    head: Head, confirmed: bool
) -> None:
    asked = Request("HEAD", b"/api/projects/p/files/f")
    assert validation.confirmed(asked, head, CURRENT) is confirmed
    assert validation.undecided(asked, head, CURRENT) is not confirmed


def test_without_an_entity_tag_nothing_partial_confirms() -> None:
    assert not validation.confirmed(ASKED, Head(206, (RIGHT,)), stored_response(body=bytes(1000)))


@pytest.mark.parametrize(
    ("fields", "received", "length", "expected"),
    [
        ((ONE,), 1, 1000, b"bytes=1-"),
        ((ONE,), 999, 1000, b"bytes=999-"),
        ((ONE,), 0, 1000, None),
        ((ONE,), 1000, 1000, None),
        ((ONE,), 1001, 1000, None),
        ((ONE,), 1, None, None),
        ((WEAK,), 1, 1000, None),
        ((), 1, 1000, None),
    ],
)
def test_what_is_missing_is_asked_for_where_something_vouches_for_its_sameness(
    fields: Fields, received: int, length: int | None, expected: bytes | None
) -> None:
    onward = validation.remainder(ASKED, Head(200, fields), received, length)
    if expected is None:
        assert onward is None
    else:
        assert onward is not None
        assert onward.target == b"/a?q=1"
        assert onward.fields[1:] == ((b"if-range", b'"one"'), (b"range", expected))


REST = (b"content-range", b"bytes 400-999/1000")


@pytest.mark.parametrize(
    ("head", "length", "expected"),
    [
        (Head(206, (ONE, REST)), 1000, True),
        (Head(206, (ONE, REST)), None, False),
        (Head(206, (ONE, REST)), 999, False),
        (Head(200, (ONE, REST)), 1000, False),
        (Head(206, ((b"etag", b'"two"'), REST)), 1000, False),
        (Head(206, (REST,)), 1000, False),
        (Head(206, (ONE,)), 1000, False),
        (Head(206, (ONE, (b"content-range", b"bytes 401-999/1000"))), 1000, False),
        (Head(206, (ONE, (b"content-range", b"bytes 400-998/1000"))), 1000, False),
        (Head(206, (ONE, (b"content-range", b"bytes 400-999/*"))), 1000, False),
    ],
)
def test_only_what_goes_on_exactly_there_goes_on(
    head: Head, length: int | None, expected: bool
) -> None:
    assert validation.continues(head, Head(200, (ONE,)), 400, length) is expected


@given(st.integers(0, 50), st.integers(0, 50), st.integers(0, 50), st.integers(0, 50))
def test_what_continues_is_what_was_asked_for(
    received: int, length: int, first: int, last: int
) -> None:
    said = Head(206, (ONE, (b"content-range", b"bytes %d-%d/%d" % (first, last, length))))
    asked = validation.remainder(ASKED, Head(200, (ONE,)), received, length)
    if asked is not None and validation.continues(said, Head(200, (ONE,)), received, length):
        assert (first, last) == (received, length - 1)


SELECTING = [
    b"if-match",
    b"if-modified-since",
    b"if-none-match",
    b"if-range",
    b"if-unmodified-since",
    b"range",
]


@pytest.mark.parametrize("name", SELECTING)
@pytest.mark.parametrize("route", [FOLDER, ADDON], ids=["row", "file"])
def test_a_fetch_asks_for_all_of_it(name: bytes, route: Route) -> None:
    asked = Request("HEAD", b"/a", b"q=1", ((name, b"x"), (b"x-api-key", b"k")))
    whole = validation.unconditional(asked, route)
    assert (whole.method, whole.target) == ("GET", b"/a?q=1")
    assert name not in dict(whole.fields)
    assert (b"x-api-key", b"k") in whole.fields


def test_a_file_is_asked_for_as_it_is_and_anything_else_as_the_client_does() -> None:
    asked = Request("GET", b"/a", b"", ((b"accept-encoding", b"gzip"),))
    assert validation.unconditional(asked, ADDON).fields == ((b"accept-encoding", b"identity"),)
    assert validation.unconditional(asked, FOLDER).fields == ((b"accept-encoding", b"gzip"),)
