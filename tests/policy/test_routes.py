"""The route table against AYON: its recorded API, and the matrix of reads in upstream/server.md 8.

Broken once, to see the tests fail: a row removed, a kind changed from `stored` to `passed` and
back, an invalidated tag misspelled, a reason left out.
"""

from __future__ import annotations

import re

import pytest

from ayon_proxy.policy import tags
from ayon_proxy.policy.classify import SAFE_METHODS, bound, classify
from ayon_proxy.policy.lifetimes import NONE
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes import unlisted
from ayon_proxy.policy.routes.route import Kind, Route
from ayon_proxy.policy.routes.rows import ANSWERS, PROJECT, PROJECT_ANSWERS
from ayon_proxy.policy.routes.table import ROUTES
from tests.demo.corpus import FOLDER, document, requires_corpus

STORING = (Kind.STORE, Kind.FILE)

NEVER = [
    "/api/actions/manage",
    "/api/actions/take/{token}",
    "/api/auth/pools",
    "/api/auth/sessions",
    "/api/auth/tokenauth",
    "/api/config",
    "/api/config/files/{file_type}",
    "/api/config/overrides",
    "/api/config/schema",
    "/api/config/value/{key}",
    "/api/events/{event_id}",
    "/api/market/addons",
    "/api/market/addons/{addon_name}",
    "/api/market/addons/{addon_name}/{addon_version}",
    "/api/market/licenses",
    "/api/market/releases",
    "/api/market/releases/{release_name}",
    "/api/metrics",
    "/api/metrics/system",
    "/api/metrics/tracemalloc",
    "/api/secrets",
    "/api/secrets/{secret_name}",
    "/api/users/{user_name}/apikeys",
    "/api/users/{user_name}/sessions",
]
"""Reads of the class "never" in 8.1, but for `/api/info`: clients start with it, offline too."""

LIVE = [
    "/api/addons/install",
    "/api/connect",
    "/api/connect/authorize",
    "/api/connect/feedback",
    "/api/projects/{project_name}/files/{file_id}/still",
    "/api/projects/{project_name}/operations/background/{task_id}",
]
"""Reads of section 8 that 8.1 puts in no class: progress of running work, which is events in other
clothes, the vendor cloud's credentials, and frames made to order."""

ARRANGED = [
    "/api/views/{view_type}",
    "/api/views/{view_type}/base",
    "/api/views/{view_type}/default",
    "/api/views/{view_type}/working",
    "/api/views/{view_type}/{view_id}",
]
"""Views: whoever has just arranged a table looks at it, and no event tells his other processes."""

