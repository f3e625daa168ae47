"""Whose a path is, however it is spelled (hypothesis: no spelling is both hidden and missed)."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.own_paths import Whose, whose

OURS = [b"/-/", b"/-/status", b"/-/%2e%2e/x", b"/-/../api/info", b"/-//x"]

NOBODYS = [
    *(b"/-", b"//-/status", b"/./-/status", b"/x/../-/status", b"/..//-/status", b"/x/%2e%2e/-/s"),
    *(b"/%2d/status", b"/%2D/status", b"/%2d%2fstatus", b"%2f-%2fstatus", b"/%252d/status"),
    *(b"/%25252d/status", b"/x%2f..%2f-%2fstatus", b"/x/%252e%252e/-/status", b"/-\\status"),
    *(b"\\-\\status", b"/-%5cstatus", b"/%5c-/status", b"/-;x/status", b"/;x/-/status"),
    *(b"/-;", b"/%00-/status", b"/-%20/status", b"/-%0a/status", b"/%09-/status", b"/-%3fx/y"),
    *(b"/x/../../-/status", b"/-%2f", b"/.%2f-/x", b"/..;/-/x", b"/x/..;/-/x"),
]

AYONS = [
    *(b"/", b"/api/info", b"/api/-/status", b"/x-/status", b"/--/status", b"*", b"", b"/-x"),
    *(b"/api/projects/a-b/folders", b"/api/x/../-", b"/%2d%2d/x", b"/addons/-/..", b"/_/status"),
    *(b"/api/caf%C3%A9/%FF", b"/api/%zz/100%", b"/graphql", b"/api/x/%2e%2e/%2d"),
]


@pytest.mark.parametrize("path", OURS)
def test_ours_is_spelled_like_that(path: bytes) -> None:
    assert whose(path) is Whose.OURS


@pytest.mark.parametrize("path", NOBODYS)
def test_what_only_some_would_read_as_ours_is_nobodys(path: bytes) -> None:
    assert whose(path) is Whose.NOBODYS


@pytest.mark.parametrize("path", AYONS)
def test_everything_else_is_ayons(path: bytes) -> None:
    assert whose(path) is Whose.AYONS


DISGUISES = st.sampled_from([b"/", b"//", b"/./", b"/x/../", b"/%2e/", b"/%2F", b"/%5C", b"/;a/"])
DASHES = st.sampled_from([b"-", b"%2d", b"%2D", b"%252D", b"-;a", b"-%00"])
ENDS = st.sampled_from([b"", b"/", b"/status", b"%2fstatus", b"\\status", b"//x", b";/x"])


@given(st.lists(DISGUISES, min_size=1, max_size=4).map(b"".join), DASHES, ENDS)
def test_no_disguise_reaches_upstream(begin: bytes, dash: bytes, end: bytes) -> None:
    assert whose(begin + dash + end) is not Whose.AYONS


@given(st.binary(max_size=60))
def test_any_bytes_are_somebodys_or_nobodys(path: bytes) -> None:
    assert isinstance(whose(path), Whose)
