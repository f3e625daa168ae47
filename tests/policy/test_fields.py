"""Header fields. Mutations that must each fail: return the last value in `value`; no strip in
`values`; keep empty members; no `lower()` of what Connection names; drop any one of HOP_BY_HOP;
drop the length bound of `whole_number`; `<= 18` to `<= 17`; no `strip('"')` in `directives`; read
Pragma beside Cache-Control."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy import fields
from ayon_proxy.policy.message import Fields

NAMES = st.sampled_from(
    [b"connection", b"cache-control", b"pragma", b"content-length", b"x", b"te"]
)
ANY_FIELDS = st.lists(st.tuples(NAMES, st.binary(max_size=30)), max_size=8).map(tuple)

THREE: Fields = ((b"x", b"1"), (b"y", b"2"), (b"x", b"3"))


def test_the_first_value_is_the_value() -> None:
    assert fields.value(THREE, b"x") == b"1"
    assert fields.value(THREE, b"z") is None


def test_a_list_field_is_read_over_all_its_lines() -> None:
    lines: Fields = ((b"x", b" a, b ,,"), (b"y", b"no"), (b"x", b"\tc"), (b"x", b" , "))
    assert fields.values(lines, b"x") == [b"a", b"b", b"c"]


def test_fields_are_taken_away_by_name_and_the_rest_keeps_its_order() -> None:
    assert fields.without(THREE, {b"x"}) == ((b"y", b"2"),)
    assert fields.without(THREE, ()) == THREE


def test_a_replaced_field_stands_once_at_the_end() -> None:
    assert fields.replaced(THREE, b"x", b"4") == ((b"y", b"2"), (b"x", b"4"))
    assert fields.replaced((), b"x", b"4") == ((b"x", b"4"),)


@pytest.mark.parametrize(
    "name",
    [
        b"connection",
        b"keep-alive",
        b"proxy-authenticate",
        b"proxy-authorization",
        b"proxy-connection",
        b"te",
        b"trailer",
        b"transfer-encoding",
        b"upgrade",
    ],
)
def test_what_means_one_connection_is_not_passed_on(name: bytes) -> None:
    assert fields.end_to_end(((name, b"x"), (b"x-kept", b"y"))) == ((b"x-kept", b"y"),)


def test_nor_is_what_connection_names() -> None:
    given_fields: Fields = ((b"connection", b"close, X-Hop"), (b"x-hop", b"1"), (b"x-end", b"2"))
    assert fields.end_to_end(given_fields) == ((b"x-end", b"2"),)


@pytest.mark.parametrize(
    ("digits", "expected"),
    [
        (b"0", 0),
        (b"007", 7),
        (b"9" * 18, 10**18 - 1),
        (b"9" * 19, None),
        (b"9" * 5000, None),
        (b"", None),
        (b"-1", None),
        (b"+1", None),
        (b"1 ", None),
        (b"1.0", None),
        (b"0x1", None),
        (b"\xb2", None),
        (b"1, 1", None),
    ],
)
def test_a_length_is_a_whole_number_or_none(digits: bytes, expected: int | None) -> None:
    assert fields.whole_number(digits) == expected
    assert fields.content_length(((b"content-length", digits),)) == expected


def test_without_a_length_there_is_none() -> None:
    assert fields.content_length(()) is None


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ((), {}),
        (((b"cache-control", b"no-cache"),), {"no-cache": None}),
        (((b"cache-control", b"No-Store , MAX-AGE = 5"),), {"no-store": None, "max-age": "5"}),
        (((b"cache-control", b'max-age="5"'),), {"max-age": "5"}),
        (((b"cache-control", b"x="),), {"x": ""}),
        (
            ((b"cache-control", b"a"), (b"cache-control", b"b=1")),
            {"a": None, "b": "1"},
        ),
        (((b"pragma", b"no-cache"),), {"no-cache": None}),
        (((b"pragma", b"other"),), {}),
        (((b"pragma", b"no-cache"), (b"cache-control", b"max-age=1")), {"max-age": "1"}),
        (((b"cache-control", b"\xff\xfe=\xb2"),), {"\xff\xfe": "\xb2"}),
    ],
)
def test_cache_control_is_a_mapping(lines: Fields, expected: dict[str, str | None]) -> None:
    assert fields.directives(lines) == expected


@given(ANY_FIELDS)
def test_reading_never_raises_whatever_the_bytes(lines: Fields) -> None:
    fields.directives(lines)
    fields.content_length(lines)
    kept = fields.end_to_end(lines)
    assert not fields.HOP_BY_HOP & {name for name, _ in kept}
    assert fields.end_to_end(kept) == kept
