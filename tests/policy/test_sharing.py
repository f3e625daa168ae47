"""The column of the route table that says with whom an answer is shared.

Broken once, to see the tests fail: a list of activities shared, a project's row shared among all
who are signed in, `site` left out of the parameters that name a site, `_` taken for itself.
"""

from __future__ import annotations

import pytest

from ayon_proxy.policy.classify import classify
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Kind, Route, Share
from ayon_proxy.policy.routes.table import ROUTES
from ayon_proxy.policy.sharing import meant, sharing

_ASSIGNED = "its closed builds decide for each user (upstream/server.md 4.1)"
_SELF = "it is about who asks"
_FORM = "an addon's own code fills it in, and is told who asks"
_RIGHTS = "who may do what is asked by those who decide about it"
_SITE = "each user's own, for each site"

OWN = {
    "/": "it is asked without a credential, by everybody as one",
    "/api/info": "it shows the caller and its sites",
    "/api/accessGroups/{access_group_name}/{project}": _RIGHTS,
    "/api/accessGroups/{project}": _RIGHTS,
    "/api/addons/{addon_name}/{addon_version}/schema": _FORM,
    "/api/addons/{addon_name}/{addon_version}/schema/{project}": _FORM,
    "/api/addons/{addon_name}/{addon_version}/siteSettings": _SITE,
    "/api/addons/{addon_name}/{addon_version}/siteSettings/schema": _FORM,
    "/api/anatomy/schema": _FORM,
    "/api/enum/{enum_name}": _FORM,
    "/api/projects": "each user's pins, and the projects that he may enter",
    "/api/projects/{project}/activityCategories": _ASSIGNED,
    "/api/projects/{project}/entityListFolders": _ASSIGNED,
    "/api/projects/{project}/folders/{folder_id}/reviewables": _ASSIGNED,
    "/api/projects/{project}/guests": _RIGHTS,
    "/api/projects/{project}/lists/{list_id}": _ASSIGNED,
    "/api/projects/{project}/lists/{list_id}/attributes": _ASSIGNED,
    "/api/projects/{project}/lists/{list_id}/entities": _ASSIGNED,
    "/api/projects/{project}/products/{product_id}/reviewables": _ASSIGNED,
    "/api/projects/{project}/roots": _SITE,
    "/api/projects/{project}/siteRoots": _SITE,
    "/api/projects/{project}/tasks/{task_id}/reviewables": _ASSIGNED,
    "/api/projects/{project}/users": _RIGHTS,
    "/api/projects/{project}/versions/{version_id}/reviewables": _ASSIGNED,
    "/api/projects/{project}/{entity_type}/{entity_id}/watchers": _ASSIGNED,
    "/api/settings/addons/siteSettings": _SITE,
    "/api/share": _SELF,
    "/api/system/sites": _SELF,
    "/api/users/me": _SELF,
    "/api/users/me/permissions": _SELF,
    "/api/users/me/permissions/{project}": _SELF,
    "/api/users/{user_name}": "what is shown of a user depends on who looks",
    "/api/users/{user_name}/permissions": _RIGHTS,
    "/api/users/{user_name}/permissions/{project}": _RIGHTS,
}
"""Stored rows that are shared with nobody, and why."""

STORED = [each for each in ROUTES if each.kind in (Kind.STORE, Kind.FILE)]


def shared(method: str, target: str) -> Share:
    path, _, query = target.partition("?")
    request = Request(method, path.encode(), query.encode())
    return sharing(classify(request).route, request)


def test_every_stored_row_is_shared_or_there_is_a_reason_against_it() -> None:
    assert {each.pattern for each in STORED if each.share is Share.USER} == OWN.keys()


def test_what_is_not_stored_as_a_whole_is_not_shared() -> None:
    others = [each for each in ROUTES if each not in STORED]
    assert {each.share for each in others} == {Share.USER}


@pytest.mark.parametrize("route", STORED, ids=lambda each: each.pattern)
def test_what_is_of_a_project_is_shared_only_among_those_who_may_enter_it(route: Route) -> None:
    of_project = "{project}" in route.pattern
    # Nobody but admins is given anything there, and they may enter all projects.
    admins = "rawOverrides" in route.pattern
    allowed = {Share.PROJECT: of_project, Share.SIGNED_IN: not of_project}
    assert allowed.get(route.share, admins or not of_project or route.share is Share.USER)


@pytest.mark.parametrize(
    "target",
    [
        "POST /api/actions/execute",
        "POST /api/actions/list",
        "POST /api/enroll",
        "POST /api/eventops",
        "POST /api/inbox",
        "GET /api/actions/manage",
        "GET /api/actions/take/abc",
        "GET /api/addons/any/1.0.0/settings/of/its/own",
        "GET /api/addons/any/1.0.0/what-it-brings",
        "GET /api/auth/sessions",
        "GET /api/config",
        "GET /api/config/files/login_background",
        "GET /api/config/value/studio_name",
        "GET /api/events/abc",
        "GET /api/no-such-thing-today",
        "GET /api/projects/film/no-such-thing-today",
        "GET /api/secrets",
        "GET /api/secrets/a",
        "GET /api/users/artist/apikeys",
        "GET /api/users/artist/sessions",
        "GET /api/views/overview",
        "GET /api/views/overview/working",
    ],
)
def test_what_is_secret_live_or_unknown_is_neither_stored_nor_shared(target: str) -> None:
    method, path = target.split()
    found = classify(Request(method, path.encode()))
    assert found.route.kind is Kind.PASS
    assert shared(method, path) is Share.USER


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("/api/settings?variant=production", Share.SIGNED_IN),
        ("/api/settings?variant=production&site_id=a", Share.USER),
        ("/api/settings?%73ite_id=a", Share.USER),
        ("/api/settings?site=", Share.USER),
        ("/api/settings/addons?site=a", Share.USER),
        ("/api/addons/core/1.0.0/settings", Share.SIGNED_IN),
        ("/api/addons/core/1.0.0/settings/film", Share.PROJECT),
        ("/api/addons/core/1.0.0/settings/film?site_id=a", Share.USER),
        ("/api/addons/core/1.0.0/overrides", Share.LEVEL),
        ("/api/addons/core/1.0.0/overrides/film?site=a", Share.USER),
        ("/api/addons/core/1.0.0/rawOverrides/film?site_id=a", Share.USER),
        ("/api/bundles?site_id=a", Share.SIGNED_IN),
        ("/api/projects/film/folders/abc", Share.PROJECT),
    ],
)
def test_settings_of_a_site_are_shared_with_nobody(target: str, expected: Share) -> None:
    assert shared("GET", target) is expected
    assert shared("HEAD", target) is expected


@pytest.mark.parametrize(
    ("name", "entered", "expected"),
    [
        ("film_a", ["film_a", "other"], ("film_a",)),
        ("Film_A", ["film_a", "filmxa", "filmxab"], ("film_a", "filmxa")),
        ("film", ["film_a"], ()),
        ("f.*", ["film"], ()),
        ("__", ["ab", "a\n", "abc"], ("a\n", "ab")),
        ("film_a", [], ()),
    ],
)
def test_a_name_stands_for_every_project_that_upstream_may_take_for_it(
    name: str, entered: list[str], expected: tuple[str, ...]
) -> None:
    assert meant(name, entered) == expected