READS = [
    "/api/accessGroups/_schema",
    "/api/accessGroups/{access_group_name}/{project_name}",
    "/api/accessGroups/{project_name}",
    "/api/addons",
    "/api/addons/{addon_name}/{addon_version}/overrides",
    "/api/addons/{addon_name}/{addon_version}/rawOverrides",
    "/api/addons/{addon_name}/{addon_version}/rawOverrides/{project_name}",
    "/api/addons/{addon_name}/{addon_version}/schema",
    "/api/addons/{addon_name}/{addon_version}/settings",
    "/api/addons/{addon_name}/{version}/overrides/{project_name}",
    "/api/addons/{addon_name}/{version}/schema/{project_name}",
    "/api/addons/{addon_name}/{version}/settings/{project_name}",
    "/api/addons/{addon_name}/{version}/siteSettings",
    "/api/addons/{addon_name}/{version}/siteSettings/schema",
    "/api/anatomy/presets",
    "/api/anatomy/presets/{preset_name}",
    "/api/anatomy/schema",
    "/api/attributes",
    "/api/attributes/{attribute_name}",
    "/api/bundles",
    "/api/csv/export/{entity_type}/fields",
    "/api/desktop/dependencyPackages",
    "/api/desktop/dependencyPackages/{filename}",
    "/api/desktop/installers",
    "/api/desktop/installers/{filename}",
    "/api/enum/{enum_name}",
    "/api/frontendModules",
    "/api/hosts",
    "/api/projectFolders",
    "/api/projects",
    "/api/projects/{project_name}",
    "/api/projects/{project_name}/activityCategories",
    "/api/projects/{project_name}/anatomy",
    "/api/projects/{project_name}/bundle",
    "/api/projects/{project_name}/dashboard/activity",
    "/api/projects/{project_name}/dashboard/entities",
    "/api/projects/{project_name}/dashboard/health",
    "/api/projects/{project_name}/dashboard/users",
    "/api/projects/{project_name}/entityListFolders",
    "/api/projects/{project_name}/files/{file_id}",
    "/api/projects/{project_name}/files/{file_id}/info",
    "/api/projects/{project_name}/files/{file_id}/payload",
    "/api/projects/{project_name}/files/{file_id}/thumbnail",
    "/api/projects/{project_name}/folders",
    "/api/projects/{project_name}/folders/{folder_id}",
    "/api/projects/{project_name}/folders/{folder_id}/reviewables",
    "/api/projects/{project_name}/folders/{folder_id}/thumbnail",
    "/api/projects/{project_name}/guests",
    "/api/projects/{project_name}/hierarchy",
    "/api/projects/{project_name}/links/types",
    "/api/projects/{project_name}/lists/{entity_list_id}",
    "/api/projects/{project_name}/lists/{entity_list_id}/attributes",
    "/api/projects/{project_name}/lists/{entity_list_id}/entities",
    "/api/projects/{project_name}/productTypes",
    "/api/projects/{project_name}/products/{product_id}",
    "/api/projects/{project_name}/products/{product_id}/reviewables",
    "/api/projects/{project_name}/representations/{representation_id}",
    "/api/projects/{project_name}/roots",
    "/api/projects/{project_name}/siteRoots",
    "/api/projects/{project_name}/stats",
    "/api/projects/{project_name}/tags",
    "/api/projects/{project_name}/tasks/{task_id}",
    "/api/projects/{project_name}/tasks/{task_id}/reviewables",
    "/api/projects/{project_name}/tasks/{task_id}/thumbnail",
    "/api/projects/{project_name}/teams",
    "/api/projects/{project_name}/thumbnail",
    "/api/projects/{project_name}/thumbnails/{thumbnail_id}",
    "/api/projects/{project_name}/users",
    "/api/projects/{project_name}/versions/{version_id}",
    "/api/projects/{project_name}/versions/{version_id}/reviewables",
    "/api/projects/{project_name}/versions/{version_id}/thumbnail",
    "/api/projects/{project_name}/workfiles/{workfile_id}",
    "/api/projects/{project_name}/workfiles/{workfile_id}/thumbnail",
    "/api/projects/{project_name}/{entity_type}/{entity_id}/watchers",
    "/api/services",
    "/api/settings",
    "/api/settings/addons",
    "/api/settings/addons/siteSettings",
    "/api/share",
    "/api/system/restartRequired",
    "/api/system/sites",
    "/api/users/me",
    "/api/users/me/permissions",
    "/api/users/me/permissions/{project_name}",
    "/api/users/{user_name}",
    "/api/users/{user_name}/avatar",
    "/api/users/{user_name}/permissions",
    "/api/users/{user_name}/permissions/{project_name}",
]
"""All other reads of section 8."""


def row(method: str, path: str) -> Route:
    """The row of a path whose names may be written in braces."""
    return classify(Request(method, re.sub(r"\{[^}]*\}", "x", path).encode())).route


def listed(route: Route) -> bool:
    """Neither one of the last rows nor that of what addons bring themselves."""
    return route not in unlisted.ROUTES and "{addon_version}/{rest:path}" not in route.pattern


@requires_corpus
def test_every_operation_of_the_api_description_has_a_row_of_its_own() -> None:
    paths = document("openapi.json")["paths"]
    operations = [(method.upper(), path) for path, methods in paths.items() for method in methods]
    assert len(operations) > 300
    assert [found for found in operations if not listed(row(*found))] == []


@requires_corpus
def test_every_other_known_endpoint_has_a_row_of_its_own() -> None:
    lines = (FOLDER / "endpoints.tsv").read_text().splitlines()[1:]
    known = [tuple(line.split("\t")[:2]) for line in lines]
    assert len(known) > 300
    of_addons = ("GET", "/api/addons/{name}/{version}/{anything}")
    unknown = [
        (method, path)
        for method, path in known
        if method != "WS" and (method, path) != of_addons and not listed(row(method, path))
    ]
    assert unknown == []


@pytest.mark.parametrize("path", READS)
def test_a_read_outside_the_class_never_is_stored(path: str) -> None:
    assert row("GET", path).kind in STORING


