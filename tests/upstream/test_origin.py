"""Where requests go."""

from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.upstream.origin import Origin, origin_and_rest, visible


@pytest.mark.parametrize(
    ("url", "host", "host_field", "rest"),
    [
        ("http://ayon.example", "ayon.example", b"ayon.example", ""),
        ("http://ayon.example:80/", "ayon.example", b"ayon.example", "/"),
        ("https://ayon.example:443/a?b#c", "ayon.example", b"ayon.example", "/a?b"),
        ("https://AYON.example:80", "ayon.example", b"ayon.example:80", ""),
        ("http://[2001:db8::1]:5000//x", "2001:db8::1", b"[2001:db8::1]:5000", "//x"),
        ("http://user:password@ayon.example", "ayon.example", b"ayon.example", ""),
        ("http://žluť.example", "xn--lu-s1ap.example", None, ""),
    ],
)
def test_a_url_is_an_origin_and_the_rest(
    url: str, host: str, host_field: bytes | None, rest: str
) -> None:
    origin, found = origin_and_rest(url)
    assert found == rest
    if host_field is not None:
        assert (origin.host, origin.host_field) == (host, host_field)
    assert origin.host.isascii()


def test_the_scheme_makes_another_origin() -> None:
    assert Origin("http", "a", 443) != Origin("https", "a", 443)


@given(st.binary())
def test_a_target_holds_only_what_http_allows_and_stays_what_it_was(target: bytes) -> None:
    sent = visible(target)
    assert all(0x21 <= byte <= 0x7E for byte in sent)
    assert visible(sent) == sent
    assert unquote_to_bytes(sent) == unquote_to_bytes(target)
