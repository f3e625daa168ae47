"""The table of writes. Mutations that must each fail: a row left out or for a read; a field of
CAUSES or EVENTLESS left out; an unknown field, type or operation passed over; the parent of a
creation not read; UNTOLD emptied; `later` left out; ids in their own spelling; a body that is not
read taken for one that tells nothing; `doubtful` that leaves `now` out."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from ayon_proxy.policy.classify import SAFE_METHODS, classify
from ayon_proxy.policy.invalidation import carried
from ayon_proxy.policy.invalidation.table import Invalidation, Later, row_of, tags_of
from ayon_proxy.policy.invalidation.topic import ASSIGNED_SECONDS, SETTLE_SECONDS
from ayon_proxy.policy.message import Request
from ayon_proxy.policy.routes.route import Kind
from ayon_proxy.policy.routes.table import ROUTES
from ayon_proxy.policy.writes.changes import CAUSES, EVENTLESS, MOST_OPERATIONS, PARENT, TYPES
from ayon_proxy.policy.writes.table import TABLE, doubtful, looks_into, row_for, tags_of_write
from tests.demo.corpus import document, requires_corpus

F = "f" * 32
G = "0" * 32
PROJECT = "/api/projects/Demo"
UNKNOWN = {"any", "any:demo"}
WHOLE = {"answers:demo"} | UNKNOWN


def request(method: str, path: str, **fields: str) -> Request:
    return Request(
        method, path.encode(), b"", tuple((k.encode(), v.encode()) for k, v in fields.items())
    )


def written(method: str, path: str, body: Any = None) -> Invalidation:
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    sent = request(method, path)
    return tags_of_write(sent, classify(sent), content)


def filled(pattern: str) -> str:
    """A path of that pattern."""
    return re.sub(r"\{[^}]*\}", F, pattern)


def test_every_row_is_for_a_request_that_the_table_of_routes_knows() -> None:
    known = {(method, route.pattern) for route in ROUTES for method in route.methods}
    assert [
        row for row in TABLE if not {(m, row.pattern) for m in row.methods.split()} <= known
    ] == []


def test_no_request_has_two_rows() -> None:
    listed = [(method, row.pattern) for row in TABLE for method in row.methods.split()]
    assert len(listed) == len(set(listed))


def test_every_write_of_the_table_of_routes_has_a_row_and_no_question_has() -> None:
    for route in ROUTES:
        for method in route.methods:
            sent = request("BREW" if method == "*" else method, filled(route.pattern))
            row = row_for(sent, classify(sent))
            if route.kind is Kind.WRITE or (method not in SAFE_METHODS and route.safe is not True):
                assert row is not None, (method, route.pattern)
            elif route.pattern != "/api/info" and (
                route.safe is True or route.kind not in (Kind.PASS, Kind.WRITE)
            ):
                assert row is None, (method, route.pattern)


@requires_corpus
def test_every_mutation_of_the_api_has_a_row_of_its_own() -> None:
    """server.md 1.3: every operation that is no GET, but for the questions asked by POST."""
    operations = [
        (method.upper(), path)
        for path, methods in document("openapi.json")["paths"].items()
        for method in methods
        if method.upper() not in SAFE_METHODS
    ]
    assert len(operations) >= 180
    for method, path in operations:
        sent = request(method, filled(path))
        found = classify(sent)
        row = row_for(sent, found)
        if found.route.safe is not True:
            assert row is not None, (method, path)
            assert row.source
            assert "{rest:path}" not in row.pattern, (method, path)


def test_every_row_says_what_it_rests_on_and_names_topics_that_exist() -> None:
    for row in TABLE:
        assert row.source
        assert all(row_of(topic) is not None for topic in row.topics), row.pattern
        if row.reads is not None:
            assert row.otherwise


def kinds(tags: set[str]) -> set[str]:
    return {tag.partition(":")[0] for tag in tags}


def test_what_a_write_invalidates_some_read_carries() -> None:
    of_rows = {tag for route in ROUTES for tag in route.tags}
    of_answers = {
        tag
        for rows in (carried.OF_PROJECTS, carried.OF_THE_STUDIO)
        for row in rows.values()
        for tag in row.tags
    }
    carrying = kinds(of_rows | of_answers | {"everything"} | UNKNOWN)
    for row in TABLE:
        for method in row.methods.split():
            found = written("BREW" if method == "*" else method, filled(row.pattern))
            assert kinds({*found.now}) <= carrying, row.pattern


@pytest.mark.parametrize("entity_type", TYPES)
@pytest.mark.parametrize("field", [*CAUSES, *EVENTLESS])
def test_an_update_is_the_event_that_it_causes(entity_type: str, field: str) -> None:
    found = written("PATCH", f"{PROJECT}/{entity_type}s/{F}", {field: "x"})
    topic = f"entity.{entity_type}.{CAUSES.get(field)}"
    if field in CAUSES and row_of(topic) is None:
        assert found.now == WHOLE
        return
    assert {f"entity:{F}", f"filtered:demo:{entity_type}", f"type:demo:{entity_type}"} <= found.now
    assert not found.now & {"answers:demo", "answers", "everything"}
    if field in CAUSES:
        parent = {"parentId": G}
        event = {"topic": topic, "project": "demo", "summary": {"entityId": F, **parent}}
        told = {
            tag.replace(f"members:{entity_type}:{G}", f"listed:demo:{entity_type}").replace(
                f"fields:{entity_type}:{G}", f"filtered:demo:{entity_type}"
            )
            for tag in tags_of(event).now
        }
        assert told <= found.now
        assert {each.seconds for each in tags_of(event).later} <= {e.seconds for e in found.later}


@pytest.mark.parametrize(
    ("path", "body", "tags"),
    [
        (f"products/{F}", {"productBaseType": "x"}, {"product_types"}),
        (f"versions/{F}", {"version": 3}, {"derived:demo:product", "listed:demo:version"}),
        (f"workfiles/{F}", {"path": "x"}, {"paths:demo", "listed:demo:workfile"}),
        (f"representations/{F}", {"files": []}, {f"entity:{F}"}),
        (f"representations/{F}", {"traits": {}}, {f"entity:{F}"}),
        (f"versions/{F}", {}, {f"entity:{F}", "derived:demo:task"}),
        (f"tasks/{F}", {}, {f"entity:{F}", "filtered:demo:task"}),
        (f"tasks/{F}", {"status": "x"}, {"type:demo:activity", "cascade:demo:activity"}),
        (f"folders/{F}", {"attrib": {}}, {"type:demo:activity", "cascade:demo:activity"}),
        (f"tasks/{F}", {"task_type": "x"}, {"derived:demo:folder"}),
        (f"folders/{F}", {"parentId": G}, {"cascade:demo:folder", "paths:demo", "inherited:demo"}),
    ],
)
def test_an_update_reaches_what_it_moves_without_an_event(
    path: str, body: Any, tags: set[str]
) -> None:
    assert tags <= written("PATCH", f"{PROJECT}/{path}", body).now


@pytest.mark.parametrize("entity_type", TYPES)
def test_a_new_entity_falls_under_its_parent_alone(entity_type: str) -> None:
    found = written("POST", f"{PROJECT}/{entity_type}s", {PARENT[entity_type]: G, "id": F}).now
    assert {f"members:{entity_type}:{G}", f"fields:{entity_type}:{G}", f"entity:{F}"} <= found
    assert not kinds({*found}) & {"listed", "filtered", "answers"}


@pytest.mark.parametrize("body", [{"name": "x"}, {"parentId": None}, {"parent_id": None}])
def test_the_parent_of_a_new_root_folder_is_its_project(body: Any) -> None:
    assert "members:folder:demo" in written("POST", f"{PROJECT}/folders", body).now


def test_upstream_reads_both_spellings_of_a_name() -> None:
    found = written("POST", f"{PROJECT}/tasks", {"folder_id": G}).now
    assert f"members:task:{G}" in found


def test_a_new_entity_without_its_parent_falls_under_all() -> None:
    assert "listed:demo:task" in written("POST", f"{PROJECT}/tasks", {"name": "x"}).now


@pytest.mark.parametrize("entity_type", TYPES)
def test_a_deletion_takes_what_hangs_on_it(entity_type: str) -> None:
    found = written("DELETE", f"{PROJECT}/{entity_type}s/{F}").now
    assert {f"entity:{F}", f"listed:demo:{entity_type}", f"links:{F}", f"activities:{F}"} <= found
    if entity_type == "folder":
        assert {f"cascade:demo:{each}" for each in TYPES} <= found


def operation(kind: str, entity_type: str, data: Any = None, entity: Any = F) -> dict[str, Any]:
    return {"type": kind, "entityType": entity_type, "entityId": entity, "data": data}


OPERATIONS = f"{PROJECT}/operations"


@pytest.mark.parametrize("path", [OPERATIONS, f"{OPERATIONS}/background"])
def test_a_batch_is_all_of_its_operations(path: str) -> None:
    batch = [
        operation("create", "version", {"productId": G}),
        operation("create", "folder", {"name": "x"}, None),
        operation("update", "task", {"label": "x"}, "FFFFFFFF-" + "f" * 24),
        operation("delete", "product", entity=G),
    ]
    batch += [
        operation("update", "task", {"label": "x"}, G),
        operation("create", "version", {"productId": F}, G),
    ]
    parts = [
        written("PATCH", f"{PROJECT}/tasks/{G}", {"label": "x"}),
        written("POST", f"{PROJECT}/versions", {"productId": F, "id": G}),
        written("POST", f"{PROJECT}/versions", {"productId": G, "id": F}),
        written("POST", f"{PROJECT}/folders", {"name": "x"}),
        written("PATCH", f"{PROJECT}/tasks/{F}", {"label": "x"}),
        written("DELETE", f"{PROJECT}/products/{G}"),
    ]
    found = written("POST", path, {"operations": batch, "canFail": True})
    assert found.now == frozenset[str]().union(*(each.now for each in parts))
    later = {each.seconds: each.tags for each in found.later}
    for part in parts:
        assert all(each.tags <= later[each.seconds] for each in part.later)


@pytest.mark.parametrize(
    "body",
    [
        None,
        b"",
        b"{",
        b"\xff",
        b"[" * 100_000,
        [],
        {},
        {"operations": None},
        {"operations": [7]},
        {"operations": [operation("update", "task", {"label": 1}), {"type": "update"}]},
        {"operations": [operation("replace", "task", {})]},
        {"operations": [operation("update", "shot", {})]},
        {"operations": [operation("update", "task", {"colour": "x"})]},
        {"operations": [operation("update", "task", {}, None)]},
        {"operations": [operation("update", "task", None)]},
        {"operations": [operation("delete", "task", entity=7)]},
        {"operations": [operation("create", "task", [])]},
        {"operations": [operation("delete", "task")] * (MOST_OPERATIONS + 1)},
    ],
)
def test_a_batch_that_is_not_understood_takes_all_answers_of_its_project(body: Any) -> None:
    found = written("POST", OPERATIONS, body)
    assert found == Invalidation(frozenset(WHOLE), (Later(SETTLE_SECONDS, frozenset(WHOLE)),))


@pytest.mark.parametrize("body", [None, b"{", [], {"colour": 1}])
def test_an_update_that_is_not_understood_takes_all_answers_of_its_project(body: Any) -> None:
    assert written("PATCH", f"{PROJECT}/tasks/{F}", body).now == WHOLE


@pytest.mark.parametrize(
    ("method", "path", "tags"),
    [
        ("POST", f"tasks/{F}/assign", {"assignments:demo", f"entity:{F}"}),
        ("POST", f"versions/{F}/thumbnail", {"cascade:demo:folder", "cascade:demo:task"}),
        ("POST", f"folders/{F}/thumbnail", {f"entity:{F}", "type:demo:thumbnail"}),
        ("POST", f"versions/{F}/reviewables", {f"activities:{F}", "derived:demo:product"}),
        ("POST", f"task/{F}/activities", {f"entity:{F}", "type:demo:activity"}),
        ("POST", f"tasks/{F}/activities", {"filtered:demo:task"}),
        ("PATCH", f"activities/{F}", {"cascade:demo:activity"}),
        ("POST", f"task/{F}/watchers", {f"activities:{F}"}),
        ("DELETE", f"links/{F}", {"cascade:demo:link", "type:demo:link"}),
        ("PUT", f"lists/{F}/attributes", {f"list:{F}", "type:demo:list"}),
        ("DELETE", f"files/{F}", {f"file:{F}", "type:demo:activity"}),
        ("POST", "anatomy", {"answers:demo", "projects"}),
        ("POST", "rename", {"project:demo", "answers"}),
        ("PATCH", "users/somebody", {"answers"}),
        ("GET", f"operations/background/{F}", {"answers:demo"}),
        ("HEAD", f"operations/background/{F}", {"answers:demo"}),
        ("POST", "novelty", {"project:demo", "answers"}),
    ],
)
def test_a_write_told_by_its_path_reaches(method: str, path: str, tags: set[str]) -> None:
    found = written(method, f"{PROJECT}/{path}")
    assert tags <= found.now
    assert "any:demo" in found.now
    assert "everything" not in found.now
    assert any(each.seconds == SETTLE_SECONDS for each in found.later)


@pytest.mark.parametrize(
    ("method", "path", "tags"),
    [
        ("PATCH", "/api/users/somebody", {"answers"}),
        ("POST", "/api/bundles/prod", {"bundles", "settings", "addons"}),
        ("PUT", "/api/addons/a/1/siteSettings", {"settings"}),
        ("POST", "/api/addons/a/1/anything", {"answers"}),
        ("PUT", "/api/desktop/installers/x.exe", {"installers", "installer:x.exe"}),
        ("GET", "/api/info", {"sites"}),
        ("POST", "/api/unheard/of", {"everything"}),
    ],
)
def test_a_write_to_the_studio_reaches(method: str, path: str, tags: set[str]) -> None:
    found = written(method, path)
    assert tags <= found.now
    assert "any" in found.now
    assert found.later


def test_rights_settle_once_more_where_assignments_give_access() -> None:
    seconds = {each.seconds for each in written("DELETE", "/api/accessGroups/artist/_").later}
    assert seconds == {SETTLE_SECONDS, ASSIGNED_SECONDS}


LINK = {"input": F, "output": G, "linkType": "x"}


@pytest.mark.parametrize(("path", "body"), [("links", LINK), ("links/bulk", {"links": [LINK]})])
def test_a_link_reaches_both_its_ends(path: str, body: Any) -> None:
    found = written("POST", f"{PROJECT}/{path}", body).now
    assert found == {f"links:{F}", f"links:{G}", "type:demo:link"} | UNKNOWN


@pytest.mark.parametrize(
    ("path", "body"),
    [("links", {"input": F}), ("links", []), ("links/bulk", {"links": [7]}), ("links/bulk", [])],
)
def test_a_link_that_does_not_tell_its_ends_reaches_all(path: str, body: Any) -> None:
    found = written("POST", f"{PROJECT}/{path}", body).now
    assert found == {"cascade:demo:link", "type:demo:link"} | UNKNOWN


def test_a_project_is_created_under_the_name_in_the_body() -> None:
    assert "project:new" in written("POST", "/api/projects", {"name": "New"}).now
    assert "answers" in written("POST", "/api/projects", {"name": 7}).now


def test_an_event_that_a_client_sends_means_what_it_would_from_upstream() -> None:
    sent = {"topic": "entity.task.created", "project": "demo", "summary": {"entityId": F}}
    assert written("POST", "/api/events", sent).now == tags_of(sent).now
    assert written("POST", "/api/events", {"topic": "log.x"}).now == frozenset()
    assert "everything" in written("POST", "/api/events", [7]).now
    own = request("POST", "/api/events")
    vouched = tags_of_write(own, classify(own), b'{"topic":"farm.tick"}', ("farm.*",))
    assert vouched == Invalidation(frozenset())


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", f"{PROJECT}/tasks/{F}"),
        ("POST", "/api/resolve"),
        ("POST", f"{PROJECT}/repreContextFilter"),
        ("POST", "/graphql"),
        ("GET", "/nowhere"),
        ("OPTIONS", "/api/bundles"),
        ("POST", "/api/enroll"),
    ],
)
def test_what_changes_nothing_invalidates_nothing(method: str, path: str) -> None:
    assert written(method, path, {}) == Invalidation(frozenset())


@pytest.mark.parametrize(
    ("media", "looks"),
    [
        (None, True),
        ("application/json", True),
        ("Application/JSON; charset=utf-8", True),
        ("application/merge-patch+json", True),
        ("image/jpeg", False),
        ("application/octet-stream", False),
    ],
)
def test_only_a_body_that_tells_anything_is_read(media: str | None, looks: bool) -> None:
    fields = {} if media is None else {"content-type": media}
    sent = request("POST", OPERATIONS, **fields)
    row = row_for(sent, classify(sent))
    assert row is not None
    assert looks_into(row, sent) is looks
    upload = request("POST", f"{PROJECT}/files", **fields)
    row = row_for(upload, classify(upload))
    assert row is not None
    assert not looks_into(row, upload)


def test_what_nobody_can_tell_to_be_over_is_invalidated_whole_once_more() -> None:
    found = doubtful(written("POST", f"{PROJECT}/folders", {"name": "x"}))
    later = {each.seconds: each.tags for each in found.later}
    assert found.now <= later[SETTLE_SECONDS]
    assert "assignments:demo" in later[ASSIGNED_SECONDS]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.just(F),
    lambda inner: st.lists(inner) | st.dictionaries(st.text() | st.sampled_from([*CAUSES]), inner),
    max_leaves=8,
)
OPERATION = st.fixed_dictionaries(
    {},
    optional={
        "type": st.sampled_from(["create", "update", "delete"]) | JSON,
        "entityType": st.sampled_from(TYPES) | JSON,
        "entityId": JSON,
        "data": JSON,
    },
)
BODIES = (
    st.binary()
    | JSON.map(lambda it: json.dumps(it).encode())
    | st.lists(OPERATION).map(lambda it: json.dumps({"operations": it}).encode())
)


@given(st.sampled_from(TABLE), BODIES)
@example(TABLE[0], b"[" * 100_000)
@example(TABLE[0], b'{"id": "\\ud800"}')
def test_no_body_makes_it_raise_and_none_makes_a_write_harmless(row: Any, body: bytes) -> None:
    for method in row.methods.split():
        found = written("BREW" if method == "*" else method, filled(row.pattern), body)
        if row.tags or row.topics:
            assert found.now
        elif row.reads is not None and row.pattern != "/api/events":
            try:
                empty = json.loads(body) in ({"operations": []}, {"links": []})
            except (ValueError, RecursionError):
                empty = False
            assert found.now or empty
