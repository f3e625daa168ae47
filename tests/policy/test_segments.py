"""Paths as upstream reads them. (What becomes of odd ones: test_classify.)"""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.segments import decoded, segments


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (b"/", []),
        (b"/a", ["a"]),
        (b"/a/b", ["a", "b"]),
        (b"/%C3%A9/%7c+%20", ["é", "|+ "]),
        (b"/%252F", ["%2F"]),
        (b"/...", ["..."]),
        (b"/a;v=1/b@c:d", ["a;v=1", "b@c:d"]),
        (b"/a%", None),
        (b"/a/.", None),
        (b"/a/%2e%2E", None),
        (b"/a/", None),
        (b"/%2F", None),
        (b"/%5c", None),
        (b"/%7f", None),
    ],
)
def test_segments_are_decoded_once(path: bytes, expected: list[str] | None) -> None:
    assert segments(path) == expected


@given(st.binary())
def test_no_bytes_make_it_raise(path: bytes) -> None:
    found = segments(path)
    assert found is None or not any(part in ("", ".", "..") or "/" in part for part in found)


def test_a_segment_that_is_not_utf_8_has_no_text() -> None:
    assert decoded(b"%ff") == ""
