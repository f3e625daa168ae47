"""Which row a request gets, and what the row's templates become.

Broken once, to see the tests fail: names tried before literals; no way back from a literal that
leads nowhere; HEAD left as it is; "project" not lower-cased; `everything` left out of the tags;
`*` taken for safe methods too; escapes, slashes and dots let through.
"""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ayon_proxy.policy import tags
from ayon_proxy.policy.classify import SAFE_METHODS, _trie, classify
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.resolved import tags_of
from ayon_proxy.policy.routes.route import Kind, Route
from ayon_proxy.policy.routes.rows import passed
from ayon_proxy.policy.routes.table import ROUTES
from ayon_proxy.policy.routes.unlisted import SAFE_REQUEST, UNSAFE_REQUEST

FOLDER = "af10c8f0e9b111e9b8f90242ac130003"


@pytest.mark.parametrize(
    ("method", "path", "pattern", "params"),
    [
        ("GET", "/", "/", {}),
        ("GET", "/api/bundles", "/api/bundles", {}),
        (
            "GET",
            f"/api/projects/Film/folders/{FOLDER}",
            "/api/projects/{project}/folders/{folder_id}",
            {"project": "Film", "folder_id": FOLDER},
        ),
        ("GET", "/api/users/me", "/api/users/me", {}),
        ("PATCH", "/api/users/me", "/api/users/{user_name}", {"user_name": "me"}),
        ("DELETE", "/api/addons/install", "/api/addons/{addon_name}", {"addon_name": "install"}),
        (
            "GET",
            "/api/projects/film/folders/1/watchers",
            "/api/projects/{project}/{entity_type}/{entity_id}/watchers",
            {"project": "film", "entity_type": "folders", "entity_id": "1"},
        ),
        (
            "PUT",
            "/api/projects/film/links/types/a%7Cfolder%7Cversion",
            "/api/projects/{project}/links/types/{link_type}",
            {"project": "film", "link_type": "a|folder|version"},
        ),
        (
            "GET",
            "/addons/core/1.9.7+dev/private/deep/client.zip",
            "/addons/{addon_name}/{addon_version}/private/{rest:path}",
            {"addon_name": "core", "addon_version": "1.9.7+dev", "rest": "deep/client.zip"},
        ),
        ("GET", "/api/b%75ndles", "/api/bundles", {}),
        (
            "POST",
            "/api/projects/film/novelty/5",
            "/api/projects/{project}/{rest:path}",
            {"project": "film", "rest": "novelty/5"},
        ),
        (
            "GET",
            "/api/projects/film/novelty/5",
            "/{rest:path}",
            {"rest": "api/projects/film/novelty/5"},
        ),
        ("GET", "/api/novelty", "/{rest:path}", {"rest": "api/novelty"}),
        ("POST", "/api/novelty", "/{rest:path}", {"rest": "api/novelty"}),
    ],
)
def test_the_most_literal_row_wins(
    method: str, path: str, pattern: str, params: dict[str, str]
) -> None:
    classified = classify(Request(method, path.encode()))
    assert classified.route.pattern == pattern
    assert classified.params == params


@pytest.mark.parametrize("path", [b"/", b"/api/bundles", b"/api/info", b"/api/novelty"])
def test_head_has_the_row_of_get(path: bytes) -> None:
    assert classify(Request("HEAD", path)) == classify(Request("GET", path))


ODD_PATHS = [
    b"",
    b"*",
    b"//",
    b"//api/bundles",
    b"/api//bundles",
    b"/api/bundles/",
    b"/api/./bundles",
    b"/api/x/../bundles",
    b"/api/%2e%2e/bundles",
    b"/api/%2E/bundles",
    b"/api/projects/.",
    b"/api/projects/%2e",
    b"/api/projects/..",
    b"/api/projects/film%2ffolders",
    b"/api/projects/film%2Ffolders",
    b"/api/projects/film%5Cfolders",
    b"/api/projects/film%00",
    b"/api/projects/film%0a",
    b"/api/projects/%ff",
    b"/api/projects/%",
    b"/api/projects/%zz",
    b"/api/projects/\xff",
    b"/api/projects/\xc3\xa9",
    b"/api/projects/a b",
    b"/api/projects/a\x00",
    b"/api/projects/a\n",
    b"/api/projects/a#b",
    b"/api/projects/a?b",
    b"/api/projects/a\\b",
    b"api/bundles",
    b"http://other.example/api/bundles",
]


@pytest.mark.parametrize("path", ODD_PATHS)
def test_an_odd_path_is_forwarded_and_never_stored(path: bytes) -> None:
    assert classify(Request("GET", path)).route is SAFE_REQUEST
    assert classify(Request("PATCH", path)).route is UNSAFE_REQUEST


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE"])
def test_a_safe_method_that_is_no_read_is_passed_on(method: str) -> None:
    assert classify(Request(method, b"/api/bundles")).route is SAFE_REQUEST


@pytest.mark.parametrize("method", ["PROPFIND", "get", "CONNECT", "", "PATCH"])
def test_a_method_that_may_change_anything_is_a_write(method: str) -> None:
    classified = classify(Request(method, b"/api/bundles"))
    assert classified.route.kind is Kind.WRITE


