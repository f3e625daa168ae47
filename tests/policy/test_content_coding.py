"""Which coding a client gets. Mutations that must each fail: `<` to `<=` in the least length; a
weight of 0 taken for liked; `*` standing for every coding; the tag of a variant left as it was;
Accept-Ranges left on a variant; `no-transform` not looked for; ranges given of a variant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.content_coding import (
    BR,
    GZIP,
    IDENTITY,
    LEAST_BYTES,
    MOST_BYTES,
    ZSTD,
    acceptable,
    coded,
    held,
    offered_to,
    tag_of_variant,
    varying,
    worth_coding,
)
from ayon_proxy.policy.fields import value
from ayon_proxy.policy.message import Fields, Head, Request

OFFERED = (ZSTD, BR, GZIP)
JSON = (b"content-type", b"application/json")
TAG = (b"etag", b'"one"')
ALL = (b"accept-encoding", b"gzip, deflate, br, zstd")
SIZE = 5000


def accepting(*lines: bytes) -> Fields:
    return tuple((b"accept-encoding", line) for line in lines)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (b"gzip, deflate", (GZIP,)),
        (b"gzip, deflate, br, zstd", (ZSTD, BR, GZIP)),
        (b"GZIP;Q=1 ,\tBr ; q=1.000", (BR, GZIP)),
        (b"gzip;q=1.0, br;q=0.9, zstd;q=0.901", (GZIP, ZSTD, BR)),
        (b"gzip;q=0, br", (BR,)),
        (b"zstd;q=0.000", ()),
        (b"x-gzip", (GZIP,)),
        (b"x-br", ()),
        (b"*", (GZIP,)),
        (b"br;q=0.5, *;q=0.8", (GZIP, BR)),
        (b"gzip;q=0, *", ()),
        (b"*;q=0", ()),
        (b"gzip, *;q=0", (GZIP,)),
        (b"identity", ()),
        (b"identity;q=0", ()),
        (b"identity;q=0, gzip;q=0.1", (GZIP,)),
        (b"identity, gzip;q=0.5", ()),
        (b"identity;q=0.5, gzip;q=0.5, br;q=0.4", (GZIP,)),
        (b"gzip;q=0.5, gzip;q=0, gzip", ()),
        (b"gzip;q=2, br;q=x, zstd;q=", ()),
        (b"gzip;q=0.0001, br;level=9, zstd;q=1;q=0", ()),
        (b"deflate, compress", ()),
        (b"", ()),
        (b",, ;q=1 ,", ()),
    ],
)
def test_the_client_chooses_and_then_the_order_of_the_offer(
    line: bytes, expected: tuple[bytes, ...]
) -> None:
    assert acceptable(accepting(line), OFFERED) == expected


def test_all_lines_of_the_field_are_read() -> None:
    assert acceptable(accepting(b"br", b"gzip;q=0.5"), OFFERED) == (BR, GZIP)


def test_who_says_nothing_is_given_the_identity() -> None:
    assert acceptable((), OFFERED) == ()


@given(st.binary(max_size=80))
def test_whatever_is_sent_only_what_is_offered_is_chosen(line: bytes) -> None:
    chosen = acceptable(accepting(line), OFFERED)
    assert set(chosen) <= set(OFFERED)
    assert len(set(chosen)) == len(chosen)
    assert all(coding in line.lower() or (coding == GZIP and b"*" in line) for coding in chosen)


WEIGHTS = st.integers(0, 1000)


@given(st.dictionaries(st.sampled_from([ZSTD, BR, GZIP, IDENTITY, b"deflate", b"*"]), WEIGHTS))
def test_what_is_chosen_is_liked_most(weights: dict[bytes, int]) -> None:
    members = [b"%b;q=%b" % (name, _written(weight)) for name, weight in weights.items()]
    line = b", ".join(members)
    chosen = acceptable(accepting(line), OFFERED)
    likes = {coding: weights.get(coding, 0) for coding in OFFERED}
    if GZIP not in weights:
        likes[GZIP] = weights.get(b"*", 0)
    least = max(1, weights.get(IDENTITY, 0))
    assert set(chosen) == {coding for coding in OFFERED if likes[coding] >= least}
    assert [likes[coding] for coding in chosen] == sorted(
        (likes[coding] for coding in chosen), reverse=True
    )


def _written(weight: int) -> bytes:
    return b"1" if weight == 1000 else b"0.%03d" % weight


@pytest.mark.parametrize(
    ("media", "worth"),
    [
        (b"application/json", True),
        (b"application/json; charset=utf-8", True),
        (b"Application/JSON ;charset=utf-8", True),
        (b"text/html", True),
        (b"text/css", True),
        (b"text/javascript", True),
        (b"application/javascript", True),
        (b"image/svg+xml", True),
        (b"application/xml", True),
        (b"image/jpeg", False),
        (b"image/png", False),
        (b"video/mp4", False),
        (b"audio/wav", False),
        (b"application/zip", False),
        (b"application/octet-stream", False),
        (b"application/pdf", False),
        (b"font/woff2", False),
        (b"", False),
    ],
)
def test_text_is_coded_and_media_are_not(media: bytes, worth: bool) -> None:
    assert worth_coding(Head(200, ((b"content-type", media),)), SIZE) is worth


@pytest.mark.parametrize(
    ("head", "size", "worth"),
    [
        (Head(200, (JSON,)), LEAST_BYTES, False),
        (Head(200, (JSON,)), LEAST_BYTES + 1, True),
        (Head(200, (JSON,)), MOST_BYTES, True),
        (Head(200, (JSON,)), MOST_BYTES + 1, False),
        (Head(203, (JSON,)), SIZE, False),
        (Head(200, ()), SIZE, False),
        (Head(200, (JSON, (b"content-encoding", b"br"))), SIZE, False),
        (Head(200, (JSON, (b"content-md5", b"x"))), SIZE, False),
        (Head(200, (JSON, (b"repr-digest", b"x"))), SIZE, False),
        (Head(200, (JSON, (b"cache-control", b"max-age=5, No-Transform"))), SIZE, False),
        (Head(200, (JSON, (b"cache-control", b"no-cache"))), SIZE, True),
    ],
)
def test_what_is_short_huge_or_not_to_be_altered_is_not_coded(
    head: Head, size: int, worth: bool
) -> None:
    assert worth_coding(head, size) is worth


@pytest.mark.parametrize(
    ("fields", "codings"),
    [
        ((ALL,), OFFERED),
        ((), ()),
        ((ALL, (b"cache-control", b"no-transform")), ()),
        (accepting(b"gzip"), (GZIP,)),
    ],
)
def test_what_a_client_is_offered(fields: Fields, codings: tuple[bytes, ...]) -> None:
    request = Request("GET", b"/", fields=fields)
    assert offered_to(request, Head(200, (JSON,)), SIZE, OFFERED) == codings


@pytest.mark.parametrize(
    ("method", "fields", "expected"),
    [
        ("GET", (), None),
        ("GET", ((b"if-none-match", b'"one"'),), IDENTITY),
        ("GET", ((b"if-none-match", b"*"),), IDENTITY),
        ("GET", ((b"if-none-match", b'"one-br"'),), BR),
        ("GET", ((b"if-none-match", b'"x", W/"one-gzip"'),), GZIP),
        ("HEAD", ((b"if-none-match", b'"one-zstd"'),), ZSTD),
        ("GET", ((b"if-none-match", b'"one-gzip", "one"'),), IDENTITY),
        ("GET", ((b"if-none-match", b'"two-br"'),), None),
        ("GET", ((b"if-none-match", b'"one-deflate"'),), None),
        ("POST", ((b"if-none-match", b'"one-br"'),), None),
        ("GET", ((b"range", b"bytes=0-9"),), IDENTITY),
        ("GET", ((b"range", b"bytes=0-9"), (b"if-range", b'"one-br"')), IDENTITY),
        ("GET", ((b"if-modified-since", b"Tue, 15 Nov 1994 12:45:26 GMT"),), IDENTITY),
        ("GET", ((b"if-modified-since", b"Tue, 15 Nov 1994 12:45:25 GMT"),), None),
    ],
)
def test_a_client_keeps_the_representation_that_it_holds(
    method: str, fields: Fields, expected: bytes | None
) -> None:
    head = Head(200, (JSON, TAG, (b"last-modified", b"Tue, 15 Nov 1994 12:45:26 GMT")))
    assert held(Request(method, b"/", fields=fields), head, OFFERED) == expected


def test_a_tag_in_a_coding_that_is_not_accepted_is_not_known() -> None:
    request = Request("GET", b"/", fields=((b"if-none-match", b'"one-br"'),))
    assert held(request, Head(200, (JSON, TAG)), (GZIP,)) is None


@pytest.mark.parametrize(
    ("etag", "expected"),
    [(b'"one"', b'"one-br"'), (b'W/"one"', b'W/"one-br"'), (b"one", b"one-br")],
)
def test_a_variant_has_a_tag_of_its_own(etag: bytes, expected: bytes) -> None:
    assert tag_of_variant(etag, BR) == expected
    assert len({etag, *(tag_of_variant(etag, coding) for coding in OFFERED)}) == 4


def test_the_head_of_a_variant() -> None:
    head = Head(200, (JSON, TAG, (b"accept-ranges", b"bytes"), (b"content-length", b"5000")))
    assert sorted(coded(head, ZSTD).fields) == [
        (b"content-encoding", b"zstd"),
        JSON,
        (b"etag", b'"one-zstd"'),
        (b"vary", b"Accept-Encoding"),
    ]


def test_a_variant_of_what_has_no_tag_has_none() -> None:
    assert value(coded(Head(200, (JSON,)), GZIP).fields, b"etag") is None


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], b"Accept-Encoding"),
        ([b"Cookie"], b"Cookie, Accept-Encoding"),
        ([b"Cookie", b"Origin, X-A"], b"Cookie, Origin, X-A, Accept-Encoding"),
        ([b"accept-encoding, Cookie"], b"accept-encoding, Cookie"),
        ([b"*"], b"*"),
    ],
)
def test_vary_says_so_once(before: list[bytes], after: bytes) -> None:
    head = varying(Head(200, tuple((b"vary", line) for line in before)))
    assert [line for name, line in head.fields if name == b"vary"] == [after]