@pytest.mark.parametrize("path", [*NEVER, *LIVE, *ARRANGED])
def test_a_read_of_the_class_never_is_passed_on_with_a_reason(path: str) -> None:
    route = row("GET", path)
    assert route.kind is Kind.PASS
    assert listed(route)
    assert route.reason


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods[0]} {route.pattern}")
def test_a_row_says_what_its_kind_needs(route: Route) -> None:
    safe = SAFE_METHODS.issuperset(route.methods)
    match route.kind:
        case Kind.STORE | Kind.FILE:
            assert route.methods == ("GET",)
            assert route.lifetimes is not NONE
            assert {PROJECT, tags.STUDIO} & set(route.tags)
            assert (ANSWERS in route.tags) == (route.kind is Kind.STORE)
        case Kind.RESOLVE:
            assert route.lifetimes is not NONE
            assert {PROJECT, PROJECT_ANSWERS, ANSWERS} <= set(route.tags)
        case Kind.PASS:
            assert route.reason
            assert not route.tags
        case Kind.WRITE:
            assert not safe
            assert not route.tags


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods[0]} {route.pattern}")
def test_a_tag_names_only_what_stands_in_the_pattern(route: Route) -> None:
    names = dict.fromkeys(re.findall(r"\{(\w+)(?::path)?\}", route.pattern), "x")
    if route.kind is Kind.RESOLVE:
        names["project"] = "x"  # of the URI
    bound(route.tags, names)


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: f"{route.methods[0]} {route.pattern}")
def test_a_stored_row_names_its_media_type(route: Route) -> None:
    last = route.pattern.rpartition("/")[2]
    expected = {"": "text/html"} | dict.fromkeys(
        ("thumbnail", "{thumbnail_id}", "avatar"), "image/"
    )
    if route.kind in (Kind.STORE, Kind.QUESTION, Kind.RESOLVE):
        assert route.media == expected.get(last, "application/json")
    else:
        assert route.media == ""


def test_an_answer_about_one_entity_carries_its_tag() -> None:
    missing = [
        route.pattern
        for route in ROUTES
        if route.kind is Kind.STORE and "{project}" in route.pattern
        for name in re.findall(
            r"\{((?:folder|task|product|version|representation|workfile|entity|list)_id)\}",
            route.pattern,
        )
        if f"{'list' if name == 'list_id' else 'entity'}:{{{name}}}" not in route.tags
    ]
    assert missing == []


@pytest.mark.parametrize(
    "path", ["/api/desktop/dependencyPackages/x.zip", "/api/desktop/installers/x.exe"]
)
def test_a_file_with_a_checksum_names_the_list_that_publishes_it(path: str) -> None:
    listing = row("GET", path).listed_in
    assert listing is not None
    assert row("GET", listing).kind is Kind.STORE


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/projects/p/siteRoots"), ("POST", "/api/resolve")]
)
def test_an_answer_that_depends_on_the_site_varies_with_it(method: str, path: str) -> None:
    assert row(method, path).vary == ("x-ayon-site-id",)


@pytest.mark.parametrize("path", ["/api/users/me", "/api/users/somebody"])
def test_secrets_of_a_user_are_taken_out(path: str) -> None:
    assert {"data.password", "data.apiKey*"} <= set(row("GET", path).redact)


@pytest.mark.parametrize(
    ("method", "path", "kind"),
    [
        ("GET", "/", Kind.STORE),
        ("GET", "/static/customization/logo.png", Kind.FILE),
        ("GET", "/addons/core/1.2.3/private/client.zip", Kind.FILE),
        ("GET", "/addons/core/1.9.7+dev/public/icons/deep/icon.png", Kind.FILE),
        ("GET", "/addons/core/1.2.3/frontend/assets/index.js", Kind.FILE),
        ("GET", "/projects/film/overview", Kind.PASS),
        ("GET", "/assets/index-1a2b.js", Kind.PASS),
        ("GET", "/graphql", Kind.PASS),
        ("POST", "/graphql", Kind.QUESTION),
        ("GET", "/ws", Kind.PASS),
        ("GET", "/openapi.json", Kind.PASS),
        ("GET", "/api/addons/sitesync/1.0.0/film/state", Kind.PASS),
        ("POST", "/api/addons/sitesync/1.0.0/film/state", Kind.WRITE),
        ("POST", "/api/resolve", Kind.RESOLVE),
    ],
)
def test_what_lies_outside_the_api_description(method: str, path: str, kind: Kind) -> None:
    assert row(method, path).kind is kind


def test_the_tag_of_a_project_is_spelled_as_everywhere_else() -> None:
    assert bound([PROJECT], {"project": "Film"}) == [tags.project("Film")]
