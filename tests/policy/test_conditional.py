"""Conditions. Mutations that must each fail: `<=` to `<` in `_unmodified`; If-Modified-Since
looked at beside If-None-Match; weak tags allowed in If-Range; `_strong` always true."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.conditional import Outcome, entity_tags, http_date, outcome
from ayon_proxy.policy.message import Fields, Head, Request

MODIFIED = b"Tue, 15 Nov 1994 12:45:26 GMT"
EARLIER = b"Tue, 15 Nov 1994 12:45:25 GMT"
LATER = b"Tue, 15 Nov 1994 12:45:27 GMT"

STORED = ((b"etag", b'"a,b"'), (b"last-modified", MODIFIED), (b"date", LATER))
WEAK = ((b"etag", b'W/"a,b"'), (b"last-modified", MODIFIED), (b"date", MODIFIED))
BARE = ((b"content-type", b"text/plain"),)

RANGE = (b"range", b"bytes=0-1")


def asked(*fields: tuple[bytes, bytes], stored: Fields = STORED, method: str = "GET") -> Outcome:
    return outcome(Request(method, b"/", fields=fields), Head(200, stored))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("stored", [STORED, WEAK])
@pytest.mark.parametrize(
    "lines", [[b'"a,b"'], [b'W/"a,b"'], [b'"x", W/"a,b" ,"y"'], [b'"x"', b', "a,b",'], [b"*"]]
)
def test_a_tag_that_matches_is_not_modified(
    method: str, stored: Fields, lines: list[bytes]
) -> None:
    fields = [(b"if-none-match", line) for line in lines]
    assert asked(*fields, stored=stored, method=method) is Outcome.NOT_MODIFIED


@pytest.mark.parametrize(
    "line", [b'"a"', b"a,b", b'"a,b', b'"x" "a,b"', b'"a,b" "x', b'w/"a,b"', b"", b'"*"', b'*, "x"']
)
def test_a_tag_that_does_not_match_is_given_in_full(line: bytes) -> None:
    assert asked((b"if-none-match", line)) is Outcome.FULL


def test_any_tag_matches_what_has_none() -> None:
    assert asked((b"if-none-match", b"*"), stored=BARE) is Outcome.NOT_MODIFIED
    assert asked((b"if-none-match", b'"a"'), stored=BARE) is Outcome.FULL


@pytest.mark.parametrize(
    ("since", "expected"),
    [
        (MODIFIED, Outcome.NOT_MODIFIED),
        (LATER, Outcome.NOT_MODIFIED),
        (EARLIER, Outcome.FULL),
        (b"Tuesday, 15-Nov-94 12:45:26 GMT", Outcome.NOT_MODIFIED),
        (b"Tue Nov 15 12:45:26 1994", Outcome.NOT_MODIFIED),
        (b"yesterday", Outcome.FULL),
        (b"", Outcome.FULL),
        (b"Tue, 99 Nov 1994 12:45:26 GMT", Outcome.FULL),
    ],
)
def test_a_date_is_compared_with_the_last_modification(since: bytes, expected: Outcome) -> None:
    assert asked((b"if-modified-since", since)) is expected
    assert asked((b"if-modified-since", since), stored=BARE) is Outcome.FULL


def test_a_tag_outranks_a_date() -> None:
    other = (b"if-none-match", b'"x"')
    assert asked(other, (b"if-modified-since", LATER)) is Outcome.FULL


def test_not_modified_outranks_a_range() -> None:
    assert asked(RANGE, (b"if-none-match", b'"a,b"')) is Outcome.NOT_MODIFIED


def test_a_range_counts_for_get_alone() -> None:
    assert asked(RANGE) is Outcome.RANGE
    assert asked(RANGE, (b"if-none-match", b'"x"')) is Outcome.RANGE
    assert asked(RANGE, method="HEAD") is Outcome.FULL


@pytest.mark.parametrize(
    ("stored", "validator", "expected"),
    [
        (STORED, b'"a,b"', Outcome.RANGE),
        (STORED, b'W/"a,b"', Outcome.FULL),
        (STORED, b'"x"', Outcome.FULL),
        (STORED, b'"x", "a,b"', Outcome.FULL),
        (STORED, MODIFIED, Outcome.RANGE),
        (STORED, LATER, Outcome.FULL),
        (STORED, b"", Outcome.FULL),
        (WEAK, b'"a,b"', Outcome.FULL),
        (WEAK, b'W/"a,b"', Outcome.FULL),
        (WEAK, MODIFIED, Outcome.FULL),
        (BARE, b'"a,b"', Outcome.FULL),
        (BARE, MODIFIED, Outcome.FULL),
    ],
)
def test_if_range_holds_for_exactly_what_is_stored(
    stored: Fields, validator: bytes, expected: Outcome
) -> None:
    assert asked(RANGE, (b"if-range", validator), stored=stored) is expected


def test_if_range_without_a_range_means_nothing() -> None:
    assert asked((b"if-range", b'"a,b"')) is Outcome.FULL


@pytest.mark.parametrize("status", [203, 206, 404])
def test_only_a_stored_200_is_conditional(status: int) -> None:
    request = Request("GET", b"/", fields=((b"if-none-match", b"*"), RANGE))
    assert outcome(request, Head(status, STORED)) is Outcome.FULL


def test_a_write_is_not_conditional() -> None:
    assert asked((b"if-none-match", b"*"), method="PUT") is Outcome.FULL


fields = st.lists(
    st.tuples(
        st.sampled_from([b"if-none-match", b"if-modified-since", b"if-range", b"range"]),
        st.binary(max_size=30) | st.sampled_from([MODIFIED, b'"a,b"', b'W/"a,b"', b"*"]),
    ),
    max_size=4,
)


@given(fields, st.binary(max_size=20), st.binary(max_size=20))
def test_no_bytes_raise(fields: list[tuple[bytes, bytes]], etag: bytes, modified: bytes) -> None:
    stored = ((b"etag", etag), (b"last-modified", modified), (b"date", LATER))
    assert asked(*fields, stored=stored) in Outcome


@given(st.text("TueNov 0123456789:,+-GMT\x00\u0660", max_size=40))
def test_no_date_raises(text: str) -> None:
    http_date(text.encode())


@given(st.lists(st.tuples(st.booleans(), st.text("!#az,;\\", max_size=5)), max_size=5))
def test_a_well_formed_list_is_read_whole(tags: list[tuple[bool, str]]) -> None:
    line = ", ".join(f'{"W/" if weak else ""}"{text}"' for weak, text in tags)
    assert entity_tags(line.encode()) == [f'"{text}"'.encode() for _, text in tags]
