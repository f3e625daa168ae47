"""What needs no credential. Mutations that must each fail: a pattern that is no row any more;
a path of the API without a row taken for a page."""

from __future__ import annotations

import pytest

from ayon_proxy.policy import open_to_all as module
from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.open_to_all import open_to_all
from ayon_proxy.policy.routes.route import Share
from ayon_proxy.policy.routes.table import ROUTES


def is_open(path: bytes, method: str = "GET") -> bool:
    request = Request(method, path)
    return open_to_all(classify(request).route, request)


@pytest.mark.parametrize("pattern", sorted(module.PATTERNS))
def test_every_pattern_is_in_the_route_table(pattern: str) -> None:
    assert pattern in {route.pattern for route in ROUTES}


def test_nothing_of_a_project_is() -> None:
    shown = [each.pattern for each in ROUTES if each.share is Share.PROJECT]
    assert shown
    assert not [each for each in shown if each in module.PATTERNS]


@pytest.mark.parametrize(
    ("path", "method", "expected"),
    [
        (b"/", "GET", True),
        (b"/login", "GET", True),
        (b"/projects/demo/browser", "GET", True),
        (b"/api/info", "GET", True),
        (b"/api/auth/login", "POST", True),
        (b"/api/auth/logout", "POST", True),
        (b"/addons/core/1.0.0/public/logo.png", "GET", True),
        (b"/addons/core/1.0.0/private/client.zip", "GET", False),
        (b"/addons/core/1.0.0/elsewhere/logo.png", "GET", False),
        (b"/api/users/me", "GET", False),
        (b"/api/a/new/path", "GET", False),
        (b"/api/a/new/path", "POST", False),
        (b"/api", "GET", False),
        (b"/graphql", "POST", False),
        (b"/graphql/more", "GET", False),
        (b"/ws", "GET", False),
    ],
)
def test_what_upstream_answers_to_anybody(path: bytes, method: str, expected: bool) -> None:
    assert is_open(path, method) is expected
