"""What takes rights away. Mutations that must each fail: a read that counts; a write that anybody
may send; who may enter a project forgotten; a topic that only begins like one; a logout without a
token taken for nobody's."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ayon_proxy.policy.message import Request
from ayon_proxy.policy.revocation import Revocation, may_change_rights, revocation

ALL_AGAIN = Revocation(everybody=True, settles=True)


@pytest.mark.parametrize(
    ("event", "revoked"),
    [
        ({"topic": "auth.logout", "summary": {"token": "t"}}, Revocation(token="t")),
        ({"topic": "auth.logout", "summary": '{"token": "t"}'}, Revocation(token="t")),
        ({"topic": "auth.logout", "summary": {}, "user": "ann"}, Revocation(everybody=True)),
        ({"topic": "auth.logout"}, Revocation(everybody=True)),
        ({"topic": "auth.logout", "summary": {"token": 7}}, Revocation(everybody=True)),
        ({"topic": "auth.login", "summary": {"token": "t"}}, None),
        ({"topic": "access_group.updated"}, ALL_AGAIN),
        ({"topic": "access_group.deleted"}, ALL_AGAIN),
        ({"topic": "access_groups"}, None),
        ({"topic": "entity.user.renamed"}, ALL_AGAIN),
        ({"topic": "entity.users"}, None),
        ({"topic": "entity.folder.renamed"}, None),
        ({"topic": None}, None),
        ({}, None),
    ],
)
def test_what_an_event_takes_away(event: dict[str, Any], revoked: Revocation | None) -> None:
    assert revocation(event) == revoked


_ANYTHING: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda some: st.lists(some) | st.dictionaries(st.text(), some),
    max_leaves=5,
)


@given(_ANYTHING, _ANYTHING)
def test_no_logout_is_ever_nothing(summary: object, user: object) -> None:
    assert revocation({"topic": "auth.logout", "summary": summary, "user": user}) is not None


@pytest.mark.parametrize(
    ("method", "path", "may"),
    [
        ("PUT", b"/api/users/ann", True),
        ("DELETE", b"/api/users/ann", True),
        ("PATCH", b"/api/users/ann/accessGroups", True),
        ("PATCH", b"/api/%75sers/ann", True),
        ("POST", b"/api/users/ann/apikeys", True),
        ("DELETE", b"/api/users/ann/sessions/s1", True),
        ("POST", b"/api/access", True),
        ("PUT", b"/api/accessGroups/artist/_", True),
        ("PATCH", b"/api/projects/demo/users/ann", True),
        ("POST", b"/api/projects/demo/guests", True),
        ("PUT", b"/api/projects/demo/teams/comp/members/ann", True),
        ("GET", b"/api/users/ann/sessions", False),
        ("GET", b"/api/users/ann/apikeys", False),
        ("PUT", b"/api/users/ann/avatar", False),
        ("PATCH", b"/api/users/ann/frontendPreferences", False),
        ("POST", b"/api/users/passwordResetRequest", False),
        ("POST", b"/api/users/ann/checkPassword", False),
        ("PATCH", b"/api/projects/users", False),
        ("POST", b"/api/projects/demo/folders", False),
        ("POST", b"/users/ann", False),
        ("POST", b"/api", False),
        ("POST", b"/", False),
        ("POST", b"//", False),
    ],
)
def test_which_requests_may_change_rights(method: str, path: bytes, may: bool) -> None:
    assert may_change_rights(Request(method, path)) is may
