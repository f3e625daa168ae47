"""Two callers never share a principal.

Broken once, to see the tests fail: a field left out of the list; lengths left out of the encoding;
the cookie's name compared after stripping; counts left out.
"""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from ayon_proxy.policy.message import Fields, Request
from ayon_proxy.policy.principal import (
    key_mark,
    marks,
    principal,
    session_mark,
    session_tokens,
    without_credential,
)

KEY = b"k" * 32
ANYONE = Request("GET", b"/api/bundles")


def of(*fields: tuple[bytes, bytes], query: bytes = b"", key: bytes = KEY) -> bytes:
    return principal(Request("GET", b"/api/bundles", query, fields), key)


CALLERS = [
    of(),
    of((b"x-api-key", b"")),
    of((b"x-api-key", b"a")),
    of((b"x-api-key", b"A")),
    of((b"x-api-key", b"ab")),
    of((b"x-api-key", b"a"), (b"x-api-key", b"b")),
    of((b"x-api-key", b"b"), (b"x-api-key", b"a")),
    of((b"x-api-key", b"a"), (b"x-api-key", b"bc")),
    of((b"x-api-key", b"ab"), (b"x-api-key", b"c")),
    of((b"authorization", b"a")),
    of((b"authorization", b"Bearer a")),
    of((b"authorization", b"apikey a")),
    of((b"x-as-user", b"a")),
    of((b"x-api-key", b"a"), (b"x-as-user", b"b")),
    of((b"x-api-key", b"a"), (b"x-as-user", b"c")),
    of((b"x-api-key", b"ax-as-user"), (b"x-as-user", b"b")),
    of((b"x-api-key", b"a"), (b"authorization", b"b")),
    of((b"x-api-key", b"b"), (b"authorization", b"a")),
    of((b"cookie", b"accessToken=a")),
    of((b"cookie", b"accessToken=b")),
    of((b"cookie", b"accessToken=a; accessToken=b")),
    of((b"cookie", b"accessToken=b; accessToken=a")),
    of((b"cookie", b"other=1;\xa0accessToken=a")),
    of(query=b"token=a"),
    of(query=b"token=b"),
    of(query=b"token="),
    of(query=b"%74oken=a"),
    of(query=b"token=a&token=b"),
    of(query=b"token=b&token=a"),
    of((b"authorization", b"token=a")),
    of(key=b"another installation's key"),
]


def test_callers_that_differ_have_different_principals() -> None:
    assert len(set(CALLERS)) == len(CALLERS)
    assert {len(caller) for caller in CALLERS} == {32}


@pytest.mark.parametrize(
    "same",
    [
        of((b"user-agent", b"a"), (b"x-api-key", b"a")),
        of((b"x-api-key", b"a"), (b"accept", b"*/*")),
        of((b"x-api-key", b"a"), (b"cookie", b"theme=dark")),
        of((b"x-api-key", b"a"), query=b"project=film"),
        principal(Request("POST", b"/other", b"", ((b"x-api-key", b"a"),)), KEY),
    ],
)
def test_what_names_nobody_makes_no_difference(same: bytes) -> None:
    assert same == of((b"x-api-key", b"a"))


def test_a_cookie_is_found_among_others() -> None:
    alone = of((b"cookie", b"accessToken=a"))
    assert of((b"cookie", b"accessToken=a;theme=dark")) == alone
    assert of((b"cookie", b"theme=dark"), (b"cookie", b"accessToken=a")) == alone


naming = st.sampled_from([b"x-api-key", b"authorization", b"x-as-user"])
values = st.text("ab:=,; \x00", max_size=4).map(str.encode)
credentials = st.dictionaries(naming, values)


@given(credentials, values | st.none(), credentials, values | st.none())
def test_no_two_sets_of_credentials_share(
    first: dict[bytes, bytes],
    first_token: bytes | None,
    second: dict[bytes, bytes],
    second_token: bytes | None,
) -> None:
    assume((first, first_token) != (second, second_token))
    queries = [b"" if token is None else b"token=" + token for token in (first_token, second_token)]
    assert of(*first.items(), query=queries[0]) != of(*second.items(), query=queries[1])


@given(credentials.flatmap(lambda fields: st.permutations(list(fields.items()))), values)
def test_the_order_of_fields_does_not_matter(
    fields: list[tuple[bytes, bytes]], other: bytes
) -> None:
    in_order: Fields = tuple(sorted(fields))
    assert of(*fields, (b"accept", other)) == of((b"accept", other), *in_order)


@pytest.mark.parametrize(
    ("field", "query", "keys", "tokens"),
    [
        ((b"x-api-key", b"k"), b"", [b"k"], []),
        ((b"authorization", b"Apikey k"), b"", [b"k"], []),
        ((b"authorization", b"APIKEY k"), b"", [b"k"], []),
        ((b"authorization", b"Bearer t"), b"", [], [b"t"]),
        ((b"cookie", b"theme=dark; accessToken=t"), b"", [], [b"t"]),
        ((b"cookie", b'accessToken="t"; accessToken=u'), b"", [], [b"t", b"u"]),
        ((b"x-as-user", b"ann"), b"", [], []),
        ((b"cookie", b"theme=dark"), b"a=1", [], []),
        ((b"x-api-key", b"k"), b"a=1&token=t%2B", [b"k"], [b"t+"]),
    ],
)
def test_a_token_is_found_whatever_form_it_is_sent_in(
    field: tuple[bytes, bytes], query: bytes, keys: list[bytes], tokens: list[bytes]
) -> None:
    request = Request("GET", b"/", query, (field,))

    assert session_tokens(request) == tuple(tokens)
    expected = [key_mark(key, KEY) for key in keys] + [session_mark(one, KEY) for one in tokens]
    assert marks(request, KEY) == frozenset(expected)


def test_a_mark_is_of_one_token_one_kind_and_one_installation() -> None:
    made = {
        of_kind(token, key)
        for of_kind in (key_mark, session_mark)
        for token in (b"t", b"u")
        for key in (KEY, b"another")
    }
    assert len(made) == 8


_FIELDS = st.sampled_from(
    [
        (b"x-api-key", b"k"),
        (b"authorization", b"Bearer t"),
        (b"x-as-user", b"ann"),
        (b"cookie", b"accessToken=t"),
        (b"cookie", b"theme=dark;\xa0accessToken=t"),
        (b"cookie", b"theme=dark"),
        (b"accept", b"*/*"),
    ]
)
_PAIRS = st.sampled_from([b"token=t", b"%74oken=t", b"a=1", b"tokens=1", b""])


@given(st.lists(_FIELDS), st.lists(_PAIRS))
def test_without_its_credential_it_is_nobodys(
    fields: list[tuple[bytes, bytes]], given_pairs: list[bytes]
) -> None:
    request = Request("GET", b"/", b"&".join(given_pairs), tuple(fields))
    left = without_credential(request)

    assert principal(left, KEY) == of()
    assert [each for each in left.fields if each[0] == b"accept"] == [
        each for each in fields if each[0] == b"accept"
    ]
    kept = [pair for pair in given_pairs if pair in (b"a=1", b"tokens=1")]
    assert [pair for pair in left.query.split(b"&") if pair] == kept
