"""What must be equal for two requests to be answered with one stored response.

Broken once, to see the tests fail: pairs sorted whole instead of by name; names compared as sent;
an absent field taken for an empty one; lengths left out; the principal left out.
"""

from __future__ import annotations

from random import Random
from urllib.parse import unquote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ayon_proxy.policy.cache_key import cache_key, canonical_query, url_for_people, varying
from ayon_proxy.policy.message import Request


def key(
    method: str = "GET",
    path: bytes = b"/a",
    query: bytes = b"",
    principal: bytes = b"p",
    fields: tuple[bytes | None, ...] = (),
    extra: bytes = b"",
) -> bytes:
    return cache_key(method, path, query, principal, fields, extra)


DIFFERENT = [
    key(),
    key(method="POST"),
    key(method="get"),
    key(path=b"/A"),
    key(path=b"/%61"),
    key(path=b"/a/"),
    key(path=b"/ab", principal=b""),
    key(query=b"x"),
    key(query=b"x="),
    key(query=b"x=1"),
    key(query=b"X=1"),
    key(query=b"x=%31"),
    key(query=b"x=1&x=2"),
    key(query=b"x=2&x=1"),
    key(query=b"x=1&%78=2"),
    key(query=b"%78=2&x=1"),
    key(query=b"x=1&"),
    key(query=b"x=1;y=2"),
    key(principal=b"q"),
    key(principal=b""),
    key(fields=(None,)),
    key(fields=(b"",)),
    key(fields=(b"a",)),
    key(fields=(b"a", None)),
    key(fields=(None, b"a")),
    key(extra=b"a"),
    key(extra=b"=a"),
]


def test_requests_that_differ_have_different_keys() -> None:
    assert len(set(DIFFERENT)) == len(DIFFERENT)
    assert {len(each) for each in DIFFERENT} == {32}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (key(method="GET"), key(method="HEAD")),
        (key(query=b"a=1&b=2"), key(query=b"b=2&a=1")),
        (key(query=b"b=1&a=1&b=2"), key(query=b"a=1&b=1&b=2")),
        (key(query=b"token=secret&a=1"), key(query=b"a=1")),
        (key(query=b"a=1&%74oken=secret"), key(query=b"a=1&token=other")),
    ],
)
def test_what_makes_no_difference_to_the_answer_makes_none_to_the_key(
    one: bytes, other: bytes
) -> None:
    assert one == other


names = st.sampled_from([b"a", b"b", b"%61", b"B", b"", b"a+b"])
query_pairs = st.lists(st.tuples(names, st.binary(max_size=3).map(lambda v: v.hex().encode())))


@given(query_pairs, st.randoms())
def test_only_the_order_within_a_name_is_kept(
    written: list[tuple[bytes, bytes]], random: Random
) -> None:
    by_name: dict[bytes, list[bytes]] = {}
    for name, value in written:
        by_name.setdefault(name.replace(b"%61", b"a"), []).append(name + b"=" + value)
    order = list(by_name)
    random.shuffle(order)
    shuffled = b"&".join(pair for name in order for pair in by_name[name])
    as_written = b"&".join(name + b"=" + value for name, value in written)
    assert key(query=as_written) == key(query=shuffled)


parts = st.tuples(
    st.sampled_from(["GET", "POST"]),
    st.binary(max_size=4),
    st.binary(max_size=4).map(canonical_query),
    st.binary(max_size=4),
    st.lists(st.none() | st.binary(max_size=3), max_size=2).map(tuple),
    st.binary(max_size=4),
)


@given(parts, parts)
def test_no_two_different_sets_of_parts_share_a_key(
    one: tuple[str, bytes, bytes, bytes, tuple[bytes | None, ...], bytes],
    other: tuple[str, bytes, bytes, bytes, tuple[bytes | None, ...], bytes],
) -> None:
    assume(one != other)
    assert cache_key(*one) != cache_key(*other)


@given(st.binary())
def test_the_canonical_query_is_its_own_canonical_form(query: bytes) -> None:
    assert canonical_query(canonical_query(query)) == canonical_query(query)


def test_the_values_of_the_fields_that_a_row_names() -> None:
    fields = ((b"x-ayon-site-id", b"one"), (b"accept", b"*/*"), (b"x-ayon-site-id", b"two"))
    assert varying(fields, ("x-ayon-site-id", "x-ayon-platform")) == [b"one, two", None]


@pytest.mark.parametrize(
    ("path", "query", "shown"),
    [
        (b"/api/bundles", b"", "/api/bundles"),
        (b"/api/settings", b"b=2&token=SECRET&a=1", "/api/settings?b=2&token=***&a=1"),
        (b"/api/settings", b"token=SECRET", "/api/settings?token=***"),
        (b"/api/settings", b"%74oken=SECRET&&x", "/api/settings?%74oken=***&&x"),
        (b"/api/actions/take/SECRET", b"", "/api/actions/take/***"),
        (b"/api/actions/%74ake/SECRET", b"", "/api/actions/%74ake/***"),
        (b"//api/actions/abort/SECRET", b"", "//api/actions/abort/***"),
        (b"/api/users/me/sessions/SECRET", b"", "/api/users/me/sessions/***"),
        (b"/api/users/me/sessions", b"", "/api/users/me/sessions"),
        (b"/api/projects/sessions/folders", b"", "/api/projects/sessions/folders"),
        (b"/api/auth/tokenauth", b"q=SECRET", "/api/auth/tokenauth?q=***"),
        (b"/api/%61uth/tokenauth", b"q=SECRET", "/api/%61uth/tokenauth?q=***"),
        (b"/\xff\n ", b"\x00", "/%FF%0A%20?%00"),
    ],
)
def test_a_url_for_people_shows_no_credential(path: bytes, query: bytes, shown: str) -> None:
    assert url_for_people(Request("GET", path, query)) == shown


SECRETS = [
    "token",
    "access_token",
    "accesstoken",
    "api_key",
    "apikey",
    "key",
    "password",
    "signature",
    "sig",
    "x-amz-signature",
    "x-amz-credential",
    "x-amz-security-token",
    "a-token",
    "client_secret",
    "code",
    "state",
]


@pytest.mark.parametrize("name", SECRETS)
def test_what_is_named_like_a_secret_is_not_shown_and_still_counts(name: str) -> None:
    for written in (name, name.upper(), name.title(), f"%{ord(name[0]):02x}{name[1:]}"):
        query = b"a=1&" + written.encode() + b"=SECRET=1&b=2"
        shown = url_for_people(Request("GET", b"/api/bundles", query))
        assert shown == f"/api/bundles?a=1&{written}=***&b=2"
        sent = canonical_query(query)
        assert (b"SECRET" in sent) == (unquote(written) != "token")


@pytest.mark.parametrize("name", ["keys", "tokens", "design", "public_key_id", "q", ""])
def test_what_is_not_named_so_is_shown(name: str) -> None:
    shown = url_for_people(Request("GET", b"/", name.encode() + b"=1"))
    assert shown == f"/?{name}=1"


@given(st.binary(), st.binary())
def test_any_url_can_be_shown(path: bytes, query: bytes) -> None:
    shown = url_for_people(Request("GET", path, query))
    assert shown.isascii()
    assert shown.isprintable()