def test_a_stored_answer_carries_the_tags_of_its_row_and_everything() -> None:
    path = f"/api/projects/Film/files/{FOLDER}/thumbnail".encode()
    expected = tags.pack(
        ["everything", "answers", "answers:film", "project:film", f"file:{FOLDER}"]
    )
    assert classify(Request("GET", path)).tags == expected


@pytest.mark.parametrize(
    ("path", "tag"),
    [
        ("tasks/" + FOLDER.upper(), f"entity:{FOLDER}"),
        ("lists/01234567-89AB-cdef-0123-456789abcdef", "list:0123456789abcdef0123456789abcdef"),
        ("grouping/tasks/status", "type:film:task"),
        ("grouping/task/status", "type:film:task"),
        (f"versions/{FOLDER}/watchers", "cascade:film:version"),
    ],
)
def test_a_tag_is_spelled_as_in_events_however_the_path_spells_it(path: str, tag: str) -> None:
    found = classify(Request("GET", f"/api/projects/Film/{path}".encode()))
    assert tags.tag_hash(tag) in tags.unpack(found.tags)


def test_a_resolved_uri_carries_the_tags_of_the_project_it_names() -> None:
    assert classify(Request("POST", b"/api/resolve")).tags == b""
    carried = set(tags.unpack(tags_of("ayon+entity://Film/shots/sh010?product=main")))
    assert {tags.tag_hash("answers:film"), tags.tag_hash("answers")} <= carried


def test_a_value_is_not_taken_for_a_template() -> None:
    classified = classify(Request("GET", b"/api/projects/%7Bproject%7D/tasks/%7Btask_id%7D"))
    assert tags.tag_hash("entity:{task_id}") in set(tags.unpack(classified.tags))


def test_two_rows_for_one_request_are_an_error() -> None:
    twice = (passed("GET POST", "/a/{x}", "r"), passed("GET", "/a/{y}", "r"))
    with pytest.raises(ValueError, match="two rows for GET"):
        _trie(twice)


methods = st.sampled_from([*SAFE_METHODS, "POST", "PUT", "PATCH", "DELETE", "PROPFIND", "X\xff"])
path_parts = st.one_of(
    st.sampled_from(
        [part.encode() for route in ROUTES for part in route.pattern.split("/") if part]
    ),
    st.binary(max_size=6),
    st.sampled_from([b"", b".", b"..", b"%2f", b"%", b"%41", b"%ff", b"x" * 100]),
)


@given(methods, st.one_of(st.binary(), st.lists(path_parts, max_size=12).map(b"/".join)))
@example("GET", b"/" + b"a/" * 5000 + b"b")
@example("GET", b"/addons/a/b/private" + b"/a" * 5000)
def test_no_bytes_make_it_raise(method: str, path: bytes) -> None:
    classified = classify(Request(method, path))
    assert (classified.tags != b"") == (classified.route.kind in (Kind.STORE, Kind.FILE))
    if method in SAFE_METHODS:
        assert classified.route.kind is not Kind.WRITE
    else:
        assert classified.route.kind not in (Kind.STORE, Kind.FILE)


storing = [route for route in ROUTES if route.kind in (Kind.STORE, Kind.FILE)]
odd = st.sampled_from([b"/", b"/.", b"/..", b"/%2e", b"/%2E%2e", b"%2F", b"%00", b"%ff", b"\xff"])


@given(st.sampled_from(storing), odd, st.integers(0, 12))
def test_nothing_odd_is_ever_stored(route: Route, oddity: bytes, at: int) -> None:
    pattern = re.sub(r"\{[^}]*\}", "x", route.pattern).encode()
    cut = [index for index, byte in enumerate(pattern) if byte == ord("/")]
    place = cut[at % len(cut)]
    path = pattern[:place] + oddity + pattern[place:]
    assert classify(Request("GET", path)).route is SAFE_REQUEST


def test_every_row_is_found_by_its_own_pattern() -> None:
    for route in ROUTES:
        path = re.sub(r"\{[^}]*\}", "x", route.pattern).encode()
        for method in route.methods:
            asked = "PROPFIND" if method == "*" else method
            assert classify(Request(asked, path)).route is route


@pytest.mark.parametrize(
    ("method", "path", "safe"),
    [
        ("GET", b"/api/projects", True),
        ("HEAD", b"/api/projects", True),
        ("GET", b"/nowhere", True),
        ("PATCH", b"/api/projects/film", False),
        ("POST", b"/nowhere", False),
        ("BREW", b"/api/projects", False),
        ("POST", b"/graphql", True),
        ("POST", b"/api/resolve", True),
        ("POST", b"/api/projects/film/repreContextFilter", True),
        ("POST", b"/api/enroll", False),
        ("POST", b"/api/actions/config", False),
        ("GET", b"/api/actions/take/token", False),
        ("GET", b"/api/auth/tokenauth", False),
        ("GET", b"/api/connect/authorize", False),
    ],
)
def test_what_may_be_sent_twice(method: str, path: bytes, safe: bool) -> None:
    """Questions asked by POST may; GETs that use up what they ask for may not (server.md 3.4)."""
    assert classify(Request(method, path)).safe is safe
