"""Ranges of a body. Mutations that must each fail: `<=` to `<` in `_merged`; drop the malformed
check of `last < first`; drop the MAX_RANGES bound; drop `- 1` in `_content_range`."""

from __future__ import annotations

from email import message_from_bytes
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ayon_proxy.policy.byte_ranges import MAX_RANGES, PartialAnswer, Slice, partial, wanted
from ayon_proxy.policy.byte_ranges import unsatisfiable as refusal

BOUNDARY = b"3d6b6a416f9b5"
HUGE = b"9" * 5000


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"bytes=0-0", [(0, 1)]),
        (b"bytes=0-499", [(0, 500)]),
        (b"bytes=500-999", [(500, 1000)]),
        (b"bytes=500-5000", [(500, 1000)]),
        (b"bytes=999-", [(999, 1000)]),
        (b"bytes=0-", [(0, 1000)]),
        (b"bytes=-1", [(999, 1000)]),
        (b"bytes=-1000", [(0, 1000)]),
        (b"bytes=-5000", [(0, 1000)]),
        (b"bytes=-" + HUGE, [(0, 1000)]),
        (b"bytes=5-" + HUGE, [(5, 1000)]),
        (b"bytes=" + b"0" * 5000 + b"7-8", [(7, 9)]),
        (b"BYTES=1-2", [(1, 3)]),
        (b"bytes = 1-2", [(1, 3)]),
        (b"bytes=0-1,5-6", [(0, 2), (5, 7)]),
        (b"bytes= 0-1 ,\t, 5-6 ,", [(0, 2), (5, 7)]),
        (b"bytes=500-600,0-1", [(500, 601), (0, 2)]),
        (b"bytes=0-1,-1", [(0, 2), (999, 1000)]),
        (b"bytes=0-1,1000-", [(0, 2)]),
    ],
)
def test_a_range_names_bytes_that_exist(field: bytes, expected: list[tuple[int, int]]) -> None:
    assert wanted(field, 1000) == tuple(expected)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        (b"bytes=0-4,5-9", [(0, 10)]),
        (b"bytes=5-9,0-4", [(0, 10)]),
        (b"bytes=0-100,50-60,99-200", [(0, 201)]),
        (b"bytes=20-30,0-5,25-40", [(0, 6), (20, 41)]),
        (b"bytes=" + b"0-," * (MAX_RANGES - 1) + b"0-", [(0, 1000)]),
    ],
)
def test_ranges_that_touch_are_given_once(field: bytes, expected: list[tuple[int, int]]) -> None:
    assert wanted(field, 1000) == tuple(expected)


@pytest.mark.parametrize(
    "field",
    [
        b"",
        b"bytes",
        b"bytes=",
        b"bytes=,",
        b"bytes=-",
        b"bytes=a-b",
        b"bytes=1",
        b"bytes=1-2-3",
        b"bytes=2-1",
        b"bytes=5000-4000",
        b"bytes=1" + HUGE + b"-" + HUGE,
        b"bytes=+1-2",
        b"bytes=1 -2",
        b"bytes=\xb2-3",
        b"bytes=0-1,x",
        b"items=0-1",
        b"bytes=" + b",".join(b"%d-%d" % (n * 3, n * 3) for n in range(MAX_RANGES + 1)),
    ],
)
def test_a_range_that_is_no_range_is_ignored(field: bytes) -> None:
    assert wanted(field, 1000) is None


@pytest.mark.parametrize("field", [b"bytes=1000-", b"bytes=1000-2000", b"bytes=-0", b"bytes=2000-"])
def test_a_range_beyond_the_body_is_unsatisfiable(field: bytes) -> None:
    assert wanted(field, 1000) == ()


@pytest.mark.parametrize(
    ("field", "expected"), [(b"bytes=0-", ()), (b"bytes=-0", ()), (b"bytes=-5", None)]
)
def test_an_empty_body_has_no_range(field: bytes, expected: tuple[Slice, ...] | None) -> None:
    assert wanted(field, 0) == expected


def test_one_range_is_given_as_it_is() -> None:
    assert partial((Slice(5, 9),), 20, b"text/plain", BOUNDARY) == PartialAnswer(
        206, ((b"content-range", b"bytes 5-8/20"), (b"content-length", b"4")), (Slice(5, 9),)
    )


def test_a_refusal_tells_the_length() -> None:
    assert refusal(20) == PartialAnswer(
        416, ((b"content-range", b"bytes */20"), (b"content-length", b"0"))
    )


def test_several_ranges_are_read_by_a_mime_parser() -> None:
    body = bytes(range(65, 91))
    answer = partial((Slice(20, 26), Slice(0, 1)), len(body), b"video/mp4", BOUNDARY)
    message = message_from_bytes(
        b"content-type: " + dict(answer.fields)[b"content-type"] + b"\r\n\r\n" + sent(answer, body)
    )
    parts = message.get_payload()
    assert isinstance(parts, list)
    assert [
        (part["content-type"], part["content-range"], part.get_payload())
        for part in parts
        if not isinstance(part, str)
    ] == [("video/mp4", "bytes 20-25/26", "UVWXYZ"), ("video/mp4", "bytes 0-0/26", "A")]


def sent(answer: PartialAnswer, body: bytes) -> bytes:
    return b"".join(
        body[piece.start : piece.end] if isinstance(piece, Slice) else piece
        for piece in answer.pieces
    )


range_fields = st.one_of(
    st.binary(max_size=40),
    st.text("0123456789-, =\tx", max_size=40).map(lambda text: b"bytes=" + text.encode()),
    st.lists(
        st.tuples(st.integers(0, 300) | st.none(), st.integers(0, 300) | st.none()).map(
            lambda pair: "-".join("" if n is None else str(n) for n in pair)
        ),
        max_size=8,
    ).map(lambda specs: b"bytes=" + ",".join(specs).encode()),
)


@given(range_fields, st.integers(0, 256))
@example(b"bytes=0-", 0)
def test_whatever_is_asked_the_answer_holds_what_it_says(field: bytes, size: int) -> None:
    body = bytes(range(256))[:size]
    ranges = wanted(field, size)
    if not ranges:
        return
    assert all(0 <= part.start < part.end <= size for part in ranges)
    ascending = sorted(ranges)
    assert all(a.end <= b.start for a, b in pairwise(ascending))
    answer = partial(ranges, size, b"application/zip", BOUNDARY)
    assert int(dict(answer.fields)[b"content-length"]) == len(sent(answer, body))
